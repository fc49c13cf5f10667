//! Whether the receiver is alive and ready is told at any time, over HTTP and gRPC.

use std::sync::Arc;
use std::time::Duration;

use headcount_receiver::Memory;
use http::StatusCode;
use prost::Message as _;
use rusqlite::Connection;
use tonic::Code;

use crate::receiver::{Answer, Running, framed, settings, sqlite, start, start_with};
use crate::wire::PATIENCE;

const SERVING: &[u8] = &[0, 0, 0, 0, 2, 8, 1];
const NOT_SERVING: &[u8] = &[0, 0, 0, 0, 2, 8, 2];

async fn get(receiver: &Running, path: &str) -> (u16, String) {
    let answer = receiver.send("GET", path, &[], "").await;
    (answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap())
}

/// `grpc.health.v1.Health`, asked for a service.
async fn check(receiver: &Running, method: &str, service: &str) -> Answer {
    let request = headcount_proto::otlp::Detail { type_url: service.to_owned(), value: Vec::new() };
    let headers = [("content-type", "application/grpc"), ("te", "trailers")];
    // A message with one string, as theirs is.
    let body = framed(0, &request.encode_to_vec());
    let path = format!("/grpc.health.v1.Health/{method}");
    receiver.send_h2("POST", &path, &headers, body).await
}

#[tokio::test]
async fn a_receiver_that_takes_reports_says_so() {
    let receiver = start().await;
    assert_eq!(get(&receiver, "/healthz").await, (200, "alive\n".to_owned()));
    assert_eq!(get(&receiver, "/readyz").await, (200, "ready\n".to_owned()));
    for path in ["/healthz", "/readyz"] {
        let head = receiver.send("HEAD", path, &[], "").await;
        assert_eq!((head.status, &*head.body), (StatusCode::OK, &b""[..]));
        let post = receiver.send("POST", path, &[], "").await;
        assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(post.header("allow"), "GET, HEAD");
    }
    for service in ["", "opentelemetry.proto.collector.metrics.v1.MetricsService"] {
        let answer = check(&receiver, "Check", service).await;
        assert_eq!((answer.grpc_status(), &*answer.body), (0, SERVING), "{service}");
    }
    let counts = receiver.tally.counts();
    assert_eq!((counts.health, counts.answered, counts.refused.iter().sum()), (8, 0, 0));
}

#[tokio::test]
async fn what_is_no_question_about_health_is_answered_as_the_protocol_has_it() {
    let receiver = start().await;
    let code = async |method, service| check(&receiver, method, service).await.grpc_status();
    assert_eq!(code("Check", "secret").await, i32::from(Code::NotFound));
    assert_eq!(code("Watch", "").await, i32::from(Code::Unimplemented));
    let headers = [("content-type", "application/grpc"), ("te", "trailers")];
    let path = "/grpc.health.v1.Health/Check";
    for (body, expected) in [
        (framed(0, b"\x0a\xff"), Code::InvalidArgument),
        (framed(0, &[0; 2_000]), Code::ResourceExhausted),
        (framed(1, b"x"), Code::InvalidArgument),
    ] {
        let answer = receiver.send_h2("POST", path, &headers, body).await;
        assert_eq!(answer.grpc_status(), i32::from(expected), "{answer:?}");
    }
}

#[tokio::test]
async fn a_store_that_fails_is_not_ready_and_heals() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = start_with(settings(), sqlite(directory.path())).await;
    let other = Connection::open(directory.path().join("reports.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(get(&receiver, "/readyz").await, (503, "the store fails\n".to_owned()));
    let answer = check(&receiver, "Check", "").await;
    assert_eq!((answer.grpc_status(), &*answer.body), (0, NOT_SERVING));
    assert_eq!(get(&receiver, "/healthz").await.0, 200, "it is alive");
    other.execute_batch("ROLLBACK").unwrap();
    // The answer of the store holds for a second.
    let heals = async { while get(&receiver, "/readyz").await.0 != 200 {} };
    tokio::time::timeout(PATIENCE, heals).await.expect("it is ready again");
}

#[tokio::test]
async fn a_shutdown_is_told_before_it_begins() {
    let mut settings = settings();
    settings.connections.drain_delay = Some(Duration::from_hours(1));
    let receiver = start_with(settings, Arc::new(Memory::new())).await;
    assert_eq!(get(&receiver, "/readyz").await.0, 200);
    let receiver = receiver.told_to_stop();
    let told = async { while get(&receiver, "/readyz").await.0 == 200 {} };
    tokio::time::timeout(PATIENCE, told).await.expect("it is not ready any more");
    assert_eq!(get(&receiver, "/readyz").await, (503, "draining\n".to_owned()));
    assert_eq!(check(&receiver, "Check", "").await.body, NOT_SERVING);
    // Until then reports are taken.
    assert_eq!(receiver.call(None, 0, b"").await.partial(), None);
}
