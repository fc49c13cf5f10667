//! The service under test: a contract of its own, and gauges for it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headcount::contract::{Contract, Level, Secret};
use headcount::opentelemetry::KeyValue;
use headcount::{Exporter, ExporterBuilder};

/// The id of the instance under test.
pub(crate) const INSTANCE: &str = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";

/// Its contract.
pub(crate) fn contract() -> Arc<Contract> {
    let text = include_str!("acme.yaml");
    Arc::new(Contract::parse("acme.yaml", text).unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

/// A data directory of its own for each service: a new one, beside what cargo builds.
pub(crate) fn data_directory() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}-{number}", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("exporter").join(name);
    // Another run may have had this process id.
    let _ = std::fs::remove_dir_all(&path);
    path
}

/// An exporter to be built, with everything that the contract needs.
pub(crate) fn builder(url: &str) -> ExporterBuilder {
    builder_in(data_directory(), url)
}

/// The same, in this data directory.
pub(crate) fn builder_in(data_directory: impl Into<PathBuf>, url: &str) -> ExporterBuilder {
    Exporter::builder(contract(), data_directory)
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
    consenting(builder(url))
}

/// The service that this builder makes, with consent to everything and with its gauges.
pub(crate) fn consenting(builder: ExporterBuilder) -> Exporter {
    let exporter = builder.build().expect("a whole configuration");
    exporter.agree(Level::Diagnostics).expect("a directory to keep it in");
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
