//! An instance of OpenFn: people, and their projects with workflows that run.

mod instance;

use std::sync::Arc;

use headcount::Protocol;
use headcount::opentelemetry::KeyValue;
use headcount::opentelemetry::metrics::Meter;

use super::application::{Application, Untold, exporter};
use super::receiver::Receiver;
use instance::{Instance, Project, Workflow};

/// Starts the instance, which reports over OTLP/gRPC.
pub(super) fn start(receiver: &Receiver) -> anyhow::Result<Application> {
    let instance = Arc::new(Instance::running());
    let exporter = exporter("openfn/2", Protocol::Grpc, receiver)?
        .instance_id(instance.id)
        .attribute("service.version", "v2.4.2:match:f1bd9ae")
        .attribute("os.type", "linux")
        .build()?;
    let untold = Some(Untold { what: "its UUIDs", texts: instance.ids() });
    record(&exporter.meter(), &instance);
    let (purpose, protocol) = ("workflow automation", Protocol::Grpc);
    Ok(Application { exporter, purpose, protocol, untold, documented: None })
}

/// Creates the gauges. Each asks the instance whenever a report is made.
fn record(meter: &Meter, instance: &Arc<Instance>) {
    let gauge = |name, read: fn(&Instance) -> u64| {
        let instance = Arc::clone(instance);
        let gauge = meter.u64_observable_gauge(name);
        gauge.with_callback(move |observer| observer.observe(read(&instance), &[])).build();
    };
    gauge("openfn.users", |instance| instance.users);
    gauge("openfn.users.active", |instance| instance.active_users);

    let gauge = |name, read: fn(&Project) -> u64| {
        let instance = Arc::clone(instance);
        let gauge = meter.u64_observable_gauge(name);
        gauge
            .with_callback(move |observer| {
                for project in &instance.projects {
                    observer
                        .observe(read(project), &[KeyValue::new("openfn.project.id", project.id)]);
                }
            })
            .build();
    };
    gauge("openfn.project.users", |project| project.users);
    gauge("openfn.project.users.active", |project| project.active_users);

    let gauge = |name, read: fn(&Workflow) -> u64| {
        let instance = Arc::clone(instance);
        let gauge = meter.u64_observable_gauge(name);
        gauge
            .with_callback(move |observer| {
                for (project, workflow) in instance.workflows() {
                    let attributes = [
                        KeyValue::new("openfn.project.id", project.id),
                        KeyValue::new("openfn.workflow.id", workflow.id),
                    ];
                    observer.observe(read(workflow), &attributes);
                }
            })
            .build();
    };
    gauge("openfn.workflow.jobs", |workflow| workflow.jobs);
    gauge("openfn.workflow.runs", |workflow| workflow.runs);
    gauge("openfn.workflow.steps", |workflow| workflow.steps);
    gauge("openfn.workflow.jobs.active", |workflow| workflow.active_jobs);
}
