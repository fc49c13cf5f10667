//! The connection: one address after the other, then the proxy, then TLS, as far as the way needs
//! them.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::allowance::Allowance;
use super::attempt::{Attempt, Way};
use super::proxy::{Proxy, Via};
use super::tunnel::tunnel;
use super::{Failure, Outcome};

/// How long one address may take, so that a dead one does not use up the whole deadline.
const ADDRESS_PATIENCE: Duration = Duration::from_secs(8);

/// A connection: plain or encrypted, direct or in a tunnel.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Connects to the endpoint, or to the proxy that takes requests for it.
pub(super) async fn connect(way: &Way<'_>) -> Result<Box<dyn Connection>, Attempt> {
    let stream = match &way.route.via {
        Via::Direct => {
            let target = (way.endpoint.host.as_str(), way.endpoint.port);
            way.within(dial(target)).await.map_err(|failure| {
                let expected = format!("expected to connect to {}", way.endpoint.target());
                Attempt::Unreachable(Outcome::failed(&expected, failure.as_ref()))
            })?
        }
        Via::Proxy(proxy) => {
            let stream = to_proxy(way, proxy).await?;
            if way.endpoint.needs_tunnel() { tunnel(way, proxy, stream).await? } else { stream }
        }
        Via::Refused(error) => {
            return Err(Attempt::Unreachable(Outcome::retry(error.to_string())));
        }
    };
    #[cfg(feature = "tls")]
    if way.endpoint.encrypted {
        return super::tls::to_endpoint(way, stream).await;
    }
    Ok(stream)
}

async fn to_proxy(way: &Way<'_>, proxy: &Proxy) -> Result<Box<dyn Connection>, Attempt> {
    let connecting = async {
        let stream = dial((&proxy.host, proxy.port)).await?;
        #[cfg(feature = "tls")]
        if proxy.encrypted {
            return super::tls::to_proxy(way.route, proxy, stream).await;
        }
        Ok(stream)
    };
    way.within(connecting).await.map_err(|failure| {
        let expected = format!("expected to connect to the proxy {proxy}");
        Attempt::Unreachable(Outcome::failed(&expected, failure.as_ref()))
    })
}

async fn dial(target: (&str, u16)) -> Result<Box<dyn Connection>, Failure> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in lookup_host(target).await? {
        match timeout(ADDRESS_PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // A report is one write; waiting for more would only delay it.
                stream.set_nodelay(true)?;
                return Ok(Box::new(Allowance::new(stream)));
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last.into())
}
