//! OTLP/HTTP in place of OTLP/gRPC, where something on the way breaks HTTP/2, and only there.

use std::io::Write as _;
use std::time::Duration;

use headcount::{Outcome, Protocol};
use http::{StatusCode, Version};

use crate::blunt::{Heard, blunt, hear};
use crate::sending::{send, send_within};
use crate::server::{Behaviour, Captured, Server, grpc_answer, grpc_status, http_answer, http_ok};

/// Delivered over HTTP, and it says why not over gRPC.
fn is_delivered_over_http(outcome: &Outcome) -> bool {
    let told = outcome.to_string();
    matches!(outcome, Outcome::Delivered { rejected: 0, .. })
        && told.starts_with("delivered: over OTLP/HTTP to ")
        && told.contains(", since over OTLP/gRPC to ")
}

fn is_grpc(request: &Captured) -> bool {
    request.head.version == Version::HTTP_2
}

#[test]
fn a_receiver_behind_http_1_gets_its_report() {
    let server = Behaviour::always(http_ok).http1_only().start();
    let outcome = send(&server.url(""), Protocol::Grpc);
    assert!(is_delivered_over_http(&outcome), "{outcome}");
    let request = server.request();
    assert_eq!(request.head.uri.path(), "/v1/metrics");
    assert!(!request.body.is_empty());
}

#[test]
fn the_same_report_goes_over_both() {
    let page = || http_answer(StatusCode::NOT_FOUND, &[("content-type", "text/html")], b"");
    let server =
        Behaviour::answering(move |request| if is_grpc(request) { page() } else { http_ok() });
    let server = server.start();
    let outcome = send(&server.url(""), Protocol::Grpc);
    assert!(is_delivered_over_http(&outcome), "{outcome}");
    let (first, second) = (server.request(), server.request());
    assert_eq!(first.message(), second.body);
}

#[test]
fn a_middlebox_that_swallows_http_2_leaves_time_for_http_1() {
    let address = blunt(|mut stream| {
        if hear(&mut stream) == Heard::Http1 {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n");
        }
        hear(&mut stream);
    });
    let patience = Duration::from_secs(2);
    let outcome = send_within(&format!("http://{address}"), Protocol::Grpc, patience);
    assert!(is_delivered_over_http(&outcome), "{outcome}");
}

#[test]
fn what_a_receiver_says_in_grpc_stands() {
    for code in 1..=16 {
        let server = Behaviour::answering(move |request| {
            if is_grpc(request) { grpc_status(code, "no", "") } else { http_ok() }
        });
        let server = server.start();
        let outcome = send(&server.url(""), Protocol::Grpc);
        assert!(!matches!(outcome, Outcome::Delivered { .. }), "{code}: {outcome}");
        assert_eq!(server.connections(), 1, "{code}");
    }
    let server = Server::start(|| grpc_answer(b"garbage"));
    assert!(matches!(send(&server.url(""), Protocol::Grpc), Outcome::Retry { .. }));
    assert_eq!(server.connections(), 1);
}

#[test]
fn whoever_asks_for_time_gets_it() {
    let server =
        Server::start(|| http_answer(StatusCode::TOO_MANY_REQUESTS, &[("retry-after", "7")], b""));
    let outcome = send(&server.url(""), Protocol::Grpc);
    let wait = Some(Duration::from_secs(7));
    assert!(matches!(outcome, Outcome::Retry { after, .. } if after == wait), "{outcome}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn nobody_there_is_not_asked_twice() {
    let server = Server::start(http_ok);
    let outcome = send(&format!("http://127.0.0.2:{}", server.address.port()), Protocol::Grpc);
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome}");
    assert!(!outcome.to_string().contains("OTLP/HTTP"), "{outcome}");
}

/// Something else may listen where a receiver's OTLP/HTTP would be.
#[test]
fn the_word_of_a_stranger_does_not_count() {
    for status in [200, 204, 301, 404, 500] {
        let status = StatusCode::from_u16(status).expect("a status");
        let server = Behaviour::always(move || http_answer(status, &[], b"")).http1_only().start();
        let outcome = send(&server.url(""), Protocol::Grpc);
        assert!(matches!(outcome, Outcome::Retry { after: None, .. }), "{status}: {outcome}");
        let told = outcome.to_string();
        assert!(told.contains("over OTLP/gRPC to") && told.contains("over OTLP/HTTP to"), "{told}");
    }
}

#[test]
fn a_receiver_that_refuses_over_http_is_heard() {
    let protobuf = [("content-type", "application/x-protobuf")];
    let server =
        Behaviour::always(move || http_answer(StatusCode::BAD_REQUEST, &protobuf, b"\x12\x02no"));
    let outcome = send(&server.http1_only().start().url(""), Protocol::Grpc);
    assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome}");
    assert!(outcome.to_string().ends_with("answered 400 Bad Request: no"), "{outcome}");
    assert!(outcome.to_string().starts_with("rejected: over OTLP/gRPC to "), "{outcome}");
}

#[cfg(feature = "tls")]
#[test]
fn a_tls_server_without_http_2_gets_its_report() {
    use crate::sending::send_with;
    use crate::service::builder;
    use crate::tls::server::{Encryption, SOUND};

    let protocols: [&'static [&'static str]; 2] = [&["http/1.1"], &[]];
    for protocols in protocols {
        let (server, pem) = Encryption { protocols, ..SOUND }.start();
        let url = format!("https://localhost:{}", server.address.port());
        let settings = builder(&url).protocol(Protocol::Grpc).root_certificates(pem);
        let outcome = send_with(settings);
        assert!(is_delivered_over_http(&outcome), "{protocols:?}: {outcome}");
    }
}
