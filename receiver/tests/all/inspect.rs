//! `Inspector` shows what would be stored, and what would not.

use std::sync::mpsc::channel;

use headcount_receiver::Inspector;
use tokio::sync::oneshot;

use crate::receiver::{PROTOBUF, settings, start};
use crate::reports::{INSTANCE, Point, library, manyfold, openfn};

#[tokio::test]
async fn each_request_is_shown_as_it_would_be_stored() {
    let (show, shown) = channel();
    let inspector = Inspector::bind(settings(), library(), move |inspected| {
        show.send(inspected).expect("the test listens");
    });
    let inspector = inspector.await.unwrap();
    let address = inspector.addresses()[0];
    let (stop, stopped) = oneshot::channel::<()>();
    let run = tokio::spawn(inspector.run(async move {
        let _ = stopped.await;
    }));

    let mut report = openfn(INSTANCE, 1);
    report.resource.push(("host.id", "4c4c4544".to_owned()));
    report.gauges[0].1[0].attributes.push(("thread.name", "main".to_owned()));
    let point = Point { attributes: vec![], value: 1 };
    report.gauges.push(("process.cpu.time", vec![point]));
    let mut client = start().await;
    client.address = address;
    let headers = [("content-type", PROTOBUF)];
    let (rejected, _) = client.post(&headers, report.bytes()).await.partial().unwrap();
    assert_eq!(rejected, 1);
    let inspected = shown.recv().unwrap();
    assert_eq!((inspected.answer.sent, inspected.answer.rejected), (9, 1));
    assert_eq!(inspected.reports.len(), 1);
    assert_eq!(inspected.reports[0].incomplete, None);
    let document = inspected.reports[0].report.to_string();
    assert!(document.starts_with(r#"{"version":"2","#), "{document}");
    assert!(!document.contains(INSTANCE), "{document}");
    assert!(inspected.stripped.resource_attributes.contains("host.id"));
    assert!(inspected.stripped.metrics.contains("process.cpu.time"));
    assert!(inspected.stripped.point_attributes.contains("thread.name"));

    client.post(&headers, openfn(INSTANCE, 1).piece(0..1).bytes()).await;
    let piece = shown.recv().unwrap();
    let missing = piece.reports[0].incomplete.as_ref().expect("it is a piece").to_string();
    assert!(missing.contains("no_of_active_users"), "{missing}");

    client.post(&headers, manyfold(INSTANCE).bytes()).await;
    assert_eq!(shown.recv().unwrap().reports[0].key.contract, "manyfold");
    stop.send(()).expect("it runs");
    run.await.unwrap();
}
