//! FlowFuse with a licence: its contract requires reports of such an instance, and says so in the notice.

use headcount::{Exporter, Switch};

use super::{Machine, at, end_of, told_by_all, turn};
use crate::receiver::Receiver;

const GAUGES: [&str; 15] = [
    "flowfuse.users",
    "flowfuse.teams",
    "flowfuse.projects",
    "flowfuse.devices",
    "flowfuse.project.snapshots",
    "flowfuse.project.templates",
    "flowfuse.project.stacks",
    "flowfuse.library.entries",
    "flowfuse.library.entries.shared",
    "flowfuse.project.suspended",
    "flowfuse.device.never_seen",
    "flowfuse.device.seen_last_day",
    "flowfuse.broker.enabled",
    "flowfuse.file_store.enabled",
    "flowfuse.email.enabled",
];

fn licensed(machine: &Machine, receiver: &Receiver, variable: Option<&'static str>) -> Exporter {
    let exporter = machine
        .application("flowfuse/2.15", &receiver.url())
        .environment(move |name| (Some(name) == variable).then(|| "true".to_owned()))
        .attribute("service.version", "2.15.0")
        .attribute("process.runtime.version", "v20.19.0")
        .attribute("os.type", "linux")
        .attribute("os.version", "6.8.0")
        .attribute("host.arch", "amd64")
        .attribute("flowfuse.driver", "k8s")
        .attribute("flowfuse.license.id", "4c105579-782b-4d53-af62-cf7fa69f6b43")
        .attribute("flowfuse.license.type", "EE")
        .build()
        .expect("a whole configuration");
    let meter = exporter.meter();
    for gauge in GAUGES {
        meter.u64_gauge(gauge).build().record(1, &[]);
    }
    exporter
}

#[test]
fn its_licence_requires_reports() {
    let (machine, receiver) = (Machine::new(), Receiver::start());
    let exporter = licensed(&machine, &receiver, None);
    let notice = exporter.notice().expect("a directory to read");
    assert!(notice.contains("EE"), "{notice}");
    let start = turn(&exporter, end_of(-4));
    assert_eq!((start.made, machine.notices()), (0, 1), "the notice comes first");
    assert_eq!(turn(&exporter, end_of(-3)).made, 1);

    let error = exporter.decline().expect_err("required");
    assert!(error.is_consent(), "{error}");
    assert_eq!(turn(&exporter, end_of(-2)).made, 1);
    drop(exporter);

    // Nor does a variable stop it. It waits for half a minute, since it starts anew.
    let exporter = licensed(&machine, &receiver, Some("DO_NOT_TRACK"));
    assert_eq!(turn(&exporter, at(-1, 23, 58)).made, 0);
    assert_eq!(turn(&exporter, end_of(-1)).made, 1);
    drop(exporter);

    // A test run is no installation, licensed or not.
    let exporter = licensed(&machine, &receiver, Some("CI"));
    assert_eq!(turn(&exporter, at(0, 23, 58)).made, 0);
    assert_eq!(turn(&exporter, end_of(0)).made, 0);
    let status = exporter.status().expect("a directory to read");
    assert_eq!(status.declined_by, Some(Switch::ContinuousIntegration));

    let reports = receiver.reports("flowfuse");
    assert_eq!(told_by_all(&reports, "platform.license.type"), ["EE"; 3]);
    assert_eq!(machine.notices(), 1, "shown once");
}
