//! What the receiver holds: what leaves to ask for it, and what the answers mean.

use headcount::contract::{Document, Receipt};
use headcount::{Error, Held, Protocol, Verdict};
use headcount_proto::instances::instance::Id;
use headcount_proto::instances::{
    HTTP_SHOW, HeldReport, Instance, SHOW, ShowRequest, ShowResponse,
};
use http::{Response, StatusCode};
use prost::Message as _;

use crate::sending::PATIENCE;
use crate::server::{
    Behaviour, Body, Captured, Server, grpc_answer, grpc_status, http_answer, http_ok,
};
use crate::service::{INSTANCE, builder, consenting};

const PROTOBUF: [(&str, &str); 1] = [("content-type", "application/x-protobuf")];

/// Asks this server.
fn ask(server: &Server, protocol: Protocol) -> Result<Held, Error> {
    let url = server.url(if protocol == Protocol::Http { "/usage" } else { "" });
    consenting(builder(&url).protocol(protocol).timeout(PATIENCE)).held()
}

fn told(reports: Vec<HeldReport>, next_page_token: &str) -> Vec<u8> {
    let next_page_token = next_page_token.to_owned();
    ShowResponse { reports, next_page_token, ..ShowResponse::default() }.encode_to_vec()
}

fn report(day: u8) -> HeldReport {
    HeldReport {
        version: "1".to_owned(),
        date: format!("2024-04-{day:02}"),
        receipt: Receipt::of(b"a report").to_string(),
        ..HeldReport::default()
    }
}

#[test]
fn nothing_leaves_but_the_id_as_it_travels() {
    let report = consenting(builder("http://127.0.0.1:9")).preview().expect("a report");
    let travelling = report.document().get("id").expect("the report tells it").clone();
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let server = match protocol {
            Protocol::Http => Server::start(|| http_answer(StatusCode::OK, &PROTOBUF, b"")),
            Protocol::Grpc => Server::start(|| grpc_answer(b"")),
        };
        assert_eq!(ask(&server, protocol).expect("an answer").reports, []);
        let request = server.request();
        let (path, message) = match protocol {
            Protocol::Http => (format!("/usage{HTTP_SHOW}"), &*request.body),
            Protocol::Grpc => (SHOW.to_owned(), request.message()),
        };
        assert_eq!(request.head.uri.path(), path);
        let expected = match protocol {
            Protocol::Http => &["content-length", "content-type", "host", "user-agent"][..],
            Protocol::Grpc => &["content-length", "content-type", "te", "user-agent"],
        };
        assert_eq!(request.header_names(), expected);
        let asked = ShowRequest::decode(message).expect("a request");
        let Some(Instance { contract, id: Some(Id::AsItTravels(id)) }) = asked.instance else {
            panic!("an instance as it travels");
        };
        assert_eq!(contract, "acme");
        assert_ne!(id, INSTANCE, "the id is hashed");
        assert_eq!(Document::Text(id), travelling);
        assert!(asked.receipts_only);
    }
}

#[test]
fn pages_are_followed_to_their_end() {
    let pages = |request: &Captured, frame: usize| {
        let asked = ShowRequest::decode(&request.body[frame..]).expect("a request");
        match asked.page_token.as_str() {
            "" => told(vec![report(1), report(2)], "more"),
            "more" => told(vec![report(3)], ""),
            other => panic!("no page has the token {other}"),
        }
    };
    let over_http = Behaviour::answering(move |request| {
        http_answer(StatusCode::OK, &PROTOBUF, &pages(request, 0))
    });
    let over_grpc = Behaviour::answering(move |request| grpc_answer(&pages(request, 5)));
    for (server, protocol) in
        [(over_http.start(), Protocol::Http), (over_grpc.start(), Protocol::Grpc)]
    {
        let held = ask(&server, protocol).expect("an answer");
        let days: Vec<_> = held.reports.iter().map(|report| report.date.day()).collect();
        assert_eq!(days, [1, 2, 3]);
        assert!(held.reports.iter().all(|report| report.verdict == Verdict::Unknown));
    }
}

#[test]
fn whatever_is_no_answer_is_told_and_never_taken_for_nothing_held() {
    type Answer = fn() -> Option<Response<Body>>;
    let cases: [(&str, Protocol, Answer); 9] = [
        ("an empty success", Protocol::Http, || http_answer(StatusCode::OK, &[], b"")),
        ("a page of a portal", Protocol::Http, || {
            http_answer(StatusCode::OK, &[("content-type", "text/html")], b"<html>")
        }),
        ("other bytes", Protocol::Http, || http_answer(StatusCode::OK, &PROTOBUF, b"\xff")),
        ("a Collector", Protocol::Http, || http_answer(StatusCode::NOT_FOUND, &[], b"404")),
        ("another receiver", Protocol::Http, || {
            http_answer(StatusCode::NOT_FOUND, &PROTOBUF, b"\x12\x02no")
        }),
        ("a Collector over gRPC", Protocol::Grpc, || grpc_status(12, "unknown service", "")),
        ("OTLP's own success", Protocol::Http, || {
            // ExportMetricsPartialSuccess with a number and a text.
            http_answer(StatusCode::OK, &PROTOBUF, b"\x0a\x04\x08\x01\x12\x00")
        }),
        ("a redirect", Protocol::Http, || {
            http_answer(StatusCode::FOUND, &[("location", "http://127.0.0.1:9/")], b"")
        }),
        ("more than was asked for", Protocol::Http, || {
            http_answer(StatusCode::OK, &PROTOBUF, &b"\x0a\0".repeat(129))
        }),
    ];
    for (what, protocol, answer) in cases {
        let error = ask(&Server::start(answer), protocol).expect_err(what);
        let text = error.to_string();
        assert!(
            text.starts_with("expected the receiver to tell what it holds: "),
            "{what}: {text}"
        );
    }
    let endless = Server::start(|| http_answer(StatusCode::OK, &PROTOBUF, &told(vec![], "more")));
    let error = ask(&endless, Protocol::Http).expect_err("no end");
    assert!(error.to_string().contains("expected an end"), "{error}");
    assert_eq!(endless.requests().len(), 20);
}

#[test]
fn it_may_be_asked_after_a_withdrawal_and_not_where_silence_is_wanted() {
    let server = Server::start(|| http_answer(StatusCode::OK, &PROTOBUF, b""));
    let exporter = builder(&server.url("")).build().expect("a whole configuration");
    exporter.held().expect("nobody has decided, and somebody asks");
    exporter.decline().expect("a directory to keep it in");
    exporter.held().expect("who withdrew may ask what is left");
    assert_eq!(server.connections(), 2);
    let silent = builder(&server.url(""))
        .environment(|name| (name == "DO_NOT_TRACK").then(|| "1".into()))
        .build();
    let error = silent.expect("a whole configuration").held().expect_err("DO_NOT_TRACK");
    assert!(error.is_consent(), "{error}");
    assert_eq!(server.connections(), 2);
}

#[test]
fn what_was_delivered_and_is_not_held_is_told() {
    let server = Behaviour::answering(|request| match request.head.uri.path() {
        HTTP_SHOW => http_answer(StatusCode::OK, &PROTOBUF, b""),
        _ => http_ok(),
    });
    let server = server.start();
    let exporter = consenting(builder(&server.url("")));
    exporter.send_now().expect("consent");
    let held = exporter.held().expect("an answer");
    assert_eq!(held.reports.len(), 1);
    assert_eq!(held.reports[0].verdict, Verdict::NotHeld);
    assert_eq!(held.to_string(), format!("acme/1 for {}: not held\n", held.reports[0].date));
}
