//! Where a Collector sends reports to.

use std::fmt;

use crate::url::Url;

/// The path that OTLP/HTTP gives to metrics.
const METRICS_PATH: &str = "/v1/metrics";
/// The standard port of OTLP/gRPC.
const GRPC_PORT: u16 = 4317;

/// How reports travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP with binary protobuf.
    Http,
}

/// What stands at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It hashes ids on this side.
    Relay,
    /// It is the makers'.
    Receiver,
}

/// A receiver or a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorTarget {
    pub(super) end: End,
    pub(super) transport: Transport,
    pub(super) encrypted: bool,
    /// Whether a connection never leaves the machine.
    pub(super) loopback: bool,
    host: String,
    port: Option<u16>,
    path: String,
}

/// Why a text names no target. It is not repeated: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct NotATarget(String);

impl CollectorTarget {
    /// The makers' receiver, by its URL. Without `https://` and `http://` in front it is the former; only the latter
    /// sends in clear. Without a transport the URL tells: port 4317 is gRPC, everything else is HTTP.
    ///
    /// ```
    /// use headcount_contract::CollectorTarget;
    ///
    /// let target = CollectorTarget::receiver("usage.example.org", None)?;
    /// assert_eq!(target.to_string(), "https://usage.example.org");
    /// # Ok::<(), headcount_contract::NotATarget>(())
    /// ```
    pub fn receiver(url: &str, transport: Option<Transport>) -> Result<Self, NotATarget> {
        let url = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
        Self::read(End::Receiver, &url, transport)
    }

    /// A relay, by an address of the loopback, to which reports go in clear, or by a URL. Ids go to it as they
    /// are, so an address elsewhere has to be a URL that says whether the way is encrypted.
    pub fn relay(address: &str, transport: Option<Transport>) -> Result<Self, NotATarget> {
        if address.contains("://") {
            return Self::read(End::Relay, address, transport);
        }
        let target = Self::read(End::Relay, &format!("http://{address}"), transport)?;
        if target.loopback && target.port.is_some() {
            return Ok(target);
        }
        Err(NotATarget(
            "an address of the loopback with a port, such as 127.0.0.1:4317, or a URL such as \
             https://relay.example.org:4317, got another address"
                .to_owned(),
        ))
    }

    fn read(end: End, url: &str, transport: Option<Transport>) -> Result<Self, NotATarget> {
        let url = Url::read(url).map_err(|expected| NotATarget(expected.to_owned()))?;
        let path = url.path.trim_end_matches('/');
        let told = if url.port == Some(GRPC_PORT) && path.is_empty() {
            Transport::Grpc
        } else {
            Transport::Http
        };
        let transport = transport.unwrap_or(told);
        if transport == Transport::Grpc && !path.is_empty() {
            return Err(NotATarget(
                "a URL without a path for OTLP/gRPC, got one with it".to_owned(),
            ));
        }
        Ok(Self {
            end,
            transport,
            encrypted: url.encrypted,
            loopback: url.is_loopback(),
            host: url.host.to_owned(),
            port: url.port,
            path: path.to_owned(),
        })
    }

    /// The host and the port, as the Collector's gRPC exporter takes them.
    pub(super) fn authority(&self) -> String {
        let port = self.port.unwrap_or(if self.encrypted { 443 } else { 80 });
        format!("{}:{port}", self.host)
    }

    /// The whole URL for metrics, as the Collector's HTTP exporter takes it.
    pub(super) fn metrics_url(&self) -> String {
        let base = self.path.strip_suffix(METRICS_PATH).unwrap_or(&self.path);
        Self { path: format!("{base}{METRICS_PATH}"), ..self.clone() }.to_string()
    }
}

/// As a URL.
impl fmt::Display for CollectorTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encrypted { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)
    }
}
