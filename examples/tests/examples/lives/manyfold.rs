//! Manyfold asks before it reports. Who agrees gets an id, who takes that back loses it, here and at
//! the receiver.

use headcount::contract::{Level, Reason};
use headcount::{Exporter, ExporterBuilder};

use super::{Machine, at, closed, end_of, told, told_by_all, turn};
use crate::receiver::Receiver;

fn manyfold(machine: &Machine, receiver: &str) -> ExporterBuilder {
    machine
        .application("manyfold/0.90", receiver)
        .attribute("service.version", "v0.67.0")
        .attribute("vcs.ref.head.revision", "f8d09c9be141e9fb367b08099308dd8b93aa92b2")
        .attribute("container.image.name", "ghcr.io/manyfold3d/manyfold")
        .attribute("manyfold.platform", "arm-linux-musleabihf")
}

fn id_in_preview(exporter: &Exporter) -> String {
    let preview = exporter.preview().expect("a preview needs no consent");
    told(preview.document(), "id").trim_matches('"').to_owned()
}

#[test]
fn it_reports_only_while_somebody_agrees() {
    let (machine, receiver) = (Machine::new(), Receiver::start());
    let exporter = manyfold(&machine, &receiver.url()).build().expect("a whole configuration");
    assert_eq!(turn(&exporter, end_of(-4)).made, 0);
    assert_eq!(id_in_preview(&exporter), "null");
    assert!(!machine.keeps("identity"), "an id that nobody agreed to is not even made");

    exporter.agree(Level::Basic).expect("a disk");
    let id = id_in_preview(&exporter);
    for day in [-3, -2] {
        assert_eq!(turn(&exporter, end_of(day)).sent.len(), 1);
    }
    assert_eq!(told_by_all(&receiver.reports("manyfold"), "id"), [id.as_str(); 2]);

    // Nothing is left of who takes it back.
    exporter.decline().expect("a choice");
    assert!(!machine.keeps("identity") && !machine.keeps("identity.copy"));
    let farewell = turn(&exporter, end_of(-1)).sent;
    let reasons: Vec<_> = farewell.iter().map(|sent| sent.reason).collect();
    assert_eq!(reasons, [Reason::Erase]);
    assert!(receiver.reports("manyfold").is_empty());
    assert_eq!(turn(&exporter, end_of(0)).made, 0);
    assert_eq!(id_in_preview(&exporter), "null");

    // Who agrees again is somebody new.
    exporter.agree(Level::Basic).expect("a disk");
    assert_eq!(turn(&exporter, end_of(1)).sent.len(), 1);
    let ids = told_by_all(&receiver.reports("manyfold"), "id");
    assert_eq!(ids, [id_in_preview(&exporter)]);
    assert_ne!(ids, [id]);
}

#[test]
fn what_it_asks_to_erase_waits_for_a_receiver_that_is_down() {
    let (machine, address) = (Machine::new(), closed());
    let url = format!("http://{address}");
    let exporter = manyfold(&machine, &url).build().expect("a whole configuration");
    exporter.agree(Level::Basic).expect("a disk");
    assert_eq!(turn(&exporter, end_of(-1)).made, 1);
    exporter.decline().expect("a choice");
    let waiting = exporter.status().expect("a directory to read").waiting;
    assert_eq!(waiting, 1, "the report was dropped, the request is there");
    assert!(turn(&exporter, at(0, 8, 0)).waits.is_some());
    drop(exporter);

    let receiver = Receiver::start_at(address);
    let silent = |name: &str| (name == "DO_NOT_TRACK").then(|| "1".to_owned());
    let exporter = manyfold(&machine, &url).environment(silent).build();
    let exporter = exporter.expect("a whole configuration");
    assert!(turn(&exporter, at(0, 20, 0)).sent.is_empty(), "who wants silence gets it");
    assert_eq!(receiver.counts().answered, 0);

    let exporter = manyfold(&machine, &url).build().expect("a whole configuration");
    let farewell = turn(&exporter, at(0, 20, 30)).sent;
    let reasons: Vec<_> = farewell.iter().map(|sent| sent.reason).collect();
    assert_eq!(reasons, [Reason::Erase]);
    assert_eq!(receiver.counts().answered, 1);
    assert_eq!(exporter.status().expect("a directory to read").waiting, 0);
}

#[test]
fn its_operator_can_send_reports_elsewhere() {
    let (machine, makers, own) = (Machine::new(), Receiver::start(), Receiver::start());
    let url = own.url();
    let exporter = manyfold(&machine, &makers.url())
        .environment(move |name| (name == "USAGE_REPORTING_URL").then(|| url.clone()))
        .build()
        .expect("a whole configuration");
    assert!(exporter.notice().expect("a directory to read").contains(&own.url()));
    exporter.agree(Level::Basic).expect("a disk");
    assert_eq!(turn(&exporter, end_of(-1)).sent.len(), 1);
    assert_eq!((makers.counts().answered, own.counts().answered), (0, 1));
    assert_eq!(told_by_all(&own.reports("manyfold"), "version.app"), ["v0.67.0"]);
}
