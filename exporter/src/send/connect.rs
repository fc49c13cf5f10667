//! The connection: one address after the other, then TLS where the URL asks for it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::Failure;
use crate::endpoint::Endpoint;

/// How long one address may take, so that a dead one does not use up the whole deadline.
const ADDRESS_PATIENCE: Duration = Duration::from_secs(8);

/// A connection, plain or encrypted.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

pub(super) async fn connect(endpoint: &Endpoint) -> Result<Box<dyn Connection>, Failure> {
    let stream = dial(endpoint).await?;
    // A report is one write; waiting for more would only delay it.
    stream.set_nodelay(true)?;
    #[cfg(feature = "tls")]
    if endpoint.encrypted {
        return Ok(Box::new(super::tls::handshake(endpoint, stream).await?));
    }
    Ok(Box::new(stream))
}

async fn dial(endpoint: &Endpoint) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in lookup_host((endpoint.host.as_str(), endpoint.port)).await? {
        match timeout(ADDRESS_PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}
