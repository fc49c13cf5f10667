//! Encryption: rustls with ring, trusting the roots that the system trusts.

use std::sync::Arc;

use rustls_native_certs::load_native_certs;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::Failure;
use crate::endpoint::{Endpoint, Protocol};

pub(super) async fn handshake(
    endpoint: &Endpoint,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, Failure> {
    let name = ServerName::try_from(endpoint.host.clone())?;
    let connector = TlsConnector::from(Arc::new(config(endpoint.protocol)?));
    Ok(connector.connect(name, stream).await?)
}

/// Made for each report: it is sent once a day, and the system's roots change.
fn config(protocol: Protocol) -> Result<ClientConfig, Failure> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots()?)
        .with_no_client_auth();
    let name: &[u8] = match protocol {
        Protocol::Grpc => b"h2",
        Protocol::Http => b"http/1.1",
    };
    config.alpn_protocols = vec![name.to_vec()];
    Ok(config)
}

fn roots() -> Result<RootCertStore, Failure> {
    let found = load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        return Err(format!("expected root certificates on this system, found none{why}").into());
    }
    Ok(roots)
}
