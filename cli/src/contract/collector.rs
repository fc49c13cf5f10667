//! `headcount contract collector`: a configuration for the OpenTelemetry Collector.

use anyhow::anyhow;
use headcount_contract::{CollectorRoute, CollectorTarget, Contract, Transport};

use crate::args::Collector;
use crate::exit::{Failure, OrConfiguration as _, Outcome};
use crate::known;
use crate::output::print;

pub(super) fn run(collector: Collector) -> Outcome {
    let contract = known::find(&collector.named.contract)?;
    let route = CollectorRoute {
        target: target(&contract, &collector)?,
        receivers: collector.receivers,
        storage: collector.storage,
        extensions: collector.extensions,
    };
    print(&contract.collector_configuration(&route))
}

/// Where reports go.
fn target(contract: &Contract, collector: &Collector) -> Outcome<CollectorTarget> {
    let transport = collector.protocol.map(Transport::from);
    if let Some(address) = &collector.relay {
        return CollectorTarget::relay(address, transport).or_configuration();
    }
    let url = collector.receiver.as_deref().or(contract.intake().endpoint.as_deref());
    let url = url.ok_or_else(|| {
        Failure::Configuration(anyhow!(
            "expected --receiver URL or --relay ADDRESS, got neither, and {} names no endpoint",
            contract.label()
        ))
    })?;
    CollectorTarget::receiver(url, transport).or_configuration()
}
