//! Each of the five applications' reports is the documented one, from what a stock SDK sends.

use std::fs;
use std::path::Path;

use headcount_contract::Document;
use headcount_proto::otlp::{ExportMetricsServiceResponse, ResourceMetrics};
use jiff::Timestamp;

use crate::sent::{gauge, point, resource};
use crate::world::World;

/// What an application recorded and the report that has to come of it, as the contracts' own tests have it.
fn golden(name: &str) -> Document {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/tests/golden/recorded");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    Document::parse(&text).unwrap()
}

fn members(document: &Document, key: &str) -> Vec<(String, String)> {
    let Some(Document::Object(members)) = document.get(key) else { panic!("no {key}") };
    let text = |(key, value): &(String, Document)| match value {
        Document::Text(text) => (key.clone(), text.clone()),
        other => panic!("expected text, got {other:?}"),
    };
    members.iter().map(text).collect()
}

/// What a stock SDK sends of it.
fn sent(golden: &Document, at: Timestamp) -> ResourceMetrics {
    let Some(Document::Text(label)) = golden.get("contract") else { panic!("no contract") };
    let service = label.split('/').next().unwrap();
    let mut attributes = members(golden, "resource");
    attributes.push(("service.name".to_owned(), service.to_owned()));
    let attributes: Vec<_> =
        attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let Some(Document::List(points)) = golden.get("points") else { panic!("no points") };
    let metric = |observed: &Document| {
        let Document::List(parts) = observed else { panic!("no point") };
        let [Document::Text(name), Document::Int(value), at_place] = parts.as_slice() else {
            panic!("expected name, value and attributes")
        };
        let place = Document::Object(vec![("at".to_owned(), at_place.clone())]);
        let place = members(&place, "at");
        let place: Vec<_> =
            place.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        gauge(name, vec![point(*value, at, &place)])
    };
    let beat = gauge("headcount.report", vec![point(1, at, &[])]);
    resource(&attributes, points.iter().map(metric).chain([beat]).collect())
}

/// The one report that comes of it.
async fn reported(contract: &str, name: &str, times: [&str; 2]) -> (Document, String) {
    let (golden, world) = (golden(name), World::agreed(contract, "2024-04-25T12:00:00Z").await);
    let answer = world.grpc(vec![sent(&golden, world.time.now())]).await;
    assert_eq!(answer, ExportMetricsServiceResponse::default(), "{name}");
    for time in times {
        world.at(time).await;
    }
    let mut reports = world.makers.reports().await;
    assert_eq!(reports.len(), 1, "{name}: {reports:#?}");
    (golden, reports.remove(0).1)
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_about_the_day_before_are_exactly_those_that_are_documented() {
    for name in ["openfn-1", "openfn-2", "openfn-2-without-projects", "openfn-3"] {
        let contract = format!("openfn/{}", &name[7..8]);
        let times = ["2024-04-25T12:00:01Z", "2024-04-26T01:30:00Z"];
        let (golden, report) = reported(&contract, name, times).await;
        assert_eq!(report, golden.get("report").unwrap().pretty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_about_now_are_exactly_those_that_are_documented() {
    for (contract, name) in [
        ("manyfold/0.90", "manyfold-0.90"),
        ("flowforge/0.2", "flowforge-0.2"),
        ("flowfuse/1.5", "flowfuse-1.5"),
        ("flowfuse/2.15", "flowfuse-2.15"),
        ("flowfuse/2.15", "flowfuse-2.15-unlicensed"),
    ] {
        // Whatever minute of the day is theirs.
        let times = ["2024-04-25T12:01:30Z", "2024-04-25T23:59:59Z"];
        let (golden, report) = reported(contract, name, times).await;
        assert_eq!(report, golden.get("report").unwrap().pretty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openwisp_tells_its_install_its_upgrade_and_each_day() {
    let world = World::agreed("openwisp/1", "2024-04-25T12:00:00Z").await;
    let recorded = golden("openwisp-1-install");
    world.json(vec![sent(&recorded, world.time.now())]).await;
    world.at("2024-04-25T12:00:59Z").await;
    assert_eq!(world.makers.reports().await.len(), 0, "it may have told the half");
    world.at("2024-04-25T12:01:00Z").await;
    let reports = world.makers.reports().await;
    assert_eq!(reports.len(), 1, "{reports:#?}");
    let events =
        |report: &str, kind: &str| report.matches(&format!(r#""category": "{kind}""#)).count();
    let documented = recorded.get("report").unwrap().pretty();
    let installs = events(&documented, "Install");
    assert_eq!(events(&reports[0].1, "Install"), installs, "{}", reports[0].1);

    // The same again changes nothing, and the next day has its own.
    world.time.set("2024-04-26T11:00:00Z");
    world.json(vec![sent(&recorded, world.time.now())]).await;
    world.at("2024-04-26T23:59:59Z").await;
    let reports = world.makers.reports().await;
    let kinds = |kind: &str| reports.iter().filter(|(_, report)| events(report, kind) > 0).count();
    assert_eq!((kinds("Install"), kinds("Heartbeat"), kinds("Upgrade")), (1, 1, 0), "{reports:#?}");
}
