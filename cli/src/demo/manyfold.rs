//! An instance of Manyfold: a library of 3D models. What it tells is that of its documentation; it knows
//! more than that, and keeps it.

use headcount::contract::NoticeFacts;
use headcount::{Exporter, ExporterBuilder, Protocol};

use super::application::{Application, Untold, exporter};
use super::receiver::Receiver;

const DOCUMENTED: &str = include_str!("documented/manyfold.json");
pub(super) const LABEL: &str = "manyfold/0.90";
const HOST: &str = "printer-in-the-basement";
const USER: &str = "maria.fernandes";

/// Starts the instance, which reports over OTLP/HTTP, after its operator has agreed: it has an id from
/// then on.
pub(super) fn start(receiver: &Receiver) -> anyhow::Result<Application> {
    let exporter =
        known_to(receiver)?.instance_id("fdb45536-cba8-4204-b352-71fc1062fd95").build()?;
    record(&exporter);
    Ok(Application {
        exporter,
        purpose: "library of 3D models",
        protocol: Protocol::Http,
        untold: Some(Untold { what: "its host and its user", texts: vec![HOST, USER] }),
        documented: Some(DOCUMENTED),
    })
}

/// The instance before anybody has decided: without an id.
pub(super) fn undecided(receiver: &Receiver) -> anyhow::Result<Exporter> {
    let exporter = known_to(receiver)?.build()?;
    record(&exporter);
    Ok(exporter)
}

fn known_to(receiver: &Receiver) -> anyhow::Result<ExporterBuilder> {
    let place = Some("Settings, Usage reports");
    let command = Some("headcount operator DIRECTORY");
    let facts = NoticeFacts { application: place, operator: command, ..NoticeFacts::default() };
    Ok(exporter(LABEL, Protocol::Http, receiver)?
        .notice_facts(facts)
        .attribute("service.version", "v0.67.0")
        .attribute("vcs.ref.head.revision", "f8d09c9be141e9fb367b08099308dd8b93aa92b2")
        .attribute("container.image.name", "ghcr.io/manyfold3d/manyfold")
        .attribute("manyfold.platform", "arm-linux-musleabihf")
        // The contract lists none of these, so they stay.
        .attribute("host.name", HOST)
        .attribute("process.owner", USER))
}

fn record(exporter: &Exporter) {
    let meter = exporter.meter();
    // Nor this gauge.
    let models = meter.u64_observable_gauge("manyfold.models");
    models.with_callback(|observer| observer.observe(1_204, &[])).build();
}
