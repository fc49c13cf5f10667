//! Where it is forwarded to.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;
use http::uri::Scheme;

/// Where OTLP/HTTP takes metrics, below the URL of a backend.
const PATH: &str = "/v1/metrics";

/// The URL of a backend that takes OTLP/HTTP: `http://` or `https://`, without user name, query and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// As it was given.
    text: String,
    /// That of metrics.
    uri: Uri,
    host: String,
    port: u16,
}

/// A text that is no URL of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a URL such as https://collector.example.org:4318")]
pub struct NotAnEndpoint;

impl FromStr for Endpoint {
    type Err = NotAnEndpoint;

    fn from_str(text: &str) -> Result<Self, NotAnEndpoint> {
        let given: Uri = text.parse().map_err(|_| NotAnEndpoint)?;
        let authority = given.authority().ok_or(NotAnEndpoint)?;
        let encrypted = given.scheme() == Some(&Scheme::HTTPS);
        let plain = given.scheme() == Some(&Scheme::HTTP);
        // Everybody may read a configuration, so there is no place in it for a password.
        let secret = authority.as_str().contains('@');
        if !(encrypted || plain) || secret || given.query().is_some() || text.contains('#') {
            return Err(NotAnEndpoint);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let base = given.path().trim_end_matches('/');
        let path = if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") };
        let scheme = if encrypted { Scheme::HTTPS } else { Scheme::HTTP };
        let uri = Uri::builder().scheme(scheme).authority(authority.clone()).path_and_query(path);
        let uri = uri.build().map_err(|_| NotAnEndpoint)?;
        if host.is_empty() {
            return Err(NotAnEndpoint);
        }
        Ok(Self { text: text.to_owned(), uri, host, port })
    }
}

impl Endpoint {
    /// Whether it speaks TLS.
    pub fn is_encrypted(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Whether whoever is on the way can read along: it speaks no TLS, and leads beyond this machine.
    pub fn is_exposed(&self) -> bool {
        let loopback = self.host.parse::<IpAddr>().map(|address| address.is_loopback());
        !self.is_encrypted() && !loopback.unwrap_or(self.host == "localhost")
    }

    /// The URL that takes metrics.
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_leads_to_where_metrics_are_taken() {
        for (text, uri, host, port) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics", "127.0.0.1", 4318),
            ("https://a.example/otlp/", "https://a.example/otlp/v1/metrics", "a.example", 443),
            ("http://[::1]/v1/metrics", "http://[::1]/v1/metrics", "::1", 80),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.uri().to_string(), uri);
            assert_eq!((endpoint.host(), endpoint.port()), (host, port));
            assert_eq!(endpoint.to_string(), text);
        }
    }

    #[test]
    fn what_is_none_or_has_a_secret_is_refused() {
        for text in [
            "",
            "collector",
            "collector:4318",
            "/v1/metrics",
            "ftp://a.example",
            "http://",
            "https://user:secret@a.example",
            "https://a.example/?key=secret",
            "https://a.example/#a",
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(NotAnEndpoint), "{text}");
        }
    }

    #[test]
    fn it_is_known_who_could_read_along() {
        let exposed = |text: &str| text.parse::<Endpoint>().unwrap().is_exposed();
        assert!(exposed("http://10.0.0.1:4318") && exposed("http://collector:4318"));
        assert!(!exposed("https://collector") && !exposed("http://[::1]:4318"));
        assert!(!exposed("http://127.0.0.1:4318") && !exposed("http://localhost:4318"));
    }
}
