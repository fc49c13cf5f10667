//! What all requests together may hold: so many at once, and so many bytes of bodies.

use std::sync::Arc;

use bytesize::ByteSize;
use headcount_receiver::Memory;
use http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;

use crate::receiver::{JSON, Running, settings, start_with};
use crate::wire::hear;

/// More than is let in without asking for room.
const LONG: usize = 100 * 1024;

/// A request with a body of so many bytes, of which a part was sent.
async fn begin(receiver: &Running, sent: usize) -> TcpStream {
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let head = format!(
        "POST /v1/metrics HTTP/1.1\r\nhost: a\r\ncontent-type: {JSON}\r\n\
         content-length: {LONG}\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The receiver asks for the body, so the request is in flight.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100"));
    stream.write_all(&vec![b' '; sent]).await.unwrap();
    stream
}

/// Sends the rest of the body, which is an empty report in the end.
async fn end(stream: &mut TcpStream, sent: usize) -> String {
    let rest = [vec![b' '; LONG - sent - 2], b"{}".to_vec()].concat();
    stream.write_all(&rest).await.unwrap();
    hear(stream).await
}

#[tokio::test]
async fn one_request_more_than_may_be_at_once_is_asked_to_come_later() {
    let mut settings = settings();
    settings.requests.at_once = 1;
    let receiver = start_with(settings, Arc::new(Memory::new())).await;
    let mut first = begin(&receiver, 0).await;

    let answer = receiver.post(&[("content-type", JSON)], "{}").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((answer.header("retry-after"), answer.retry_info()), ("10", Some(10)));
    let answer = receiver.call(None, 0, b"").await;
    assert_eq!(answer.grpc_status(), i32::from(Code::Unavailable));
    assert_eq!(answer.retry_info(), Some(10));
    let answer = receiver.send("GET", "/readyz", &[], "").await;
    assert_eq!(answer.status, StatusCode::OK, "whoever looks after it is let in");

    assert!(end(&mut first, 0).await.starts_with("HTTP/1.1 200"));
    let answer = receiver.post(&[("content-type", JSON)], "{}").await;
    assert_eq!(answer.partial(), None);
}

#[tokio::test]
async fn a_long_body_waits_until_there_is_room_for_it_and_short_ones_go_on() {
    let mut settings = settings();
    settings.requests.body_bytes = ByteSize::kib(64);
    let receiver = start_with(settings, Arc::new(Memory::new())).await;
    let mut first = begin(&receiver, LONG / 2).await;
    let mut second = begin(&receiver, LONG / 2).await;
    for _ in 0..10 {
        let answer = receiver.post(&[("content-type", JSON)], "{}").await;
        assert_eq!(answer.partial(), None);
    }
    // Whichever of them has the room: both have their answer once both are whole.
    let (first, second) = tokio::join!(end(&mut first, LONG / 2), end(&mut second, LONG / 2));
    assert!(first.starts_with("HTTP/1.1 200") && second.starts_with("HTTP/1.1 200"));
}
