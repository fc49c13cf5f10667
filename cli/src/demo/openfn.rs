//! An instance of OpenFn: people, and their projects with workflows that run.

use std::sync::Arc;

use headcount::Protocol;
use headcount::opentelemetry::KeyValue;
use headcount::opentelemetry::metrics::Meter;

use super::application::{Application, Untold, exporter};

const INSTANCE: &str = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";

/// What the instance knows of itself. The figures are those of OpenFn's documentation.
struct Instance {
    users: u64,
    active_users: u64,
    projects: [Project; 2],
}

struct Project {
    id: &'static str,
    users: u64,
    active_users: u64,
    workflows: Vec<Workflow>,
}

struct Workflow {
    id: &'static str,
    jobs: u64,
    runs: u64,
    steps: u64,
    active_jobs: u64,
}

/// Starts the instance, which reports over OTLP/gRPC.
pub(super) fn start(receiver: &str) -> anyhow::Result<Application> {
    let exporter = exporter("openfn/2", Protocol::Grpc, receiver)?
        .instance_id(INSTANCE)
        .attribute("service.version", "v2.4.2:match:f1bd9ae")
        .attribute("os.type", "linux")
        .build()?;
    let instance = Arc::new(Instance::running());
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

impl Instance {
    fn running() -> Self {
        let workflows = vec![
            Workflow {
                id: "71e1c5a2-5d0b-4c6f-8e0a-2b9d4f6a8c11",
                jobs: 1,
                runs: 6,
                steps: 6,
                active_jobs: 1,
            },
            Workflow {
                id: "a94d3f1e-7c28-4b65-9f31-0d8e6c5b4a12",
                jobs: 4,
                runs: 6,
                steps: 24,
                active_jobs: 4,
            },
        ];
        let busy = Project {
            id: "cf2f5ed0-c1d6-4ae8-8b5f-1a4a3b1f0d01",
            users: 6,
            active_users: 6,
            workflows,
        };
        let new = Project {
            id: "0e7b8a6c-53b4-4f1c-9d5e-6f2a7c8b9d02",
            users: 2,
            active_users: 0,
            workflows: vec![],
        };
        Self { users: 137, active_users: 70, projects: [busy, new] }
    }

    fn workflows(&self) -> impl Iterator<Item = (&Project, &Workflow)> {
        self.projects
            .iter()
            .flat_map(|project| project.workflows.iter().map(move |workflow| (project, workflow)))
    }

    fn ids(&self) -> Vec<&'static str> {
        let projects = self.projects.iter().map(|project| project.id);
        let workflows = self.workflows().map(|(_, workflow)| workflow.id);
        [INSTANCE].into_iter().chain(projects).chain(workflows).collect()
    }
}
