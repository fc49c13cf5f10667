//! The service under test: a contract of its own, and gauges for it.

use std::sync::Arc;

use headcount::contract::{Contract, Level, Secret};
use headcount::opentelemetry::KeyValue;
use headcount::{Consent, Exporter, ExporterBuilder};

/// The id of the instance under test.
pub(crate) const INSTANCE: &str = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";

/// Its contract.
pub(crate) fn contract() -> Arc<Contract> {
    let text = include_str!("acme.yaml");
    Arc::new(Contract::parse("acme.yaml", text).unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

/// Consent to everything in it.
pub(crate) fn granted() -> Consent {
    Consent::Granted { digest: contract().digest(), level: Level::Diagnostics }
}

/// An exporter to be built, with everything that the contract needs.
pub(crate) fn builder(url: &str) -> ExporterBuilder {
    Exporter::builder(contract())
        .endpoint(url)
        .instance_id(INSTANCE)
        .secret(Secret::new([7; 32]))
        .attribute("service.version", "1.2.3")
        .attribute("os.type", "linux")
        // Whoever runs the tests may have declined everything else.
        .environment(|_| None)
}

/// A service with consent, and two projects with people in them.
pub(crate) fn service(url: &str) -> Exporter {
    let exporter = builder(url).consent(granted()).build().expect("a whole configuration");
    record(&exporter);
    exporter
}

/// Creates the gauges that the contract names.
pub(crate) fn record(exporter: &Exporter) {
    let meter = exporter.meter();
    meter.u64_gauge("acme.users").with_unit("{user}").build().record(12, &[]);
    let _ = meter
        .u64_observable_gauge("acme.project.members")
        .with_callback(|observer| {
            for (project, members) in [("apollo", 3), ("gemini", 4)] {
                observer.observe(members, &[KeyValue::new("acme.project.name", project)]);
            }
        })
        .build();
}
