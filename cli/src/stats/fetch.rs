//! Fetches a file over HTTP or HTTPS, as far as somebody else's server is to be believed: no redirect, no cookie, a
//! bounded answer within a bounded time.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, HOST, USER_AGENT};
use hyper::{Request, Response, StatusCode, Uri, body::Incoming};
use hyper_util::rt::TokioIo;
use rustls_native_certs::load_native_certs;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer: 32 MiB, which is ten years of fifty figures.
const MOST: usize = 32 * 1024 * 1024;
/// Bytes of its head.
const HEAD: usize = 32 * 1024;

/// A server, and where on it headcount's paths begin.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    base: Uri,
}

/// A stream of bytes to a server: plain or encrypted.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Site {
    /// The site under a URL such as `https://usage.example.org` or `https://example.org/usage`.
    ///
    /// Errors: it is no such URL.
    pub(crate) fn parse(url: &str) -> anyhow::Result<Self> {
        let expected = "expected a URL such as https://usage.example.org";
        let base: Uri = url.parse().with_context(|| format!("{expected}, got another text"))?;
        let scheme = base.scheme_str().unwrap_or_default();
        if !matches!(scheme, "http" | "https") {
            bail!("{expected}, got one without http:// or https://");
        }
        match base.authority() {
            None => bail!("{expected}, got one without a host"),
            Some(authority) if authority.as_str().contains('@') => {
                bail!("{expected}, got one with a user name: what is published needs none")
            }
            Some(_) if base.query().is_some() => bail!("{expected}, got one with a query"),
            Some(_) => Ok(Self { base }),
        }
    }

    /// The file at a path such as `/openfn/stats`.
    ///
    /// Errors: it cannot be fetched; the text says what to do where that is known.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Bytes> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let fetched = runtime.block_on(async { timeout(PATIENCE, self.fetch(path)).await });
        // A name that is still being looked up is not waited for.
        runtime.shutdown_background();
        let url = self.url(path);
        let late = || format!("expected {url} within {} s", PATIENCE.as_secs());
        fetched.with_context(late)?.with_context(|| format!("expected to fetch {url}"))
    }

    async fn fetch(&self, path: &str) -> anyhow::Result<Bytes> {
        let mut http = http1::Builder::new();
        let stream = TokioIo::new(self.connect().await?);
        let (mut sender, connection) = http.max_buf_size(HEAD).handshake(stream).await?;
        // What it could report, the answer's future reports too.
        tokio::spawn(async move { drop(connection.await) });
        let authority = self.base.authority().map_or("", |authority| authority.as_str());
        let request = Request::get(self.path(path))
            .header(HOST, authority)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("headcount/", env!("CARGO_PKG_VERSION")))
            .body(Empty::<Bytes>::new())?;
        let answer = sender.send_request(request).await?;
        judge(&answer)?;
        let body = Limited::new(answer.into_body(), MOST).collect().await;
        Ok(body.map_err(|error| anyhow!("its answer: {error}"))?.to_bytes())
    }

    async fn connect(&self) -> anyhow::Result<Box<dyn Stream>> {
        let host = self.base.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let encrypted = self.base.scheme_str() == Some("https");
        let port = self.base.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let reached = TcpStream::connect((host, port)).await;
        let stream = reached.with_context(|| format!("expected to connect to port {port}"))?;
        if !encrypted {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(host.to_owned())?;
        let shaken = connector()?.connect(name, stream).await;
        Ok(Box::new(shaken.context("expected a TLS connection")?))
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base.path().trim_end_matches('/'))
    }

    fn url(&self, path: &str) -> String {
        let scheme = self.base.scheme_str().unwrap_or_default();
        let authority = self.base.authority().map_or("", |authority| authority.as_str());
        format!("{scheme}://{authority}{}", self.path(path))
    }
}

/// What an answer's status means to a person.
fn judge(answer: &Response<Incoming>) -> anyhow::Result<()> {
    let status = answer.status();
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::NOT_FOUND => {
            bail!("it is not there: is the name right, and is it a receiver that publishes?")
        }
        StatusCode::TOO_MANY_REQUESTS => bail!("the server asks to come later: {status}"),
        _ if status.is_redirection() => {
            bail!("the server says it is elsewhere ({status}): name that place with --from")
        }
        _ => bail!("the server answered {status}"),
    }
}

/// Encrypts, for servers whose certificate leads to one of the system's authorities (or those of `SSL_CERT_FILE`).
fn connector() -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(load_native_certs().certs);
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_where_the_url_ends() {
        for (url, expected) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/openfn/stats"),
            ("https://usage.example.org/", "https://usage.example.org/openfn/stats"),
            ("https://example.org/usage/", "https://example.org/usage/openfn/stats"),
        ] {
            assert_eq!(Site::parse(url).expect(url).url("/openfn/stats"), expected);
        }
    }

    #[test]
    fn what_is_no_url_of_a_site_is_told_apart() {
        for (url, told) in [
            ("usage.example.org", "without http://"),
            ("ftp://usage.example.org", "without http://"),
            ("not a url", "another text"),
            ("https://somebody@usage.example.org", "with a user name"),
            ("https://usage.example.org/?page=1", "with a query"),
        ] {
            let error = Site::parse(url).expect_err(url).to_string();
            assert!(error.contains(told), "{url}: {error}");
        }
    }
}
