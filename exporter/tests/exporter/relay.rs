//! An instance behind a relay, on the wire: its id as it travels, whatever leaves.

use std::io;
use std::time::SystemTime;

use headcount::contract::{Collected, Contract, Document, Ids, Level, Observation, Scalar};
use headcount::{Exporter, ExporterBuilder, Outcome, Protocol, SentOutcome};
use headcount_proto::Number;
use headcount_proto::instances::instance::Id;
use headcount_proto::instances::{HTTP_SHOW, ShowRequest};
use headcount_proto::otlp::ExportMetricsServiceRequest;
use headcount_proto::otlp::any_value::Value;
use http::StatusCode;
use prost::Message as _;

use crate::server::{Captured, Server, http_answer, http_ok};
use crate::service::data_directory;

/// As it travels.
const ID: &str = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
const PROJECT: &str = "0c6e5eb9d27e4c8e9b5a9f2c7b8d1e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293";

const CONTRACT: &str = r#"contract: acme
version: "1"
brief: How one Acme server is used.
identity: stable
consent: { default: opt_in, announce: true, on_withdrawal: delete_id }
schedule: { covers: now, daily: random, events: [opt_out] }
report:
  id:       { $id: service.instance.id, hash: hmac_sha256, encoding: hex, optional: omit }
  version:  { $attribute: service.version, max_length: 32, brief: The release that runs }
  projects:
    $each: acme.project.name
    max: 100
    id:      { $id: acme.project.name, hash: hmac_sha256, encoding: hex, optional: omit }
    members: { $gauge: acme.project.members, unit: "{user}", brief: People in the project }
"#;

fn told() -> Collected {
    let attribute = |key: &str, text: &str| (key.to_owned(), Scalar::from(text));
    Collected {
        resource: vec![
            attribute("service.version", "1.2.3"),
            attribute("service.instance.id", "somebody else"),
            attribute("host.name", "pluto"),
        ],
        points: vec![Observation {
            metric: "acme.project.members".to_owned(),
            attributes: vec![attribute("acme.project.name", PROJECT)],
            value: Number::Int(3),
        }],
        ids: Ids::Held,
    }
}

fn builder(url: &str, data: &std::path::Path) -> ExporterBuilder {
    let contract = Contract::parse("acme.yaml", CONTRACT);
    let contract = contract.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let builder = Exporter::builder(contract, data).endpoint(url).protocol(Protocol::Http);
    builder.environment(|_| None).show_notice(|_| {})
}

/// The exporter that decides, after somebody agreed, and that of an instance.
fn relay(url: &str) -> [Exporter; 2] {
    let data = data_directory();
    let decides = builder(url, &data).decides_only().build().expect("everything is right");
    let instance = builder(url, &data.join("instances/1"))
        .follows(&decides)
        .traveling_id(ID)
        .recorded(|_| Ok::<_, io::Error>(Some(told())))
        .build()
        .expect("everything is right");
    decides.agree(Level::Basic).expect("a directory to keep it in");
    [decides, instance]
}

/// The resource attributes of a request, in their order.
fn resource(captured: &Captured) -> Vec<(String, String)> {
    let request = ExportMetricsServiceRequest::decode(&*captured.body).expect("an OTLP request");
    let resource = request.resource_metrics[0].resource.clone().expect("a resource");
    let attributes = resource.attributes.into_iter().map(|one| {
        let text = match one.value.and_then(|value| value.value) {
            Some(Value::StringValue(text)) => text,
            other => format!("{other:?}"),
        };
        (one.key, text)
    });
    attributes.collect()
}

fn value<'r>(resource: &'r [(String, String)], key: &str) -> Option<&'r str> {
    resource.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
}

#[test]
fn its_report_has_the_ids_as_they_came_and_nothing_else() {
    let server = Server::start(http_ok);
    let [_, instance] = relay(&server.url(""));
    let outcome = instance.send_now().expect("consent");
    assert!(matches!(outcome, Outcome::Delivered { rejected: 0, .. }), "{outcome}");
    let request = server.request();
    let resource = resource(&request);
    assert_eq!(value(&resource, "service.instance.id"), Some(ID));
    assert_eq!(value(&resource, "service.name"), Some("acme"));
    assert_eq!(value(&resource, "service.version"), Some("1.2.3"));
    let text = String::from_utf8_lossy(&request.body);
    assert!(text.contains(PROJECT), "an id that was hashed is not hashed again");
    assert!(!text.contains("pluto") && !text.contains("somebody"), "{text}");
    let history = instance.history().expect("a history");
    let report = history[0].report.as_ref().expect("the report");
    assert_eq!(report.get("id"), Some(&Document::Text(ID.to_owned())));
}

#[test]
fn what_is_held_is_asked_for_by_the_id_as_it_came() {
    let protobuf = [("content-type", "application/x-protobuf")];
    let server = Server::start(move || http_answer(StatusCode::OK, &protobuf, b""));
    let [_, instance] = relay(&server.url(""));
    assert_eq!(instance.held().expect("an answer").reports, []);
    let request = server.request();
    assert_eq!(request.head.uri.path(), HTTP_SHOW);
    let asked = ShowRequest::decode(&*request.body).expect("a request");
    let id = asked.instance.and_then(|instance| instance.id);
    assert_eq!(id, Some(Id::AsItTravels(ID.to_owned())));
}

#[test]
fn its_withdrawal_is_announced_without_an_id_and_erased_by_the_one_as_it_came() {
    let server = Server::start(http_ok);
    let [decides, instance] = relay(&server.url(""));
    instance.send_now().expect("consent");
    server.request();
    decides.decline().expect("a choice");
    let turn = instance.run_due(SystemTime::now()).expect("a turn");
    assert_eq!(turn.sent.len(), 2, "{turn:?}");
    assert!(turn.sent.iter().all(|sent| sent.outcome == SentOutcome::Delivered), "{turn:?}");
    let mut told: Vec<_> = server.requests().iter().map(resource).collect();
    told.sort_by_key(|resource| value(resource, "headcount.report.reason") == Some("opt_out"));
    let [erasure, announcement] = &told[..] else { panic!("two requests, got {told:?}") };
    assert_eq!(value(erasure, "headcount.report.reason"), Some("erase"));
    assert_eq!(value(erasure, "service.instance.id"), Some(ID));
    assert_eq!(value(erasure, "service.version"), None);
    assert_eq!(value(announcement, "headcount.report.reason"), Some("opt_out"));
    assert_eq!(value(announcement, "service.instance.id"), None);
    assert_eq!(value(announcement, "service.version"), Some("1.2.3"));
    let history = instance.history().expect("a history");
    assert!(
        history
            .iter()
            .all(|sent| !sent.report.as_ref().is_some_and(|r| r.to_string().contains(ID)))
    );
    instance.run_due(SystemTime::now()).expect("a turn");
    assert!(server.requests().is_empty(), "once");
}

#[test]
fn an_erasure_alone_goes_by_the_id_as_it_came_and_reports_go_on() {
    let server = Server::start(http_ok);
    let [_, instance] = relay(&server.url(""));
    instance.erase().expect("a request");
    instance.run_due(SystemTime::now()).expect("a turn");
    let told: Vec<_> = server.requests().iter().map(resource).collect();
    let erasure = told.iter().find(|one| value(one, "headcount.report.reason") == Some("erase"));
    assert_eq!(value(erasure.expect("it leaves"), "service.instance.id"), Some(ID));
    let outcome = instance.send_now().expect("consent");
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome}");
}
