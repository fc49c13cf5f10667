//! Whatever becomes of a request, it is told in twin words over every way in: gRPC, HTTP with protobuf and with JSON,
//! with and without TLS, HTTP/1.1 and HTTP/2.

use std::sync::Arc;

use headcount_receiver::{Memory, Settings, Store};
use http::StatusCode;
use rusqlite::Connection;
use tokio_rustls::rustls::ClientConfig;
use tonic::Code;

use crate::front_ends::{json, zstd};
use crate::receiver::{
    Answer, EXPORT, JSON, PROTOBUF, Running, framed, settings, sqlite, start_with,
};
use crate::reports::{INSTANCE, openfn};
use crate::tls::certificates::{Authority, VERSIONS};
use crate::wire::{Way, request};

/// Something to send, by what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Report,
    /// A report with a metric that the contract does not list.
    Part,
    Garbage,
    /// More than may come, after decompression.
    Bomb,
    /// Compressed in a way that is not served.
    Compressed,
    /// To a path where nothing is.
    Elsewhere,
}

impl Sent {
    fn body(self, content: &str) -> Vec<u8> {
        let mut report = openfn(INSTANCE, 2);
        if self == Self::Part {
            report.gauges.push(("process.cpu.time", report.gauges[0].1.clone()));
        }
        match self {
            Self::Garbage => b"\x0a\xff\xff\xff\xff\x7f".to_vec(),
            Self::Bomb => zstd(&vec![b' '; 5 * 1024 * 1024]),
            _ if content == JSON => json(&report.request()).to_string().into_bytes(),
            _ => report.bytes(),
        }
    }

    fn encoding(self) -> Option<&'static str> {
        match self {
            Self::Bomb => Some("zstd"),
            Self::Compressed => Some("br"),
            _ => None,
        }
    }

    /// Sends it over HTTP.
    async fn post(self, receiver: &Running, way: &Way, content: &str) -> Answer {
        let mut headers = vec![("content-type", content)];
        headers.extend(self.encoding().map(|encoding| ("content-encoding", encoding)));
        let path = if self == Self::Elsewhere { "/v1/traces" } else { "/v1/metrics" };
        let request = request("POST", path, &headers, self.body(content));
        way.ask(receiver.address, request).await
    }

    /// Sends it over gRPC.
    async fn call(self, receiver: &Running, way: &Way) -> Answer {
        let mut headers = vec![("content-type", "application/grpc"), ("te", "trailers")];
        headers.extend(self.encoding().map(|encoding| ("grpc-encoding", encoding)));
        let path = if self == Self::Elsewhere { "/other.Service/Export" } else { EXPORT };
        let flag = u8::from(self.encoding().is_some());
        let request = request("POST", path, &headers, framed(flag, &self.body(PROTOBUF)));
        way.ask(receiver.address, request).await
    }
}

/// What is expected, in the words of both.
struct Expected {
    code: Code,
    status: StatusCode,
    retry: Option<i64>,
    /// Points that are rejected.
    rejected: Option<i64>,
}

fn taken(rejected: Option<i64>) -> Expected {
    Expected { code: Code::Ok, status: StatusCode::OK, retry: None, rejected }
}

fn refused(code: Code, status: StatusCode, retry: Option<i64>) -> Expected {
    Expected { code, status, retry, rejected: None }
}

impl Expected {
    /// What HTTP says.
    fn http(&self, answer: &Answer, content: &str, place: &str) {
        assert_eq!(answer.status, self.status, "{place}: {answer:?}");
        assert_eq!(answer.header("content-type"), content, "{place}");
        let retry = self.retry.map(|seconds| seconds.to_string()).unwrap_or_default();
        assert_eq!(answer.header("retry-after"), retry, "{place}");
        if self.code == Code::Ok {
            assert_eq!(answer.partial().map(|partial| partial.0), self.rejected, "{place}");
        } else {
            assert_eq!(answer.error().code, i32::from(self.code), "{place}");
            assert_eq!(answer.retry_info(), self.retry, "{place}");
        }
    }

    /// What gRPC says.
    fn grpc(&self, answer: &Answer, place: &str) {
        assert_eq!(answer.status, StatusCode::OK, "{place}: {answer:?}");
        assert_eq!(answer.grpc_status(), i32::from(self.code), "{place}: {answer:?}");
        if self.code == Code::Ok {
            assert_eq!(answer.partial().map(|partial| partial.0), self.rejected, "{place}");
        }
        assert_eq!(answer.retry_info(), self.retry, "{place}");
    }
}

/// A receiver without TLS and one with it, over the same store, and what the second one is asked with.
struct Both {
    receivers: [(Running, Option<Arc<ClientConfig>>); 2],
}

impl Both {
    async fn start(settings: &Settings, store: Arc<dyn Store>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let encrypted = Settings { tls: authority.issue(folder.path()), ..settings.clone() };
        let plain = start_with(settings.clone(), store.clone()).await;
        let encrypted = start_with(encrypted, store).await;
        let client = authority.client(&VERSIONS, None);
        Self { receivers: [(plain, None), (encrypted, Some(client))] }
    }

    /// Sends it in every way, each of which has to be answered alike.
    async fn expect(&self, name: &str, sent: Sent, expected: &Expected) {
        for (receiver, tls) in &self.receivers {
            for http2 in [false, true] {
                let way = Way { tls: tls.clone(), http2 };
                let place = format!("{name}, TLS {}, HTTP/2 {http2}", tls.is_some());
                for content in [PROTOBUF, JSON] {
                    let answer = sent.post(receiver, &way, content).await;
                    expected.http(&answer, content, &format!("{place}, {content}"));
                }
                if http2 {
                    expected.grpc(&sent.call(receiver, &way).await, &format!("{place}, gRPC"));
                }
            }
        }
    }
}

#[tokio::test]
async fn the_same_request_has_the_same_outcome_over_every_way_in() {
    let both = Both::start(&settings(), Arc::new(Memory::new())).await;
    let unsupported = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let never = |code, status| refused(code, status, None);
    for (name, sent, expected) in [
        ("a report", Sent::Report, taken(None)),
        ("a report in part", Sent::Part, taken(Some(1))),
        ("garbage", Sent::Garbage, never(Code::InvalidArgument, StatusCode::BAD_REQUEST)),
        ("a bomb", Sent::Bomb, never(Code::ResourceExhausted, StatusCode::PAYLOAD_TOO_LARGE)),
        ("another compression", Sent::Compressed, never(Code::Unimplemented, unsupported)),
        ("another path", Sent::Elsewhere, never(Code::Unimplemented, StatusCode::NOT_FOUND)),
    ] {
        both.expect(name, sent, &expected).await;
    }
}

#[tokio::test]
async fn a_store_that_fails_is_told_alike_over_every_way_in() {
    let directory = tempfile::tempdir().unwrap();
    let both = Both::start(&settings(), sqlite(directory.path())).await;
    let other = Connection::open(directory.path().join("reports.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let later = refused(Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE, Some(10));
    both.expect("a failing store", Sent::Report, &later).await;
}

#[tokio::test]
async fn a_sender_that_asks_too_often_is_told_alike_over_every_way_in() {
    let mut settings = settings();
    settings.admission.unlimited.clear();
    settings.admission.requests_per_minute = 1;
    let both = Both::start(&settings, Arc::new(Memory::new())).await;
    for (receiver, tls) in &both.receivers {
        let way = Way { tls: tls.clone(), http2: false };
        let first = Sent::Report.post(receiver, &way, PROTOBUF).await;
        assert_eq!(first.status, StatusCode::OK);
        for http2 in [false, true] {
            let way = Way { tls: tls.clone(), http2 };
            for content in [PROTOBUF, JSON] {
                let answer = Sent::Report.post(receiver, &way, content).await;
                busy(&answer, content);
            }
        }
        let way = Way { tls: tls.clone(), http2: true };
        let answer = Sent::Report.call(receiver, &way).await;
        let wait = answer.retry_info().expect("it may be repeated");
        assert!((1..=60).contains(&wait), "{answer:?}");
        refused(Code::ResourceExhausted, StatusCode::OK, Some(wait)).grpc(&answer, "gRPC");
    }
}

/// Refused for a minute at most; the wait gets shorter while the test runs.
fn busy(answer: &Answer, content: &str) {
    let wait = answer.retry_info().expect("it may be repeated");
    assert!((1..=60).contains(&wait), "{answer:?}");
    let expected = refused(Code::ResourceExhausted, StatusCode::TOO_MANY_REQUESTS, Some(wait));
    expected.http(answer, content, content);
}
