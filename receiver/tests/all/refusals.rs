//! What is refused, and in which words.

use std::sync::Arc;

use headcount_receiver::{Keys, Memory, Receiver};
use http::StatusCode;
use rusqlite::Connection;
use tonic::Code;

use crate::front_ends::gzip;
use crate::receiver::{
    Answer, EXPORT, JSON, PROTOBUF, framed, settings, sqlite, start, start_with,
};
use crate::reports::{INSTANCE, id, library, openfn};

const GARBAGE: &[u8] = b"\x0a\xff\xff\xff\xff\x7f secret garbage";

fn expect(answer: &Answer, status: StatusCode, code: Code, words: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    let error = answer.error();
    assert_eq!(error.code, i32::from(code), "{error:?}");
    assert!(error.message.contains(words), "expected {words:?} in {error:?}");
    assert!(!error.message.contains("secret"), "{error:?}");
}

fn expect_grpc(answer: &Answer, code: Code, words: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.grpc_status(), i32::from(code), "{answer:?}");
    // gRPC percent-encodes; what matters here are the spaces.
    let message = answer.header("grpc-message").replace("%20", " ");
    assert!(message.contains(words), "expected {words:?} in {message:?}");
    assert!(!message.contains("secret"), "{message:?}");
}

#[tokio::test]
async fn what_is_no_otlp_is_refused_for_good_in_the_clients_content_type() {
    let receiver = start().await;
    let answer = receiver.post(&[("content-type", PROTOBUF)], GARBAGE).await;
    assert_eq!(answer.header("content-type"), PROTOBUF);
    let place = "at resourceMetrics[0] (byte 6)";
    expect(&answer, StatusCode::BAD_REQUEST, Code::InvalidArgument, place);
    let body = r#"{"resourceMetrics": "secret"}"#;
    let answer = receiver.post(&[("content-type", JSON)], body).await;
    assert_eq!(answer.header("content-type"), JSON);
    expect(&answer, StatusCode::BAD_REQUEST, Code::InvalidArgument, "at resourceMetrics (line 1");
    expect_grpc(&receiver.call(None, 0, GARBAGE).await, Code::InvalidArgument, place);
    assert_eq!(receiver.tally.counts().refused, [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn broken_compression_and_framing_are_malformed() {
    let receiver = start().await;
    let whole = gzip(&openfn(INSTANCE, 2).bytes());
    let half = &whole[..whole.len() / 2];
    let headers = [("content-type", PROTOBUF), ("content-encoding", "gzip")];
    for body in [half, &b""[..], GARBAGE] {
        let answer = receiver.post(&headers, body.to_vec()).await;
        expect(&answer, StatusCode::BAD_REQUEST, Code::InvalidArgument, "expected whole gzip");
        let answer = receiver.call(Some("gzip"), 1, body).await;
        expect_grpc(&answer, Code::InvalidArgument, "expected whole gzip");
    }
    let answer = receiver.call(None, 1, &whole).await;
    expect_grpc(&answer, Code::InvalidArgument, "expected grpc-encoding");
    let answer = receiver.call(Some("gzip"), 7, &whole).await;
    expect_grpc(&answer, Code::InvalidArgument, "expected flag 0 or 1");
    for (body, words) in [
        (Vec::new(), "got none"),
        (framed(0, b"more")[..7].to_vec(), "a part of it"),
        ([framed(0, b""), framed(0, b"")].concat(), "got more"),
    ] {
        let headers = [("content-type", "application/grpc")];
        let answer = receiver.send_h2("POST", EXPORT, &headers, body).await;
        expect_grpc(&answer, Code::InvalidArgument, words);
    }
}

#[tokio::test]
async fn other_compressions_are_refused_by_name() {
    let receiver = start().await;
    for (encoding, name) in
        [("br", "got br"), ("deflate", "got deflate"), ("secret", "got another")]
    {
        let headers = [("content-type", JSON), ("content-encoding", encoding)];
        let answer = receiver.post(&headers, "{}").await;
        expect(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Unimplemented, name);
        assert_eq!(answer.header("accept-encoding"), "gzip, zstd");
        let answer = receiver.call(Some(encoding), 1, b"x").await;
        expect_grpc(&answer, Code::Unimplemented, name);
        assert_eq!(answer.header("grpc-accept-encoding"), "identity,gzip,zstd");
    }
}

#[tokio::test]
async fn other_content_types_paths_and_methods_are_refused() {
    let receiver = start().await;
    let unsupported = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    for headers in
        [&[][..], &[("content-type", "text/secret")], &[("content-type", "application/grpc")]]
    {
        let answer = receiver.post(headers, "{}").await;
        expect(&answer, unsupported, Code::Unimplemented, "application/x-protobuf");
    }
    // gRPC needs HTTP/2, and its own path and content type.
    let grpc = [("content-type", "application/grpc")];
    let answer = receiver.send("POST", EXPORT, &grpc, framed(0, b"")).await;
    expect(&answer, unsupported, Code::Unimplemented, "over HTTP/2");
    let answer = receiver.send_h2("POST", EXPORT, &[("content-type", JSON)], "{}").await;
    expect(&answer, unsupported, Code::Unimplemented, "application/grpc");
    for path in ["/v1/traces", "/v1/logs", "/", "/v1/metrics/", "/secret"] {
        let answer = receiver.send("POST", path, &[("content-type", PROTOBUF)], "").await;
        assert_eq!(answer.header("content-type"), PROTOBUF);
        expect(&answer, StatusCode::NOT_FOUND, Code::Unimplemented, "expected path /v1/metrics");
    }
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let answer = receiver.send(method, "/v1/metrics", &[], "").await;
        expect(
            &answer,
            StatusCode::METHOD_NOT_ALLOWED,
            Code::Unimplemented,
            "expected method POST",
        );
        assert_eq!(answer.header("allow"), "POST");
    }
}

#[tokio::test]
async fn a_store_that_fails_asks_to_repeat_and_heals() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = start_with(settings(), sqlite(directory.path())).await;
    let other = Connection::open(directory.path().join("reports.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let report = openfn(INSTANCE, 2).bytes();
    for content in [PROTOBUF, JSON] {
        let body = match content {
            JSON => crate::front_ends::json(&openfn(INSTANCE, 2).request()).to_string().into(),
            _ => report.clone(),
        };
        let answer = receiver.post(&[("content-type", content)], body).await;
        let status = StatusCode::SERVICE_UNAVAILABLE;
        expect(&answer, status, Code::Unavailable, "repeat the request later");
        assert_eq!(answer.header("retry-after"), "10");
        assert_eq!(answer.retry_info(), Some(10));
    }
    let answer = receiver.call(None, 0, &report).await;
    expect_grpc(&answer, Code::Unavailable, "later");
    assert_eq!(answer.retry_info(), Some(10));
    let counts = receiver.tally.counts();
    assert_eq!((counts.answered, counts.sent, counts.refused[7]), (0, 0, 3));

    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(receiver.call(None, 0, &report).await.partial(), None);
    assert_eq!(receiver.documents().await.len(), 1);
}

#[tokio::test]
async fn each_address_is_served_and_one_that_is_taken_is_named() {
    let mut settings = settings();
    settings.listen = vec![settings.listen[0]; 2];
    let mut receiver = start_with(settings.clone(), Arc::new(Memory::new())).await;
    assert_eq!(receiver.addresses.len(), 2);
    for (address, number) in receiver.addresses.clone().into_iter().zip(1..) {
        receiver.address = address;
        let report = openfn(&id(number), 1).bytes();
        assert_eq!(receiver.post(&[("content-type", PROTOBUF)], report).await.partial(), None);
        assert_eq!(receiver.documents().await.len(), number);
    }
    settings.listen = vec![receiver.address];
    let (keys, store) = (Keys::fresh().unwrap(), Arc::new(Memory::new()));
    let error = Receiver::bind(settings, library(), keys, store).await.unwrap_err();
    assert!(error.to_string().contains(&receiver.address.to_string()), "{error}");
    assert!(error.is_address() && !error.is_configuration());
}
