//! Receivers that answer badly, and what the exporter makes of it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use headcount::{Outcome, Protocol};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Frame;

use crate::server::{Body, Server, grpc_answer, grpc_status, http_answer, http_ok};
use crate::service::{builder, granted, record};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

/// Sends one report, with little patience.
fn send_within(url: &str, protocol: Protocol, patience: Duration) -> Outcome {
    let service = builder(url).protocol(protocol).consent(granted()).timeout(patience);
    let service = service.build().expect("a whole configuration");
    record(&service);
    service.send_now().expect("consent")
}

fn send(url: &str, protocol: Protocol) -> Outcome {
    send_within(url, protocol, Duration::from_secs(20))
}

fn http(answer: impl Fn() -> Option<Response<Body>> + Send + Sync + 'static) -> Outcome {
    send(&Server::start(answer).url(""), Protocol::Http)
}

fn grpc(answer: impl Fn() -> Option<Response<Body>> + Send + Sync + 'static) -> Outcome {
    send(&Server::start(answer).url(""), Protocol::Grpc)
}

fn is_retry(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Retry { after: None, .. })
}

#[test]
fn a_redirect_is_refused() {
    let elsewhere = Server::start(http_ok);
    for status in [301, 302, 307, 308] {
        let location = elsewhere.url("/v1/metrics");
        let answer = move || {
            let status = StatusCode::from_u16(status).expect("a status");
            http_answer(status, &[("location", &location), ("set-cookie", "a=b")], b"")
        };
        let outcome = http(answer.clone());
        assert!(outcome.to_string().contains("redirects are not followed"), "{outcome}");
        assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome}");
        // Whoever redirects gRPC is no receiver, and has no say about the report.
        let outcome = grpc(answer);
        assert!(is_retry(&outcome), "{outcome}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn every_success_of_http_is_one() {
    for status in [200, 202, 204] {
        let outcome =
            http(move || http_answer(StatusCode::from_u16(status).expect("a status"), &[], b""));
        assert!(matches!(outcome, Outcome::Delivered { rejected: 0, .. }), "{status}: {outcome}");
    }
}

#[test]
fn http_says_what_may_be_repeated() {
    for (status, repeat) in
        [(400, false), (401, false), (404, false), (413, false), (500, false), (501, false)]
            .into_iter()
            .chain([(429, true), (502, true), (503, true), (504, true)])
    {
        // A google.rpc.Status with the message "no".
        let answer = move || {
            let status = StatusCode::from_u16(status).expect("a status");
            http_answer(status, &[PROTOBUF, ("retry-after", "7")], &[0x12, 2, b'n', b'o'])
        };
        let outcome = http(answer);
        assert!(outcome.to_string().contains(": no"), "{outcome}");
        match outcome {
            Outcome::Retry { after, .. } => {
                assert_eq!((repeat, after), (true, Some(Duration::from_secs(7))), "{status}");
            }
            Outcome::Rejected { .. } => assert!(!repeat, "{status}"),
            Outcome::Delivered { .. } => panic!("{status} was taken for success"),
        }
    }
}

#[test]
fn grpc_says_what_may_be_repeated() {
    // A google.rpc.Status with a RetryInfo of 7 s.
    let details = {
        let url = b"type.googleapis.com/google.rpc.RetryInfo";
        let url_length = u8::try_from(url.len()).expect("a short name");
        let info: &[u8] = &[0x0a, 2, 0x08, 7];
        let any = [&[0x0a, url_length], &url[..], &[0x12, 4], info].concat();
        let any_length = u8::try_from(any.len()).expect("a short detail");
        let status = [&[0x1a, any_length], &any[..]].concat();
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, status)
    };
    for code in 1..=16_u8 {
        let repeat = matches!(code, 1 | 4 | 10 | 11 | 14 | 15);
        let outcome = grpc(move || grpc_status(code, "no", ""));
        assert_eq!(is_retry(&outcome), repeat, "{code}: {outcome}");
        assert!(outcome.to_string().contains(": no"), "{outcome}");
        let details = details.clone();
        let outcome = grpc(move || grpc_status(code, "no", &details));
        let wait = repeat || code == 8;
        let asked =
            matches!(outcome, Outcome::Retry { after: Some(wait), .. } if wait.as_secs() == 7);
        assert_eq!(asked, wait, "{code}: {outcome}");
    }
}

#[test]
fn a_wait_of_ages_is_a_day() {
    for wait in ["1000000000000", "18446744073709551615", "99999999999999999999"] {
        let answer =
            move || http_answer(StatusCode::SERVICE_UNAVAILABLE, &[("retry-after", wait)], b"");
        let outcome = http(answer);
        let expected = Some(Duration::from_hours(24));
        assert!(matches!(outcome, Outcome::Retry { after, .. } if after == expected), "{outcome}");
    }
    for wait in ["soon", "-1", ""] {
        let answer =
            move || http_answer(StatusCode::SERVICE_UNAVAILABLE, &[("retry-after", wait)], b"");
        assert!(is_retry(&http(answer)), "{wait}");
    }
}

#[test]
fn a_login_page_is_no_success() {
    let page = || {
        let html = [("content-type", "text/html")];
        http_answer(StatusCode::OK, &html, b"<html><h1>Welcome to the hotel</h1></html>")
    };
    for outcome in [http(page), grpc(page)] {
        assert!(is_retry(&outcome), "{outcome}");
        assert!(!outcome.to_string().contains("hotel"), "{outcome}");
    }
}

#[test]
fn garbage_is_no_success() {
    let garbage = http(|| http_answer(StatusCode::OK, &[PROTOBUF], b"\xff\xff\xff\xff\xff"));
    assert!(is_retry(&garbage), "{garbage}");
    let garbage = grpc(|| grpc_answer(b"\xff\xff\xff\xff\xff"));
    assert!(is_retry(&garbage), "{garbage}");
}

/// A body without an end.
struct Endless;

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 8192])))))
    }
}

#[test]
fn an_endless_answer_ends() {
    for (content_type, protocol) in
        [("application/x-protobuf", Protocol::Http), ("application/grpc", Protocol::Grpc)]
    {
        let server = Server::start(move || {
            let answer = Response::builder().header("content-type", content_type);
            Some(answer.body(Endless.boxed()).expect("a whole answer"))
        });
        let start = Instant::now();
        let outcome = send(&server.url(""), protocol);
        assert!(is_retry(&outcome), "{outcome}");
        assert!(start.elapsed() < Duration::from_secs(10), "it is cut, not waited for");
    }
}

#[test]
fn a_receiver_that_never_answers_costs_the_time_limit() {
    let server = Server::start(|| None);
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let start = Instant::now();
        let outcome = send_within(&server.url(""), protocol, Duration::from_millis(300));
        assert!(outcome.to_string().contains("within the time limit"), "{outcome}");
        assert!(is_retry(&outcome), "{outcome}");
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn nobody_there_is_a_retry() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let url = format!("http://{}", port.expect("a free port"));
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let outcome = send(&url, protocol);
        assert!(is_retry(&outcome), "{outcome}");
        assert!(outcome.to_string().contains("expected to connect"), "{outcome}");
    }
    let outcome = send("http://no-such-host.invalid:4318", Protocol::Http);
    assert!(is_retry(&outcome), "{outcome}");
}

/// A server that reads a little, writes these bytes to whoever comes, and hangs up.
fn blunt(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 64]);
            // The client may be gone already.
            let _ = stream.write_all(&bytes);
        }
    });
    format!("http://{address}")
}

#[test]
fn bytes_that_are_no_protocol_are_a_retry() {
    let huge_header = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 1_000_000]].concat();
    let many_headers = [&b"HTTP/1.1 200 OK\r\n"[..], &b"x: y\r\n".repeat(100_000)].concat();
    for bytes in [
        Vec::new(),
        vec![0; 100_000],
        b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n".to_vec(),
        b"HTTP/1.1 100 Continue\r\n\r\n".repeat(3),
        huge_header,
        many_headers,
    ] {
        let start: String = String::from_utf8_lossy(&bytes).chars().take(40).collect();
        let url = blunt(bytes);
        for protocol in [Protocol::Http, Protocol::Grpc] {
            let outcome = send(&url, protocol);
            assert!(is_retry(&outcome), "{start:?}: {outcome}");
        }
    }
}
