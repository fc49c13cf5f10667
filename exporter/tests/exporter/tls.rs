//! Encrypted endpoints: trusted where the system trusts them, refused otherwise.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use headcount::{Outcome, Protocol};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::server::{grpc_answer, http_ok};
use crate::service::{builder, granted, record};

/// Set in the process whose roots are the test's certificate.
const MARK: &str = "HEADCOUNT_TEST_TRUSTED_PORT";

/// Starts a server, and returns its address and its certificate in PEM.
fn start() -> (SocketAddr, String) {
    let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let CertifiedKey { cert, signing_key } = made;
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key)
        })
        .expect("a configuration");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let (announce, announced) = channel();
    thread::spawn(move || serve(config, &announce));
    (announced.recv().expect("the server starts"), cert.pem())
}

#[tokio::main(flavor = "current_thread")]
async fn serve(config: ServerConfig, announce: &Sender<SocketAddr>) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    announce.send(listener.local_addr().expect("an address")).expect("the test waits");
    while let Ok((stream, _)) = listener.accept().await {
        // A client that does not trust the certificate goes away here.
        let Ok(stream) = acceptor.accept(stream).await else {
            continue;
        };
        let service = service_fn(|request: http::Request<hyper::body::Incoming>| async move {
            let grpc = request.version() == http::Version::HTTP_2;
            let answer = if grpc { grpc_answer(b"") } else { http_ok() };
            Ok::<_, std::convert::Infallible>(answer.expect("an answer"))
        });
        let server = auto::Builder::new(TokioExecutor::new());
        let stream = TokioIo::new(stream);
        tokio::spawn(async move { server.serve_connection(stream, service).await.is_ok() });
    }
}

fn send(url: &str, protocol: Protocol) -> Outcome {
    let service = builder(url).protocol(protocol).consent(granted()).build();
    let service = service.expect("a whole configuration");
    record(&service);
    service.send_now().expect("consent")
}

#[test]
fn a_certificate_that_the_system_trusts_is_enough() {
    if let Ok(port) = env::var(MARK) {
        for protocol in [Protocol::Http, Protocol::Grpc] {
            let outcome = send(&format!("https://localhost:{port}"), protocol);
            assert_eq!(outcome.to_string(), "delivered");
            // The certificate names localhost, not its address.
            let outcome = send(&format!("https://127.0.0.1:{port}"), protocol);
            assert!(matches!(outcome, Outcome::Retry { after: None, .. }), "{outcome}");
        }
        return;
    }
    let (address, pem) = start();
    let file = env::temp_dir().join(format!("headcount-roots-{}.pem", std::process::id()));
    fs::write(&file, pem).expect("a temporary file");
    let output = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "tls::a_certificate_that_the_system_trusts_is_enough"])
        .env("SSL_CERT_FILE", &file)
        .env(MARK, address.port().to_string())
        .output()
        .expect("this program runs again");
    fs::remove_file(&file).expect("the temporary file is still there");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "the test itself ran: {text}");
}

#[test]
fn a_certificate_that_nobody_knows_is_refused() {
    let (address, _) = start();
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let outcome = send(&format!("https://localhost:{}", address.port()), protocol);
        assert!(matches!(outcome, Outcome::Retry { after: None, .. }), "{outcome}");
    }
}
