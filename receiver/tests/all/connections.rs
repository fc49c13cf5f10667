//! What a client can hold open is bounded: connections, their rests, their heads, their answers, their age.

mod http2;

use std::sync::Arc;
use std::time::Duration;

use headcount_receiver::settings::Connections;
use headcount_receiver::{Memory, Settings};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::receiver::{Running, settings, start_with};
use crate::wire::{EMPTY, PATIENCE, closed, from, hear, say};

const SHORT: Duration = Duration::from_millis(60);

/// A receiver whose connections are bounded so; every other time-out is far away.
async fn bounded(connections: impl FnOnce(&mut Connections)) -> Running {
    let mut settings: Settings = settings();
    for time in [
        &mut settings.connections.header_timeout,
        &mut settings.connections.idle_timeout,
        &mut settings.connections.answer_timeout,
        &mut settings.connections.drain_timeout,
    ] {
        *time = 100 * PATIENCE;
    }
    connections(&mut settings.connections);
    start_with(settings, Arc::new(Memory::new())).await
}

#[tokio::test]
async fn one_connection_more_than_there_may_be_waits_for_another_to_end() {
    let receiver = bounded(|connections| connections.total = 2).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        say(&mut stream).await;
        open.push(stream);
    }
    let mut waits = TcpStream::connect(receiver.address).await.unwrap();
    waits.write_all(EMPTY.as_bytes()).await.unwrap();
    for _ in 0..10 {
        say(&mut open[0]).await;
    }
    let nothing = waits.try_read(&mut [0]).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
    open.pop();
    assert!(hear(&mut waits).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn the_last_place_is_open_to_every_address() {
    let mut settings = settings();
    settings.connections.total = 1;
    settings.listen = vec![settings.listen[0]; 3];
    let receiver = start_with(settings, Arc::new(Memory::new())).await;
    for &address in &receiver.addresses {
        let mut stream = TcpStream::connect(address).await.unwrap();
        assert!(say(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn one_network_cannot_take_all_connections() {
    let receiver = bounded(|connections| connections.per_prefix = 2).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = from([127, 0, 0, 1], receiver.address).await;
        say(&mut stream).await;
        open.push(stream);
    }
    let mut neighbour = from([127, 0, 0, 2], receiver.address).await;
    assert_eq!(closed(&mut neighbour).await, b"");
    let mut stranger = from([127, 0, 1, 1], receiver.address).await;
    assert!(say(&mut stranger).await.starts_with("HTTP/1.1 200"));
    drop(open.pop());
    // The receiver has to notice that the connection has ended.
    let served = async {
        loop {
            let mut again = from([127, 0, 0, 3], receiver.address).await;
            if again.write_all(EMPTY.as_bytes()).await.is_ok() && again.readable().await.is_ok() {
                let mut first = [0; 12];
                if matches!(again.try_read(&mut first), Ok(12)) {
                    assert_eq!(&first, b"HTTP/1.1 200");
                    break;
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, served).await.expect("a place that is free is given again");
}

#[tokio::test]
async fn a_trusted_proxy_may_have_as_many_connections_as_there_are() {
    let mut settings = settings();
    settings.connections.per_prefix = 1;
    settings.proxies.trusted = vec!["127.0.0.0/8".parse().unwrap()];
    let receiver = start_with(settings, Arc::new(Memory::new())).await;
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        assert!(say(&mut stream).await.starts_with("HTTP/1.1 200"));
        open.push(stream);
    }
}

#[tokio::test]
async fn a_connection_that_rests_is_closed() {
    let receiver = bounded(|connections| connections.idle_timeout = SHORT).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    assert!(say(&mut stream).await.starts_with("HTTP/1.1 200"));
    assert_eq!(closed(&mut stream).await, b"");
}

#[tokio::test]
async fn each_head_has_to_come_in_time() {
    let receiver = bounded(|connections| connections.header_timeout = SHORT).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    assert!(say(&mut stream).await.starts_with("HTTP/1.1 200"));
    let (mut read, mut write) = stream.split();
    let trickles = async {
        write.write_all(b"POST /v1/metrics HTTP/1.1\r\nx: ").await.unwrap();
        while write.write_all(b"x").await.is_ok() {
            tokio::task::yield_now().await;
        }
        std::future::pending::<()>().await;
    };
    let closed = async {
        let mut came = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut read, &mut came).await;
        came
    };
    tokio::select! {
        came = tokio::time::timeout(PATIENCE, closed) => {
            let came = came.expect("it is not waited for");
            assert!(!came.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&came));
        }
        () = trickles => {}
    }
}

#[tokio::test]
async fn who_asks_and_never_reads_is_not_kept() {
    let receiver = bounded(|connections| {
        connections.idle_timeout = SHORT;
        connections.drain_timeout = SHORT;
    })
    .await;
    let socket = TcpSocket::new_v4().unwrap();
    // So that fewer answers stand in line.
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(receiver.address).await.unwrap();
    // Until nothing goes any more, since the answers stand in line, and then until the receiver has ended it.
    let many = "GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n".repeat(100);
    let asking = async { while stream.write_all(many.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, asking).await.expect("the receiver ends the connection");
}

#[tokio::test]
async fn an_old_connection_ends_behind_an_answer() {
    let receiver = bounded(|connections| connections.max_age = SHORT).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let asking = async {
        // It is told with the last answer, or closed where it rested just then.
        loop {
            if stream.write_all(EMPTY.as_bytes()).await.is_err() {
                return;
            }
            let mut came = Vec::new();
            while !came.ends_with(b"\r\n\r\n{}") {
                match tokio::io::AsyncReadExt::read_u8(&mut stream).await {
                    Ok(byte) => came.push(byte),
                    Err(_) => {
                        assert_eq!(came, b"", "no answer is cut");
                        return;
                    }
                }
            }
            let answer = String::from_utf8(came).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            if answer.contains("connection: close") {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("a connection has an age");
    closed(&mut stream).await;
}
