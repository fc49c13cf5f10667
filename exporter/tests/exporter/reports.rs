//! What arrives is what the preview showed.

use std::time::SystemTime;

use headcount::contract::{Level, Reason};
use headcount::{Outcome, Protocol};
use headcount_proto::otlp::ExportMetricsServiceRequest;
use jiff::Timestamp;
use prost::Message as _;

use crate::server::{Captured, Server, grpc_answer, http_ok};
use crate::service::{INSTANCE, builder, consenting, service};

const DELIVERED: Outcome =
    Outcome::Delivered { rejected: 0, message: String::new(), receipt: None };

/// 2026-03-02, in the morning.
fn monday() -> SystemTime {
    "2026-03-02T09:00:07Z".parse::<Timestamp>().expect("an RFC 3339 time").into()
}

/// The request without what differs between two reports: the report's id.
fn without_id(request: &[u8]) -> ExportMetricsServiceRequest {
    let mut request = ExportMetricsServiceRequest::decode(request).expect("an OTLP request");
    let resource = request.resource_metrics[0].resource.as_mut().expect("a resource");
    let before = resource.attributes.len();
    resource.attributes.retain(|attribute| attribute.key != "headcount.report.id");
    assert_eq!(resource.attributes.len(), before - 1, "each report has one id");
    request
}

#[test]
fn the_preview_is_the_request_over_http() {
    let server = Server::start(http_ok);
    let service = service(&server.url(""));
    let preview = service.preview_of(Reason::Daily, monday()).expect("a whole report");
    assert_eq!(server.connections(), 0, "a preview sends nothing");
    assert_eq!(service.send(Reason::Daily, monday()).expect("consent"), DELIVERED);
    let Captured { head, body } = server.request();
    assert_eq!((head.method.as_str(), head.uri.path()), ("POST", "/v1/metrics"));
    assert_eq!(without_id(&body), without_id(preview.otlp()));
}

#[test]
fn the_preview_is_the_request_over_grpc() {
    let server = Server::start(|| grpc_answer(b""));
    let service = builder(&server.url("")).protocol(Protocol::Grpc);
    let service = consenting(service);
    let preview = service.preview_of(Reason::Daily, monday()).expect("a whole report");
    assert_eq!(service.send(Reason::Daily, monday()).expect("consent"), DELIVERED);
    let captured = server.request();
    assert_eq!(
        captured.head.uri.path(),
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
    );
    assert_eq!(without_id(captured.message()), without_id(preview.otlp()));
}

#[test]
fn the_preview_shows_the_documented_report() {
    let service = service("http://127.0.0.1:9");
    let preview = service.preview_of(Reason::Daily, monday()).expect("a whole report");
    // SHA-256 of the id, and HMAC-SHA-256 of the names under the secret: gemini, apollo.
    let expected = r#"{
  "date": "2026-03-01",
  "id": "eecf8cfdd120e8df8d9a12ca92ac3e815908223f95cfb11f19261a3c0eb34aec",
  "version": "1.2.3",
  "system": "linux",
  "users": 12,
  "projects": [
    {
      "id": "11f04e6f0b6461057b40bf28a788767175f14985ebdcefae0a7f43601d635099",
      "members": 4
    },
    {
      "id": "3258366934028ca376d431a1b2fc8ab3e0664048bfddd2691fb538e1fdef5ed2",
      "members": 3
    }
  ]
}"#;
    let shown = preview.to_string();
    assert_eq!(shown, expected);
    assert!(!shown.contains(INSTANCE) && !shown.contains("apollo"));
}

#[test]
fn every_report_has_an_id_of_its_own() {
    let service = service("http://127.0.0.1:9");
    let one = service.preview_of(Reason::Daily, monday()).expect("a whole report");
    let two = service.preview_of(Reason::Daily, monday()).expect("a whole report");
    assert_ne!(one.otlp(), two.otlp());
    assert_eq!(without_id(one.otlp()), without_id(two.otlp()));
}

#[test]
fn a_report_with_a_hole_is_not_sent() {
    let server = Server::start(http_ok);
    let service = builder(&server.url("")).build().expect("configured");
    service.agree(Level::Diagnostics).expect("a directory to keep it in");
    let _ = service
        .meter()
        .u64_observable_gauge("acme.users")
        .with_callback(|_| panic!("a mistake of the host"))
        .build();
    let error = service.send_now().expect_err("no users");
    assert!(error.is_report(), "{error}");
    assert!(error.to_string().contains("acme.users: its callback panicked"), "{error}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_headers_are_the_expected_few() {
    let server = Server::start(http_ok);
    service(&server.url("")).send_now().expect("consent");
    let captured = server.request();
    assert_eq!(captured.header_names(), ["content-length", "content-type", "host", "user-agent"]);
    assert_eq!(
        captured.head.headers["user-agent"],
        concat!("headcount/", env!("CARGO_PKG_VERSION"))
    );

    let server = Server::start(|| grpc_answer(b""));
    let service = consenting(builder(&server.url("")).protocol(Protocol::Grpc));
    service.send_now().expect("consent");
    let names = ["content-length", "content-type", "te", "user-agent"];
    assert_eq!(server.request().header_names(), names);
}
