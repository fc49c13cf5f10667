//! Which proxy an operator names for the endpoint, in the variables that every program reads.

use std::fmt;
use std::net::IpAddr;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;

use crate::consent::Environment;
use crate::endpoint::{Endpoint, authority, port};

/// Looked up in this order, as by curl and Go; the first that is not empty counts.
const FOR_HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const FOR_HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// Set in a CGI program, where a client's header `Proxy` comes as the variable `HTTP_PROXY`.
const CGI: &str = "REQUEST_METHOD";

/// How connections are made.
#[derive(Clone)]
pub(super) enum Via {
    Direct,
    Proxy(Proxy),
    /// A proxy is named that cannot be used. To go around it is not for us to decide.
    Refused(ProxyError),
}

/// An HTTP proxy. Shown as `host:port`, never with its credentials.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
    #[cfg(feature = "tls")]
    pub(super) encrypted: bool,
    /// The value of `Proxy-Authorization`.
    pub(super) authorization: Option<HeaderValue>,
}

/// Why a proxy cannot be used. The variable's value is not repeated: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProxyError {
    #[error("expected {0} to hold the URL of a proxy, got something else")]
    NotUrl(&'static str),
    #[error("expected {0} to hold a percent-encoded user name and password, got more than one @")]
    Credentials(&'static str),
    #[error(
        "expected {variable} to name an http:// or https:// proxy, got {scheme}, which is not supported"
    )]
    Scheme { variable: &'static str, scheme: &'static str },
    #[cfg(not(feature = "tls"))]
    #[error("expected {0} to name an http:// proxy, got https://, which needs the feature `tls`")]
    Encrypted(&'static str),
}

impl Via {
    pub(super) fn told_by(environment: &Environment, endpoint: &Endpoint) -> Self {
        // A proxy would reach its own machine by such a name.
        if is_loopback(&endpoint.host) {
            return Self::Direct;
        }
        let set = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
        let cgi = !endpoint.encrypted && set(CGI).is_some();
        let variables = match (endpoint.encrypted, cgi) {
            (true, _) => &FOR_HTTPS[..],
            (false, true) => &FOR_HTTP[2..],
            (false, false) => &FOR_HTTP[..],
        };
        let named = variables.iter().find_map(|name| Some((*name, set(name)?)));
        let Some((variable, value)) = named else { return Self::Direct };
        let exceptions = EXCEPTIONS.into_iter().find_map(set);
        if exceptions.is_some_and(|exceptions| excepts(&exceptions, &endpoint.uri)) {
            return Self::Direct;
        }
        match proxy(variable, value.trim(), &endpoint.uri) {
            Ok(proxy) => Self::Proxy(proxy),
            Err(error) => Self::Refused(error),
        }
    }
}

/// Whether the host is this machine.
fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether `NO_PROXY` lists the host of the URL: an asterisk, a domain, an address or a network.
fn excepts(exceptions: &str, uri: &Uri) -> bool {
    // For the matcher an asterisk is every name, and no address.
    let everything = exceptions.split(',').any(|exception| exception.trim() == "*");
    // The matcher tells by a proxy; for the exceptions alone any will do.
    let matcher = Matcher::builder().all("http://any").no(exceptions).build();
    everything || matcher.intercept(uri).is_none()
}

fn proxy(variable: &'static str, value: &str, uri: &Uri) -> Result<Proxy, ProxyError> {
    let scheme = value.split_once("://").map_or("http", |(scheme, _)| scheme);
    let encrypted = match scheme.to_ascii_lowercase().as_str() {
        "http" => false,
        #[cfg(feature = "tls")]
        "https" => true,
        #[cfg(not(feature = "tls"))]
        "https" => return Err(ProxyError::Encrypted(variable)),
        _ => return Err(ProxyError::Scheme { variable, scheme: known(scheme) }),
    };
    let intercept = Matcher::builder().all(value).build().intercept(uri);
    let intercept = intercept.ok_or(ProxyError::NotUrl(variable))?;
    let target = intercept.uri().authority().ok_or(ProxyError::NotUrl(variable))?;
    // The matcher ends a password at its first @, so the rest of one would be taken for a host.
    if target.as_str().contains('@') {
        return Err(ProxyError::Credentials(variable));
    }
    let host = target.host().trim_start_matches('[').trim_end_matches(']');
    let port = port(target, encrypted).filter(|_| !host.is_empty());
    Ok(Proxy {
        host: host.to_owned(),
        port: port.ok_or(ProxyError::NotUrl(variable))?,
        #[cfg(feature = "tls")]
        encrypted,
        authorization: intercept.basic_auth().cloned(),
    })
}

/// What stands in the place of a scheme may be anything, a password too, so only these are shown.
fn known(scheme: &str) -> &'static str {
    let known = ["socks://", "socks4://", "socks4a://", "socks5://", "socks5h://"];
    let named = |known: &&str| known.trim_end_matches("://").eq_ignore_ascii_case(scheme);
    known.into_iter().find(named).unwrap_or("another scheme")
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&authority(&self.host, self.port))
    }
}

#[cfg(test)]
mod tests;
