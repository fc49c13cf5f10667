//! The same over HTTP/2, and what only HTTP/2 has.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{SHORT, bounded};
use crate::receiver::{JSON, Running};
use crate::wire::{PATIENCE, closed, request};

type Conversation = Connection<TokioIo<TcpStream>, Full<Bytes>, TokioExecutor>;

/// A connection, and what ends with it.
async fn connect(
    receiver: &Running,
    builder: &Builder<TokioExecutor>,
) -> (SendRequest<Full<Bytes>>, JoinHandle<()>) {
    let stream = TcpStream::connect(receiver.address).await.unwrap();
    let connected = builder.handshake(TokioIo::new(stream)).await.unwrap();
    let (sender, connection): (_, Conversation) = connected;
    let ended = tokio::spawn(async {
        // How it ended is all the same.
        let _ = connection.await;
    });
    (sender, ended)
}

fn empty() -> Request<Full<Bytes>> {
    request("POST", "/v1/metrics", &[("content-type", JSON)], "{}")
}

#[tokio::test]
async fn a_connection_that_rests_is_closed() {
    let receiver = bounded(|connections| connections.idle_timeout = SHORT).await;
    let (mut sender, ended) = connect(&receiver, &Builder::new(TokioExecutor::new())).await;
    assert_eq!(sender.send_request(empty()).await.unwrap().status(), 200);
    timeout(PATIENCE, ended).await.expect("it is closed").unwrap();
}

#[tokio::test]
async fn a_connection_that_never_asks_is_closed_however_much_it_pings() {
    let receiver = bounded(|connections| {
        connections.idle_timeout = SHORT;
        connections.drain_timeout = SHORT;
    })
    .await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let (mut read, mut write) = stream.split();
    write.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    write.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    let pings = async {
        while write.write_all(&frame(PING, 0, 0, &[7; 8])).await.is_ok() {
            tokio::task::yield_now().await;
        }
        std::future::pending::<()>().await;
    };
    let mut came = Vec::new();
    tokio::select! {
        ended = timeout(PATIENCE, tokio::io::AsyncReadExt::read_to_end(&mut read, &mut came)) => {
            let _ = ended.expect("it is closed");
        }
        () = pings => {}
    }
}

#[tokio::test]
async fn an_answer_that_is_not_taken_ends_the_connection() {
    let receiver = bounded(|connections| connections.answer_timeout = SHORT).await;
    let mut builder = Builder::new(TokioExecutor::new());
    // The client lets nothing through, and hyper lets it be so only before the first request.
    builder.initial_stream_window_size(0).initial_connection_window_size(65_535);
    let (mut sender, ended) = connect(&receiver, &builder).await;
    let answer = sender.send_request(empty()).await.unwrap();
    let body = timeout(PATIENCE, answer.into_body().collect()).await.expect("it ends");
    assert!(body.is_err(), "{body:?}");
    timeout(PATIENCE, ended).await.expect("it is closed").unwrap();
}

#[tokio::test]
async fn an_old_connection_ends_and_no_request_is_lost() {
    let receiver = bounded(|connections| connections.max_age = SHORT).await;
    let (mut sender, ended) = connect(&receiver, &Builder::new(TokioExecutor::new())).await;
    let mut answered: u64 = 0;
    let asking = async {
        while sender.ready().await.is_ok() {
            match sender.send_request(empty()).await {
                Ok(answer) => {
                    assert_eq!(answer.status(), 200);
                    answered += 1;
                }
                // It was not sent any more, or not looked at, and may be repeated elsewhere.
                Err(_) => break,
            }
        }
    };
    timeout(PATIENCE, asking).await.expect("a connection has an age");
    timeout(PATIENCE, ended).await.expect("it is closed").unwrap();
    assert_eq!(receiver.tally.counts().answered, answered, "all that was taken was answered");
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const END_HEADERS: u8 = 4;
const CANCEL: [u8; 4] = [0, 0, 0, 8];
const ENHANCE_YOUR_CALM: [u8; 4] = [0, 0, 0, 11];

/// A frame (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[tokio::test]
async fn requests_that_are_taken_back_at_once_end_the_connection() {
    let receiver = bounded(|_| {}).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let mut flood = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    flood.extend(frame(SETTINGS, 0, 0, &[]));
    for number in 0..1_000 {
        let stream = 2 * number + 1;
        // :method POST, :scheme http and :path / stand in HPACK's static table.
        flood.extend(frame(HEADERS, END_HEADERS, stream, &[0x83, 0x86, 0x84]));
        flood.extend(frame(RST_STREAM, 0, stream, &CANCEL));
    }
    // It may be closed before all of it was taken.
    let _ = stream.write_all(&flood).await;
    let came = closed(&mut stream).await;
    let goaway = came.windows(17).find(|bytes| bytes[3] == GOAWAY && bytes[..3] != [0; 3]);
    let goaway = goaway.unwrap_or_else(|| panic!("expected GOAWAY, got {came:?}"));
    assert_eq!(goaway[13..], ENHANCE_YOUR_CALM);
    let other = request("POST", "/v1/metrics", &[("content-type", JSON)], "{}");
    let way = crate::wire::Way { tls: None, http2: true };
    assert_eq!(way.ask(receiver.address, other).await.status, 200);
}
