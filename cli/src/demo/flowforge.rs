//! An instance of FlowForge: a platform for Node-RED, fresh from its installation. Everything is that of
//! its documentation.

use std::sync::Arc;

use headcount::Protocol;

use super::application::{Application, exporter};
use super::receiver::Receiver;

const DOCUMENTED: &str = include_str!("documented/flowforge.json");

/// What the platform holds: nothing yet.
#[derive(Default)]
struct Platform {
    users: Vec<String>,
    teams: Vec<String>,
    projects: Vec<String>,
}

/// Starts the instance, which reports over OTLP/HTTP.
pub(super) fn start(receiver: &Receiver) -> anyhow::Result<Application> {
    let exporter = exporter("flowforge/0.2", Protocol::Http, receiver)?
        .instance_id("5db51f99-c6fb-4340-9c19-78adce58cc1b")
        .attribute("service.version", "0.1.1")
        .attribute("process.runtime.version", "v16.13.1")
        // OpenTelemetry's words; the contract translates them into those of the report.
        .attribute("os.type", "darwin")
        .attribute("os.version", "20.5.0")
        .attribute("host.arch", "amd64")
        .attribute("flowforge.driver", "localfs")
        .build()?;
    let (meter, platform) = (exporter.meter(), Arc::new(Platform::default()));
    let gauge = |name, read: fn(&Platform) -> &[String]| {
        let (platform, gauge) = (Arc::clone(&platform), meter.u64_observable_gauge(name));
        gauge
            .with_callback(move |observer| observer.observe(read(&platform).len() as u64, &[]))
            .build();
    };
    gauge("flowforge.users", |platform| &platform.users);
    gauge("flowforge.teams", |platform| &platform.teams);
    gauge("flowforge.projects", |platform| &platform.projects);
    Ok(Application {
        exporter,
        purpose: "low-code platform",
        protocol: Protocol::Http,
        untold: None,
        documented: Some(DOCUMENTED),
    })
}
