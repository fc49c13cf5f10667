//! An instance of OpenWISP: network management, made of modules. Its reports carry no id at all.

use headcount::Protocol;
use headcount::opentelemetry::KeyValue;

use super::application::{Application, Untold, exporter};
use super::receiver::Receiver;

/// A module that is switched on.
struct Module {
    name: &'static str,
    version: &'static str,
}

const MODULES: [Module; 4] = [
    Module { name: "openwisp-controller", version: "1.0.3" },
    Module { name: "openwisp-firmware-upgrader", version: "1.0.0" },
    Module { name: "openwisp-monitoring", version: "1.1.0a" },
    Module { name: "openwisp-users", version: "1.0.2" },
];

/// Starts the instance, which reports over OTLP/HTTP.
pub(super) fn start(receiver: &Receiver) -> anyhow::Result<Application> {
    let exporter = exporter("openwisp/1", Protocol::Http, receiver)?
        .attribute("service.version", "23.05.3")
        .attribute("os.description", "Ubuntu 20.04.1 LTS")
        // The contract cuts what a build of the kernel adds.
        .attribute("os.version", "5.13.0-52-generic")
        .attribute("host.arch", "amd64")
        .attribute("openwisp.installation.method", "docker-openwisp")
        .build()?;
    // A list of things is one point for each, with the value 1.
    let meter = exporter.meter();
    let modules = meter.u64_observable_gauge("openwisp.module");
    modules
        .with_callback(|observer| {
            for Module { name, version } in MODULES {
                let attributes = [
                    KeyValue::new("openwisp.module.name", name),
                    KeyValue::new("openwisp.module.version", version),
                ];
                observer.observe(1, &attributes);
            }
        })
        .build();
    Ok(Application {
        exporter,
        purpose: "network management",
        protocol: Protocol::Http,
        untold: Some(Untold { what: "the build of its kernel", texts: vec!["52-generic"] }),
        documented: None,
    })
}
