//! A shutdown answers what is in flight and takes nothing new.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::receiver::{PROTOBUF, settings, sqlite, start_with};
use crate::reports::{INSTANCE, openfn};
use crate::tls::certificates::{Authority, VERSIONS};
use crate::wire::{PATIENCE, Way};

#[tokio::test]
async fn a_request_in_flight_is_answered_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = start_with(settings(), sqlite(directory.path())).await;
    let address = receiver.address;
    let body = openfn(INSTANCE, 3).bytes();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/metrics HTTP/1.1\r\nhost: a\r\ncontent-type: {PROTOBUF}\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The receiver asks for the body, so the request is in flight.
    let mut asked = [0; 12];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100");
    // Two more connections that have nothing in flight do not hold it up.
    let mut idle = TcpStream::connect(address).await.unwrap();
    let mut begun = TcpStream::connect(address).await.unwrap();
    begun.write_all(b"PRI").await.unwrap();

    let ended = receiver.stop();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap_or_default();
    assert_eq!(rest, b"", "a connection with nothing in flight ends");
    stream.write_all(&body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("HTTP/1.1 200"), "{answer}");
    ended.await.unwrap();

    let refused = TcpStream::connect(address).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    // The store was closed, so all is in one file.
    let reopened = sqlite(directory.path());
    let stored =
        crate::conformance::list(&*reopened, &headcount_receiver::Filter::default(), 10).await;
    assert_eq!(stored.len(), 1);
}

#[tokio::test]
async fn a_request_that_never_ends_is_not_waited_for_longer_than_set() {
    let mut settings = settings();
    settings.connections.drain_timeout = std::time::Duration::from_millis(50);
    let store = std::sync::Arc::new(headcount_receiver::Memory::new());
    let receiver = start_with(settings, store).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let head = "POST /v1/metrics HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                content-length: 10\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; 12];
    stream.read_exact(&mut asked).await.unwrap();
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn over_http2_and_tls_the_same_holds() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let mut settings = settings();
    settings.tls = authority.issue(folder.path());
    let receiver =
        start_with(settings, std::sync::Arc::new(headcount_receiver::Memory::new())).await;
    let (address, store) = (receiver.address, receiver.store.clone());
    let way = Way { tls: Some(authority.client(&VERSIONS, None)), http2: true };
    let (client, connection) =
        h2::client::handshake(way.open(address).await.unwrap()).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = || {
        let request = http::Request::post("https://localhost/v1/metrics");
        request.header("content-type", PROTOBUF).body(()).unwrap()
    };
    let body = bytes::Bytes::from(openfn(INSTANCE, 3).bytes());
    let mut client = client.ready().await.unwrap();
    let (answer, mut sending) = client.send_request(request(), false).unwrap();
    sending.send_data(body.slice(..100), false).unwrap();
    // One behind it is answered, so the first is in flight.
    let (behind, _) = client.send_request(request(), true).unwrap();
    assert_eq!(behind.await.unwrap().status(), 200);

    let ended = receiver.stop();
    sending.send_data(body.slice(100..), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    timeout(PATIENCE, connection).await.expect("it ends").unwrap().expect("as HTTP/2 has it");
    ended.await.unwrap();
    let stored =
        crate::conformance::list(&*store, &headcount_receiver::Filter::default(), 10).await;
    assert_eq!(stored.len(), 1);
    let refused = TcpStream::connect(address).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}
