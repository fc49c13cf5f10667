//! An instance of FlowFuse: what FlowForge became, with devices, a library and a licence. Everything is
//! that of its documentation.

use std::sync::Arc;

use headcount::Protocol;

use super::application::{Application, exporter};
use super::receiver::Receiver;

const DOCUMENTED: &str = include_str!("documented/flowfuse.json");

/// What the platform counts, and what is switched on.
struct Platform {
    users: u64,
    teams: u64,
    projects: u64,
    devices: u64,
    snapshots: u64,
    templates: u64,
    stacks: u64,
    library_entries: u64,
    shared_library_entries: u64,
    broker: bool,
    file_store: bool,
    email: bool,
}

const PLATFORM: Platform = Platform {
    users: 6,
    teams: 5,
    projects: 4,
    devices: 9,
    snapshots: 16,
    templates: 7,
    stacks: 2,
    library_entries: 0,
    shared_library_entries: 2,
    broker: true,
    file_store: true,
    email: false,
};

/// Starts the instance, which reports over OTLP/gRPC.
pub(super) fn start(receiver: &Receiver) -> anyhow::Result<Application> {
    let exporter = exporter("flowfuse/1.5", Protocol::Grpc, receiver)?
        .instance_id("5db51f99-c6fb-4340-9c19-78adce58cc1b")
        .attribute("service.version", "1.0.0")
        .attribute("process.runtime.version", "v16.19.1")
        .attribute("os.type", "darwin")
        .attribute("os.version", "20.5.0")
        .attribute("host.arch", "amd64")
        .attribute("flowfuse.driver", "localfs")
        .attribute("flowfuse.license.id", "4c105579-782b-4d53-af62-cf7fa69f6b43")
        .attribute("flowfuse.license.type", "DEV")
        .build()?;
    let (meter, platform) = (exporter.meter(), Arc::new(PLATFORM));
    let gauge = |name, read: fn(&Platform) -> u64| {
        let (platform, gauge) = (Arc::clone(&platform), meter.u64_observable_gauge(name));
        gauge.with_callback(move |observer| observer.observe(read(&platform), &[])).build();
    };
    gauge("flowfuse.users", |platform| platform.users);
    gauge("flowfuse.teams", |platform| platform.teams);
    gauge("flowfuse.projects", |platform| platform.projects);
    gauge("flowfuse.devices", |platform| platform.devices);
    gauge("flowfuse.project.snapshots", |platform| platform.snapshots);
    gauge("flowfuse.project.templates", |platform| platform.templates);
    gauge("flowfuse.project.stacks", |platform| platform.stacks);
    gauge("flowfuse.library.entries", |platform| platform.library_entries);
    gauge("flowfuse.library.entries.shared", |platform| platform.shared_library_entries);
    gauge("flowfuse.broker.enabled", |platform| platform.broker.into());
    gauge("flowfuse.file_store.enabled", |platform| platform.file_store.into());
    gauge("flowfuse.email.enabled", |platform| platform.email.into());
    Ok(Application {
        exporter,
        purpose: "low-code platform",
        protocol: Protocol::Grpc,
        untold: None,
        documented: Some(DOCUMENTED),
    })
}
