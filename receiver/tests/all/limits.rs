//! What a client can take of the receiver is bounded, and a valid report right after is taken.

use std::time::Duration;

use headcount_receiver::Settings;
use http::StatusCode;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;

use crate::front_ends::{gzip, zstd};
use crate::receiver::{Answer, JSON, PROTOBUF, Running, settings, start, start_with};
use crate::reports::{INSTANCE, openfn};

/// Settings under which a client has no time at all.
fn hurried() -> Settings {
    let mut hurried = settings();
    hurried.connections.header_timeout = Duration::from_millis(30);
    hurried.requests.body_timeout = Duration::from_millis(60);
    hurried
}

async fn hurried_receiver() -> Running {
    start_with(hurried(), std::sync::Arc::new(headcount_receiver::Memory::new())).await
}

fn too_large(answer: &Answer, words: &str) {
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{answer:?}");
    let error = answer.error();
    assert_eq!(error.code, i32::from(Code::ResourceExhausted));
    assert!(error.message.contains(words), "expected {words:?} in {error:?}");
    assert_eq!(answer.header("retry-after"), "", "it is of no use to repeat it");
}

fn too_large_for_grpc(answer: &Answer) {
    assert_eq!(answer.grpc_status(), i32::from(Code::ResourceExhausted), "{answer:?}");
    assert_eq!(answer.header("grpc-status-details-bin"), "", "there is no RetryInfo");
}

async fn still_serves(receiver: &Running) {
    let before = receiver.documents().await.len();
    let report = openfn(&crate::reports::id(before), 1).bytes();
    assert_eq!(receiver.call(None, 0, &report).await.partial(), None);
    assert_eq!(receiver.documents().await.len(), before + 1);
}

#[tokio::test]
async fn a_bomb_is_too_large_once_it_passes_the_limit() {
    let receiver = start().await;
    let most = 4 * 1024 * 1024;
    for (encoding, bomb) in [
        ("gzip", gzip(&vec![0; most + 1])),
        ("zstd", zstd(&vec![0; 64 * most])),
        // Many members, none of which is large.
        ("gzip", gzip(&vec![0; most / 64]).repeat(65)),
    ] {
        assert!(bomb.len() < 64 * 1024, "a bomb is small");
        for content in [PROTOBUF, JSON] {
            let headers = [("content-type", content), ("content-encoding", encoding)];
            let answer = receiver.post(&headers, bomb.clone()).await;
            too_large(&answer, "at most 4194304 bytes after decompression");
        }
        too_large_for_grpc(&receiver.call(Some(encoding), 1, &bomb).await);
        still_serves(&receiver).await;
    }
}

#[tokio::test]
async fn bodies_are_bounded_compressed_and_not() {
    let receiver = start().await;
    let (compressed_bytes, decompressed_bytes) = (1024 * 1024, 4 * 1024 * 1024);
    let plain = vec![0; decompressed_bytes + 1];
    too_large(&receiver.post(&[("content-type", PROTOBUF)], plain.clone()).await, "4194304");
    too_large_for_grpc(&receiver.call(None, 0, &plain).await);
    let compressed = vec![7; compressed_bytes + 1];
    for encoding in ["gzip", "zstd"] {
        let headers = [("content-type", JSON), ("content-encoding", encoding)];
        too_large(&receiver.post(&headers, compressed.clone()).await, "1048576");
        too_large_for_grpc(&receiver.call(Some(encoding), 1, &compressed).await);
    }
    still_serves(&receiver).await;
}

#[tokio::test]
async fn a_body_without_announced_length_is_bounded_too() {
    let receiver = start().await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let head = "POST /v1/metrics HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
    let (mut read, mut write) = stream.into_split();
    // The receiver stops reading at some time, and then writing fails or never ends.
    let writing = tokio::spawn(async move { while write.write_all(&chunk).await.is_ok() {} });
    let mut answer = vec![0; 12];
    read.read_exact(&mut answer).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 413");
    writing.abort();
    still_serves(&receiver).await;
}

#[tokio::test]
async fn a_request_of_too_many_things_is_too_large() {
    let receiver = start().await;
    let mut request = openfn(INSTANCE, 1).piece(0..1).request();
    request.resource_metrics = vec![request.resource_metrics[0].clone(); 257];
    let body = request.encode_to_vec();
    let answer = receiver.post(&[("content-type", PROTOBUF)], body.clone()).await;
    too_large(&answer, "at most 256 resources");
    too_large_for_grpc(&receiver.call(None, 0, &body).await);
    assert_eq!(receiver.documents().await.len(), 0, "nothing of it is kept");
    still_serves(&receiver).await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let receiver = hurried_receiver().await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let head = "POST /v1/metrics HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                content-length: 1000\r\n\r\n{\"resource";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("expected the whole body within 0.06 s"), "{answer}");
    still_serves(&receiver).await;
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let receiver = hurried_receiver().await;
    for start in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM", "POST /v1/metrics HTTP/1.1\r\nhost:"] {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{start:?}");
    }
    still_serves(&receiver).await;
}

#[tokio::test]
async fn a_long_head_is_refused() {
    let receiver = start().await;
    let long = "x".repeat(20 * 1024);
    let headers = [("content-type", JSON), ("x-long", &long)];
    let answer = receiver.post(&headers, "{}").await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let answer = receiver.send_h2("POST", "/v1/metrics", &headers, "{}").await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    still_serves(&receiver).await;
}

#[tokio::test]
async fn http2_clients_are_told_the_limits() {
    let receiver = start().await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    // An empty SETTINGS frame of ours (RFC 9113 section 6.5), then theirs.
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "the first frame is SETTINGS");
    let mut settings = vec![0; usize::from(head[2])];
    stream.read_exact(&mut settings).await.unwrap();
    let told: Vec<_> = settings
        .chunks_exact(6)
        .map(|setting| {
            let (id, value) = setting.split_at(2);
            let id = u16::from_be_bytes(id.try_into().unwrap());
            (id, u32::from_be_bytes(value.try_into().unwrap()))
        })
        .collect();
    assert!(told.contains(&(3, 64)), "MAX_CONCURRENT_STREAMS: {told:?}");
    assert!(told.contains(&(6, 16 * 1024)), "MAX_HEADER_LIST_SIZE: {told:?}");
}

#[tokio::test]
async fn who_writes_on_after_a_refusal_still_reads_it() {
    let receiver = start().await;
    let most = 4 * 1024 * 1024;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let head = format!(
        "POST /v1/metrics HTTP/1.1\r\nhost: a\r\ncontent-type: {JSON}\r\ncontent-length: {}\r\n\r\n",
        most + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; most + 1]).await.expect("whatever is sent is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the connection is not reset");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    still_serves(&receiver).await;
}
