//! What the five applications have in common: an exporter that is made by their contract.

use anyhow::Context as _;
use headcount::contract::Library;
use headcount::{Exporter, ExporterBuilder, Protocol};

use super::receiver::Receiver;

/// A running instance of an application.
pub(super) struct Application {
    /// Its exporter, with all its gauges.
    pub(super) exporter: Exporter,
    /// What people use it for.
    pub(super) purpose: &'static str,
    /// How its reports travel.
    pub(super) protocol: Protocol,
    /// What it knows and must not tell.
    pub(super) untold: Option<Untold>,
    /// The report of its documentation, where this instance is the one that is described there.
    pub(super) documented: Option<&'static str>,
}

/// Things that an instance keeps to itself: looked for wherever they must not be.
pub(super) struct Untold {
    /// What they are.
    pub(super) what: &'static str,
    /// The things themselves.
    pub(super) texts: Vec<&'static str>,
}

impl Application {
    /// The application's name and the version of its report.
    pub(super) fn label(&self) -> String {
        self.exporter.contract().label()
    }

    /// How its reports travel, for people.
    pub(super) fn way(&self) -> &'static str {
        match self.protocol {
            Protocol::Grpc => "OTLP/gRPC",
            Protocol::Http => "OTLP/HTTP",
        }
    }
}

/// Begins an exporter by a built-in contract.
pub(super) fn exporter(
    label: &str,
    protocol: Protocol,
    receiver: &Receiver,
) -> anyhow::Result<ExporterBuilder> {
    let library = Library::built_in();
    let contract = library.find(label).with_context(|| format!("expected the contract {label}"))?;
    let exporter = Exporter::builder(contract.clone(), receiver.data_directory(contract.name()))
        .endpoint(receiver.url())
        .protocol(protocol)
        // The demonstration shows notices itself.
        .show_notice(|_| ());
    // These instances run elsewhere, so DO_NOT_TRACK of whoever watches is not theirs.
    Ok(exporter.environment(|_| None))
}
