//! Where reports go: a receiver, a relay or any OpenTelemetry Collector.

use std::fmt;

use http::Uri;
use http::uri::PathAndQuery;

/// The path that OTLP/HTTP gives to metrics.
const METRICS_PATH: &str = "/v1/metrics";
/// The standard port of OTLP/gRPC.
const GRPC_PORT: u16 = 4317;

/// How a report travels.
///
/// Where none is set, the URL tells: a path that ends in `/v1/metrics` is HTTP, port 4317 is gRPC,
/// and everything else is HTTP, which passes more proxies.
///
/// | URL | protocol | request to |
/// |---|---|---|
/// | `http://collector:4317` | gRPC | `MetricsService/Export` |
/// | `http://collector:4318` | HTTP | `/v1/metrics` |
/// | `https://usage.example.org` | HTTP | `/v1/metrics` |
/// | `https://example.org/usage/v1/metrics` | HTTP | `/usage/v1/metrics` |
///
/// ```
/// use headcount::{Exporter, Protocol};
/// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
///
/// let builder = Exporter::builder(contract).endpoint("http://collector.internal:8080");
/// let exporter = builder.protocol(Protocol::Grpc).build()?;
/// # Ok::<(), headcount::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP/gRPC, over HTTP/2.
    Grpc,
    /// OTLP/HTTP with binary protobuf, over HTTP/1.1. The path `/v1/metrics` is added to a URL
    /// that does not end in it.
    Http,
}

/// A checked endpoint.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) protocol: Protocol,
    /// The whole URL of the request for HTTP, without a path for gRPC.
    pub(crate) uri: Uri,
    /// A host name, or an address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encrypted: bool,
}

/// Why a URL is no endpoint. The URL itself is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EndpointError {
    #[error("expected an endpoint such as https://usage.example.org, got no URL: {0}")]
    NotUrl(#[from] http::uri::InvalidUri),
    #[error("expected an endpoint that begins with http:// or https://, got {0}")]
    Scheme(String),
    #[error("expected an endpoint with a host, got one without")]
    NoHost,
    #[error("expected an endpoint without user name and password, got one with an @")]
    Credentials,
    #[error("expected an endpoint without a path for OTLP/gRPC, got the path {0}")]
    GrpcPath(String),
    #[cfg(not(feature = "tls"))]
    #[error("expected an http:// endpoint, got https://, which needs the feature `tls`")]
    Encrypted,
}

impl Endpoint {
    /// Reads a URL. Without a protocol, the URL tells which.
    pub(crate) fn parse(url: &str, protocol: Option<Protocol>) -> Result<Self, EndpointError> {
        let uri: Uri = url.parse()?;
        let encrypted = encrypted(&uri)?;
        let authority = uri.authority().ok_or(EndpointError::NoHost)?;
        if authority.as_str().contains('@') {
            return Err(EndpointError::Credentials);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(EndpointError::NoHost);
        }
        let port = authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let protocol = protocol.unwrap_or_else(|| told_by(&uri, port));
        let uri = target(uri, protocol)?;
        Ok(Self { protocol, uri, host, port, encrypted })
    }

    /// The host and the port that a connection goes to.
    pub(crate) fn target(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

fn encrypted(uri: &Uri) -> Result<bool, EndpointError> {
    match uri.scheme_str() {
        Some("http") => Ok(false),
        #[cfg(feature = "tls")]
        Some("https") => Ok(true),
        #[cfg(not(feature = "tls"))]
        Some("https") => Err(EndpointError::Encrypted),
        Some(other) => Err(EndpointError::Scheme(format!("{other}://"))),
        None => Err(EndpointError::Scheme("none".to_owned())),
    }
}

fn told_by(uri: &Uri, port: u16) -> Protocol {
    let metrics = uri.path().trim_end_matches('/').ends_with(METRICS_PATH);
    if port == GRPC_PORT && !metrics { Protocol::Grpc } else { Protocol::Http }
}

/// The URL of the request itself.
fn target(uri: Uri, protocol: Protocol) -> Result<Uri, EndpointError> {
    let base = uri.path().trim_end_matches('/').to_owned();
    let path = match protocol {
        Protocol::Grpc if !base.is_empty() => return Err(EndpointError::GrpcPath(base)),
        Protocol::Grpc => "/".to_owned(),
        Protocol::Http if base.ends_with(METRICS_PATH) => base,
        Protocol::Http => format!("{base}{METRICS_PATH}"),
    };
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path)?);
    Ok(Uri::from_parts(parts).expect("scheme, authority and path of a URL make a URL"))
}

/// The URL without its query, where some receivers expect a token.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encrypted { "https" } else { "http" };
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority}{}", self.uri.path())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {self}", self.protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> String {
        match Endpoint::parse(url, None) {
            Ok(endpoint) => format!("{endpoint:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_url_tells_the_protocol() {
        assert_eq!(told("http://localhost:4317"), "Grpc http://localhost:4317/");
        assert_eq!(told("http://localhost:4318"), "Http http://localhost:4318/v1/metrics");
        assert_eq!(told("http://[::1]:9/otlp/"), "Http http://[::1]:9/otlp/v1/metrics");
        assert_eq!(told("http://h:4317/v1/metrics"), "Http http://h:4317/v1/metrics");
        assert_eq!(told("http://h/v1/metrics/"), "Http http://h/v1/metrics");
    }

    #[test]
    fn a_query_is_kept_and_not_shown() {
        let endpoint = Endpoint::parse("http://h/base?token=a", None).expect("valid");
        assert_eq!(endpoint.uri, "http://h/base/v1/metrics?token=a");
        assert_eq!(format!("{endpoint:?}"), "Http http://h/base/v1/metrics");
    }

    #[test]
    fn an_explicit_protocol_wins() {
        let endpoint = Endpoint::parse("http://[::1]:4317", Some(Protocol::Http)).expect("valid");
        assert_eq!(format!("{endpoint:?}"), "Http http://[::1]:4317/v1/metrics");
        assert_eq!((endpoint.host.as_str(), endpoint.port), ("::1", 4317));
        assert_eq!(endpoint.target(), "[::1]:4317");
        let endpoint = Endpoint::parse("http://h:1", Some(Protocol::Grpc)).expect("valid");
        assert_eq!(format!("{endpoint:?}"), "Grpc http://h:1/");
    }

    #[test]
    fn a_bad_url_is_refused_and_not_repeated() {
        for (url, part) in [
            ("usage.example.org", "got none"),
            ("ftp://h/x", "got ftp://"),
            ("http://user:secret@h", "without user name"),
            ("http://h:4317/some/base", "without a path for OTLP/gRPC"),
            ("http:///v1/metrics", "got no URL"),
            ("h t t p", "got no URL"),
        ] {
            let error = told(url);
            assert!(error.contains(part), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
