//! Encryption: rustls with ring.

use std::io;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{AlertDescription, ClientConfig, Error};

use super::attempt::{Attempt, Way};
use super::connect::Connection;
use super::proxy::Proxy;
use super::{Failure, Outcome, Roots, Route};
use crate::endpoint::Protocol;

const HTTP_1: &[u8] = b"http/1.1";
const HTTP_2: &[u8] = b"h2";

/// Encrypts the connection to the endpoint.
pub(super) async fn to_endpoint(
    way: &Way<'_>,
    stream: Box<dyn Connection>,
) -> Result<Box<dyn Connection>, Attempt> {
    let protocol = match way.endpoint.protocol {
        Protocol::Grpc => HTTP_2,
        Protocol::Http => HTTP_1,
    };
    let expected = format!("expected a TLS connection to {}", way.endpoint.target());
    let shaking = handshake(&way.route.roots, &way.endpoint.host, protocol, stream);
    let stream = way.within(shaking).await.map_err(|failure| {
        let outcome = Outcome::failed(&expected, failure.as_ref());
        let garbled = dislikes_protocol(failure.as_ref());
        if garbled { Attempt::Garbled(outcome) } else { Attempt::Unreachable(outcome) }
    })?;
    let (_, session) = stream.get_ref();
    if protocol == HTTP_2 && session.alpn_protocol() != Some(HTTP_2) {
        let outcome = Outcome::retry(format!("{expected} with HTTP/2, got one without"));
        return Err(Attempt::Garbled(outcome));
    }
    Ok(Box::new(stream))
}

/// Encrypts the connection to a proxy.
pub(super) async fn to_proxy(
    route: &Route,
    proxy: &Proxy,
    stream: Box<dyn Connection>,
) -> Result<Box<dyn Connection>, Failure> {
    Ok(Box::new(handshake(&route.roots, &proxy.host, HTTP_1, stream).await?))
}

/// With a configuration made for each report: it is sent once a day, and the system's roots change.
async fn handshake(
    roots: &Roots,
    host: &str,
    protocol: &[u8],
    stream: Box<dyn Connection>,
) -> Result<TlsStream<Box<dyn Connection>>, Failure> {
    let name = ServerName::try_from(host.to_owned())?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots.store()?)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)).connect(name, stream).await?)
}

/// Whether the peer, or something before it, may have hung up because of the protocol asked for.
fn dislikes_protocol(failure: &(dyn std::error::Error + 'static)) -> bool {
    let Some(error) = failure.downcast_ref::<io::Error>() else { return false };
    let alert = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
        || matches!(alert, Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)))
}
