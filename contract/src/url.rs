//! URLs in contracts, and those that reports are sent to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A URL, as far as a contract has to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Url<'u> {
    pub(crate) encrypted: bool,
    /// A name or an address; of version 6 in brackets.
    pub(crate) host: &'u str,
    pub(crate) port: Option<u16>,
    /// Empty, or what follows from the first slash on.
    pub(crate) path: &'u str,
}

impl<'u> Url<'u> {
    /// Reads a URL; the error says what was expected and what came.
    pub(crate) fn read(url: &'u str) -> Result<Self, &'static str> {
        let (encrypted, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => {
                return Err(
                    "a URL such as https://usage.example.org, got one that does not begin so",
                );
            }
        };
        if !rest.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("a URL of visible ASCII characters, got others");
        }
        if rest.contains(['?', '#']) {
            return Err("a URL without query and fragment, got one with them");
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("a URL without user name and password, got one with an @");
        }
        let (host, port) = host_and_port(authority);
        if !is_host(host) {
            return Err("a URL with the name or the address of a host, got one without");
        }
        let port = port.map(|port| port.parse().ok().filter(|port| *port > 0));
        if port == Some(None) {
            return Err("a URL with a port from 1 to 65535, got another");
        }
        Ok(Self { encrypted, host, port: port.flatten(), path })
    }

    /// Whether a connection never leaves the machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let local = |host: &str| host == "localhost" || host.ends_with(".localhost");
        let address = self.host.trim_start_matches('[').trim_end_matches(']');
        local(&self.host.to_ascii_lowercase())
            || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

/// Splits at the colon before the port; those inside of brackets belong to an address.
fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    let after = authority.rfind(']').map_or(0, |end| end + 1);
    match authority[after..].find(':') {
        Some(colon) => (&authority[..after + colon], Some(&authority[after + colon + 1..])),
        None => (authority, None),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|a| a.parse::<Ipv6Addr>().is_ok());
    }
    if host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let name = host.strip_suffix('.').unwrap_or(host);
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(word)
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}
