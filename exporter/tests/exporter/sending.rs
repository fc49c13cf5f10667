//! One report, sent in one of several ways.

use std::time::Duration;

use headcount::{ExporterBuilder, Outcome, Protocol};

use crate::service::{builder, consenting};

/// More than any answer takes that comes at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Sends one report.
pub(crate) fn send(url: &str, protocol: Protocol) -> Outcome {
    send_with(builder(url).protocol(protocol))
}

/// Sends one report, with little patience.
pub(crate) fn send_within(url: &str, protocol: Protocol, patience: Duration) -> Outcome {
    send_with(builder(url).protocol(protocol).timeout(patience))
}

/// Sends one report from the service that these settings make.
pub(crate) fn send_with(settings: ExporterBuilder) -> Outcome {
    consenting(settings).send_now().expect("consent")
}
