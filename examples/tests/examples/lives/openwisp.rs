//! OpenWISP tells events: that it was installed, upgraded, is alive, and at last that its operator
//! does not want that any more. No report carries an id.

use headcount::Exporter;
use headcount::opentelemetry::KeyValue;

use super::{Machine, end_of, told, turn};
use crate::receiver::Receiver;

fn openwisp(machine: &Machine, receiver: &Receiver, version: &'static str) -> Exporter {
    let exporter = machine
        .application("openwisp/1", &receiver.url())
        .attribute("service.version", version)
        .attribute("os.description", "Ubuntu 20.04.1 LTS")
        .attribute("os.version", "5.13.0-52-generic")
        .attribute("host.arch", "amd64")
        .attribute("openwisp.installation.method", "docker-openwisp")
        .build()
        .expect("a whole configuration");
    let meter = exporter.meter();
    let modules = meter.u64_observable_gauge("openwisp.module");
    modules
        .with_callback(|observer| {
            let name = KeyValue::new("openwisp.module.name", "openwisp-users");
            observer.observe(1, &[name, KeyValue::new("openwisp.module.version", "1.0.2")]);
        })
        .build();
    exporter
}

/// The events that each report told, oldest report first.
fn events(receiver: &Receiver) -> Vec<String> {
    let reports = receiver.reports("openwisp");
    reports.iter().map(|report| told(report, "events")).collect()
}

#[test]
fn it_tells_its_installation_its_upgrades_and_its_end() {
    let (machine, receiver) = (Machine::new(), Receiver::start());
    let exporter = openwisp(&machine, &receiver, "22.05");
    let first = turn(&exporter, end_of(-3));
    assert_eq!((machine.notices(), first.made), (1, 1), "the notice comes first");
    // The same release, started again: the day is told already, the next is a heartbeat.
    drop(exporter);
    let exporter = openwisp(&machine, &receiver, "22.05");
    assert_eq!(turn(&exporter, end_of(-3)).made, 0);
    assert_eq!(turn(&exporter, end_of(-2)).made, 1);
    drop(exporter);
    let exporter = openwisp(&machine, &receiver, "23.05.3");
    assert_eq!(turn(&exporter, end_of(-1)).made, 1);
    assert_eq!(turn(&exporter, end_of(-1)).made, 0);

    let told = events(&receiver);
    let [install, heartbeat, upgrade] = &told[..] else { panic!("expected three, got {told:?}") };
    for (events, category, version) in [
        (install, "Install", "22.05"),
        (heartbeat, "Heartbeat", "22.05"),
        (upgrade, "Upgrade", "23.05.3"),
    ] {
        assert!(events.contains(&format!(r#""category":"{category}""#)), "{events}");
        assert!(events.contains(&format!(r#""name":"{version}""#)), "{events}");
        assert!(events.contains(r#""action":"openwisp-users""#), "{events}");
        assert!(events.contains(r#""name":"5.13.0""#), "{events}");
    }

    // That nobody wants reports is told once, with nothing beside it. Then there is silence.
    exporter.decline().expect("a choice");
    assert_eq!(turn(&exporter, end_of(0)).sent.len(), 1);
    let told = events(&receiver);
    let [_, _, _, last] = &told[..] else { panic!("expected four, got {told:?}") };
    assert!(last.contains(r#""category":"Consent Withdrawn","action":"Action""#), "{last}");
    assert!(!last.contains("23.05.3") && !last.contains("openwisp-users"), "{last}");
    let answered = receiver.counts().answered;
    for day in 1..4 {
        assert_eq!(turn(&exporter, end_of(day)).made, 0);
    }
    assert_eq!(receiver.counts().answered, answered);
}
