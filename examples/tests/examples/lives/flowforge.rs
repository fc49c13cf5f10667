//! FlowForge asks in its setup wizard. What its configuration file says comes before that.

use std::fs;
use std::path::Path;
use std::time::Duration;

use headcount::contract::Level;
use headcount::{Exporter, Switch};

use super::{Machine, at, end_of, told_by_all, turn};
use crate::receiver::Receiver;

fn flowforge(machine: &Machine, receiver: &Receiver, file: &Path) -> Exporter {
    let exporter = machine
        .application("flowforge/0.2", &receiver.url())
        .configuration(file)
        .attribute("service.version", "0.1.1")
        .attribute("process.runtime.version", "v16.13.1")
        .attribute("os.type", "darwin")
        .attribute("os.version", "20.5.0")
        .attribute("host.arch", "amd64")
        .attribute("flowforge.driver", "localfs")
        .build()
        .expect("a whole configuration");
    let meter = exporter.meter();
    for (gauge, value) in
        [("flowforge.users", 1), ("flowforge.teams", 1), ("flowforge.projects", 0)]
    {
        meter.u64_gauge(gauge).build().record(value, &[]);
    }
    exporter
}

#[test]
fn its_configuration_file_comes_before_its_wizard() {
    let (machine, receiver) = (Machine::new(), Receiver::start());
    let file = machine.disk.path().join("flowforge.yml");
    fs::write(&file, "port: 3000\n").expect("a disk");

    // The wizard showed the notice and asked, so nothing is shown again.
    let exporter = flowforge(&machine, &receiver, &file);
    exporter.agree(Level::Basic).expect("a disk");
    let start = at(-3, 8, 0);
    let first = turn(&exporter, start);
    assert_eq!((first.made, machine.notices()), (0, 0));
    // Half a minute after the start comes the first report, whatever the time of day.
    assert!(first.next <= start + Duration::from_secs(30));
    assert_eq!(turn(&exporter, start + Duration::from_secs(29)).made, 0);
    assert_eq!(turn(&exporter, start + Duration::from_secs(30)).made, 1);
    assert_eq!(turn(&exporter, end_of(-3)).made, 0, "one a day");

    // The file is read for each turn, so its no holds without a restart.
    fs::write(&file, "port: 3000\ntelemetry:\n  enabled: false\n").expect("a disk");
    assert_eq!(turn(&exporter, end_of(-2)).made, 0);
    exporter.agree(Level::Basic).expect("a disk");
    assert_eq!(turn(&exporter, end_of(-2)).made, 0, "no click in the application changes that");
    let status = exporter.status().expect("a directory to read");
    assert_eq!(status.declined_by, Some(Switch::Configuration));

    // Without it the wizard's answer holds again, of the same instance.
    fs::remove_file(&file).expect("a disk");
    assert_eq!(turn(&exporter, end_of(-1)).made, 1);
    let ids = told_by_all(&receiver.reports("flowforge"), "instanceId");
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}
