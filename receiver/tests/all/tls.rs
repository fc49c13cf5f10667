//! The receiver speaks TLS by itself, and takes renewed certificates while it runs.

pub mod certificates;

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use headcount_receiver::settings::Tls;
use headcount_receiver::{Keys, Memory, Receiver};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;

use crate::receiver::{PROTOBUF, Running, settings, start_with};
use crate::reports::{INSTANCE, library, openfn};
use crate::wire::{EMPTY, PATIENCE, Way, closed, request, say};
use certificates::{Authority, VERSIONS};

async fn start(tls: Tls) -> Running {
    let mut settings = settings();
    settings.tls = tls;
    start_with(settings, Arc::new(Memory::new())).await
}

/// A handshake that offers these protocols.
async fn handshake(
    receiver: &Running,
    client: &Arc<ClientConfig>,
    protocols: &[&str],
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut client = ClientConfig::clone(client);
    client.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(receiver.address).await.unwrap();
    TlsConnector::from(Arc::new(client)).connect("localhost".try_into().unwrap(), stream).await
}

#[tokio::test]
async fn a_report_comes_over_either_version_of_tls_and_of_http() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let receiver = start(authority.issue(folder.path())).await;
    for (number, version) in VERSIONS.into_iter().enumerate() {
        for http2 in [false, true] {
            let way = Way { tls: Some(authority.client(&[version], None)), http2 };
            let report = openfn(INSTANCE, number + 1).bytes();
            let headers = [("content-type", PROTOBUF)];
            let request = request("POST", "/v1/metrics", &headers, report);
            assert_eq!(way.ask(receiver.address, request).await.partial(), None);
        }
    }
    assert_eq!(receiver.documents().await.len(), 1);
}

#[tokio::test]
async fn http2_is_preferred_and_nothing_else_than_http_is_agreed_on() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let receiver = start(authority.issue(folder.path())).await;
    let client = authority.client(&VERSIONS, None);
    for (offered, expected) in
        [(&["http/1.1", "h2"][..], Some("h2")), (&["http/1.1"], Some("http/1.1")), (&[], None)]
    {
        let mut stream = handshake(&receiver, &client, offered).await.unwrap();
        let agreed = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        assert_eq!(agreed.as_deref(), expected.map(str::as_bytes));
        if expected != Some("h2") {
            assert!(say(&mut stream).await.starts_with("HTTP/1.1 200"));
        }
    }
    let error = handshake(&receiver, &client, &["spdy/3"]).await.unwrap_err();
    assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
}

#[tokio::test]
async fn who_speaks_plain_http_is_told_that_tls_is_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = start(Authority::new().issue(folder.path())).await;
    for said in [EMPTY, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = String::from_utf8(closed(&mut stream).await).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(answer.ends_with("expected TLS on this port, got plain HTTP: use https://\r\n"));
    }
}

#[tokio::test]
async fn a_handshake_has_to_come_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let handshake_timeout = Duration::from_millis(60);
    let tls = Tls { handshake_timeout, ..Authority::new().issue(folder.path()) };
    let receiver = start(tls).await;
    // Nothing, a part of a record, and plain HTTP whose rest never comes.
    for said in [&b""[..], &[22, 3, 1, 2], b"POST / HTTP/1.1\r\n"] {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream.write_all(said).await.unwrap();
        closed(&mut stream).await;
    }
}

#[tokio::test]
async fn clients_have_to_show_a_certificate_where_authorities_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, clients, others) = (Authority::new(), Authority::new(), Authority::new());
    let client_authorities = Some(clients.write(folder.path()));
    let receiver = start(Tls { client_authorities, ..authority.issue(folder.path()) }).await;
    for version in VERSIONS {
        for (own, welcome) in [(Some(&clients), true), (Some(&others), false), (None, false)] {
            let client = authority.client(&[version], own);
            // With TLS 1.3 a client learns of it only after its handshake.
            let asked = async {
                let mut stream = handshake(&receiver, &client, &[]).await?;
                stream.write_all(EMPTY.as_bytes()).await?;
                let mut first = [0; 12];
                stream.read_exact(&mut first).await.map(|_| first)
            };
            match asked.await {
                Ok(first) => assert!(welcome && &first == b"HTTP/1.1 200"),
                Err(error) => {
                    assert!(!welcome, "{error}");
                    let kinds = [ErrorKind::InvalidData, ErrorKind::ConnectionReset];
                    assert!(kinds.contains(&error.kind()), "{error}");
                }
            }
        }
    }
}

/// Waits until a new connection is served with a certificate of this authority.
async fn served_by(receiver: &Running, authority: &Authority) {
    let client = authority.client(&VERSIONS, None);
    let served = async {
        while handshake(receiver, &client, &["h2"]).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, served).await.expect("the renewed certificate is taken");
}

#[tokio::test]
async fn a_renewed_certificate_holds_for_new_connections_and_old_ones_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (Authority::new(), Authority::new());
    let reload_interval = Duration::from_millis(5);
    let receiver = start(Tls { reload_interval, ..before.issue(folder.path()) }).await;
    let mut old = handshake(&receiver, &before.client(&VERSIONS, None), &[]).await.unwrap();
    after.issue(folder.path());
    served_by(&receiver, &after).await;
    assert!(say(&mut old).await.starts_with("HTTP/1.1 200"));
    let error = handshake(&receiver, &before.client(&VERSIONS, None), &[]).await.unwrap_err();
    assert!(error.to_string().contains("invalid peer certificate"), "{error}");
}

#[tokio::test]
async fn a_receiver_does_not_start_with_wrong_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.tls = Authority::new().issue(folder.path());
    settings.tls.key = settings.tls.certificate.clone();
    let (keys, store) = (Keys::fresh().unwrap(), Arc::new(Memory::new()));
    let error = Receiver::bind(settings, library(), keys, store).await.unwrap_err();
    let file = Path::new(&folder.path().join("certificate.pem")).display().to_string();
    let expected = format!("expected a private key as PEM in {file}, got none");
    assert_eq!(error.to_string(), expected);
    assert!(error.is_configuration());
}
