//! The service that is measured: an OpenFn instance with 5 000 workflows, which are 20 000 series.

use std::path::Path;
use std::sync::Arc;

use headcount::contract::{Level, Library};
use headcount::opentelemetry::KeyValue;
use headcount::opentelemetry::metrics::Meter;
use headcount::{Exporter, Protocol};

const PROJECTS: usize = 20;
const WORKFLOWS: usize = 250;
/// The gauges that the contract has for each workflow.
const GAUGES: [&str; 4] = [
    "openfn.workflow.jobs",
    "openfn.workflow.runs",
    "openfn.workflow.steps",
    "openfn.workflow.jobs.active",
];
/// What [`record`] records, without the few gauges of projects and of the whole instance.
pub(crate) const SERIES: usize = PROJECTS * WORKFLOWS * GAUGES.len();

/// Creates the contract's gauges on this meter.
pub(crate) fn record(meter: &Meter) {
    for name in ["openfn.users", "openfn.users.active"] {
        meter.u64_gauge(name).build().record(12, &[]);
    }
    let workflows: Arc<[[KeyValue; 2]]> = entities().into();
    for name in GAUGES {
        observe(meter, name, &workflows);
    }
    let projects: Arc<[[KeyValue; 1]]> =
        (0..PROJECTS).map(|project| [KeyValue::new("openfn.project.id", id(project))]).collect();
    for name in ["openfn.project.users", "openfn.project.users.active"] {
        observe(meter, name, &projects);
    }
}

fn observe<const N: usize>(meter: &Meter, name: &'static str, entities: &Arc<[[KeyValue; N]]>) {
    let entities = Arc::clone(entities);
    let _ = meter
        .u64_observable_gauge(name)
        .with_callback(move |observer| {
            for (value, entity) in (1..).zip(entities.iter()) {
                observer.observe(value, entity);
            }
        })
        .build();
}

/// The attributes of every workflow.
pub(crate) fn entities() -> Vec<[KeyValue; 2]> {
    ids()
        .into_iter()
        .map(|[project, workflow]| {
            [
                KeyValue::new("openfn.project.id", project),
                KeyValue::new("openfn.workflow.id", workflow),
            ]
        })
        .collect()
}

/// The ids of every workflow's project, and its own.
pub(crate) fn ids() -> Vec<[String; 2]> {
    (0..PROJECTS)
        .flat_map(|project| {
            (0..WORKFLOWS).map(move |workflow| [id(project), id((project + 1) * 1000 + workflow)])
        })
        .collect()
}

fn id(number: usize) -> String {
    format!("6b2f1a70-1c9e-4d7b-9a77-{number:012x}")
}

/// The instance's exporter, with consent.
pub(crate) fn exporter(data_directory: &Path, url: &str) -> Exporter {
    let library = Library::built_in();
    let contract = library.get("openfn", "2").expect("a contract that ships").clone();
    let exporter = Exporter::builder(contract, data_directory)
        .endpoint(url)
        .protocol(Protocol::Grpc)
        .attribute("service.version", "v2.4.2:match:f1bd9ae")
        .attribute("os.type", "linux")
        .show_notice(|_| ())
        .environment(|_| None)
        .build()
        .expect("a whole configuration");
    exporter.agree(Level::Diagnostics).expect("a directory to keep it in");
    exporter
}
