//! Where reports go: a receiver, a relay or any OpenTelemetry Collector.

use std::fmt;

use http::Uri;
use http::uri::{Authority, PathAndQuery};
use serde::{Deserialize, Serialize};

/// The path that OTLP/HTTP gives to metrics.
pub(crate) const METRICS_PATH: &str = "/v1/metrics";
/// The standard port of OTLP/gRPC.
const GRPC_PORT: u16 = 4317;
/// The standard port of OTLP/HTTP.
const HTTP_PORT: u16 = 4318;

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
/// Some proxies and firewalls break HTTP/2. Where OTLP/gRPC leads to a connection on which no gRPC
/// answer comes, OTLP/HTTP is tried in its place, in the same time limit and along the same proxy:
/// on port 4318 first where the URL's is 4317, since a Collector keeps the two apart, and then on
/// the URL's own port, where a receiver of headcount speaks both. Whatever a receiver says in gRPC
/// stands, and is not asked for again. A report that came twice by this counts once.
///
/// ```
/// use headcount::{Exporter, Protocol};
/// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
///
/// let builder = Exporter::builder(contract, "usage").endpoint("http://collector.internal:8080");
/// let exporter = builder.protocol(Protocol::Grpc).build()?;
/// # Ok::<(), headcount::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// OTLP/gRPC, over HTTP/2.
    Grpc,
    /// OTLP/HTTP with binary protobuf, over HTTP/1.1. The path `/v1/metrics` is added to a URL
    /// that does not end in it.
    Http,
}

impl Protocol {
    /// Its name in OTLP's specification.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grpc => "OTLP/gRPC",
            Self::Http => "OTLP/HTTP",
        }
    }
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
    #[error("expected an endpoint with a port up to 65535, got another")]
    Port,
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
        let port = port(authority, encrypted).ok_or(EndpointError::Port)?;
        let protocol = protocol.unwrap_or_else(|| told_by(&uri, port));
        let uri = target(uri, protocol)?;
        Ok(Self { protocol, uri, host, port, encrypted })
    }

    /// The host and the port that a connection goes to.
    pub(crate) fn target(&self) -> String {
        authority(&self.host, self.port)
    }

    /// The URL for another path than that of metrics, beside which it lies.
    pub(crate) fn at(&self, path: &str) -> Uri {
        let metrics = self.uri.path();
        let base = metrics.strip_suffix(METRICS_PATH).unwrap_or_default();
        let path = match self.uri.query() {
            Some(query) => format!("{base}{path}?{query}"),
            None => format!("{base}{path}"),
        };
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = PathAndQuery::try_from(path).ok();
        Uri::from_parts(parts).expect("the path of a URL with another end makes a URL")
    }

    /// Whether a proxy on the way has to let bytes through that it does not understand.
    pub(crate) fn needs_tunnel(&self) -> bool {
        self.encrypted || self.protocol == Protocol::Grpc
    }

    /// Where to try OTLP/HTTP in place of OTLP/gRPC; see [`Protocol`].
    pub(crate) fn fallbacks(&self) -> Vec<Self> {
        let neighbour = (self.port == GRPC_PORT).then_some(HTTP_PORT);
        let ports = neighbour.into_iter().chain([self.port]);
        ports.filter_map(|port| self.over_http(port)).collect()
    }

    fn over_http(&self, port: u16) -> Option<Self> {
        let mut parts = self.uri.clone().into_parts();
        parts.authority = Some(authority(&self.host, port).parse().ok()?);
        let uri = target(Uri::from_parts(parts).ok()?, Protocol::Http).ok()?;
        Some(Self { protocol: Protocol::Http, uri, port, ..self.clone() })
    }
}

/// A host, in brackets where it is an address of IPv6, and a port.
pub(crate) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The port of a URL, or that of its scheme. `http` takes anything for a port.
pub(crate) fn port(authority: &Authority, encrypted: bool) -> Option<u16> {
    match authority.as_str().rsplit_once(authority.host())?.1 {
        "" | ":" => Some(if encrypted { 443 } else { 80 }),
        _ => authority.port_u16(),
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
mod tests;
