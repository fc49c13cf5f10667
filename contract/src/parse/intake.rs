//! Reads the section `receiver`: where reports go, and what becomes of them there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::environment::variable;
use super::fields::{Fields, text};
use super::settings::words_of;
use crate::mistake::Findings;
use crate::model::{Consent, Derived, Intake};
use crate::yaml::Node;

pub(super) fn intake(
    node: Option<&Node>,
    consent: Option<&Consent>,
    findings: &mut Findings,
) -> Intake {
    let mut intake =
        Intake { endpoint: None, environment: None, derives: Vec::new(), keep_reports_days: None };
    let Some(mut fields) = node.and_then(|node| Fields::open(node, "`receiver`", findings)) else {
        return intake;
    };
    intake.endpoint = fields.take("endpoint").and_then(|node| endpoint(node, findings));
    if let Some(node) = fields.take("environment") {
        intake.environment = variable(node, findings);
        let decides = consent.and_then(|consent| consent.environment.as_ref());
        if let Some(name) = intake.environment.as_ref().filter(|name| decides == Some(name)) {
            findings.mistake(
                node.at,
                format!("expected another variable than that of `consent`, got `{name}` again"),
            );
        }
    }
    if let Some(node) = fields.take("derives") {
        let words = [
            ("received_at", Derived::ReceivedAt),
            ("source_address_hash", Derived::SourceAddressHash),
        ];
        intake.derives = words_of(node, "derives", &words, findings);
    }
    if let Some(mut keep) =
        fields.take("keep").and_then(|node| Fields::open(node, "`keep`", findings))
    {
        intake.keep_reports_days = keep.days("reports", findings);
        keep.finish(findings);
    }
    fields.finish(findings);
    intake
}

/// The receiver's URL. Everybody reads it, so it holds no secret: neither a password nor a token.
fn endpoint(node: &Node, findings: &mut Findings) -> Option<String> {
    let url = text(node, "endpoint", findings)?;
    match Url::read(&url) {
        Ok(url) if url.encrypted || url.is_loopback() => {}
        Ok(_) => findings.warning(
            node.at,
            "reports travel in clear to an `http://` endpoint: whoever carries them can read and \
             change them; use `https://`",
        ),
        Err(expected) => findings.mistake(
            node.at,
            // What stands before an @ may be a password: mistakes are printed and logged.
            format!("expected `endpoint` to be {expected}"),
        ),
    }
    Some(url)
}

/// A URL, as far as a contract has to know it.
struct Url<'u> {
    encrypted: bool,
    host: &'u str,
}

impl<'u> Url<'u> {
    /// Reads a URL; the error says what was expected and what came.
    fn read(url: &'u str) -> Result<Self, &'static str> {
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
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return Err("a URL without user name and password, got one with an @");
        }
        let (host, port) = host_and_port(authority);
        if !is_host(host) {
            return Err("a URL with the name or the address of a host, got one without");
        }
        if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
            return Err("a URL with a port from 1 to 65535, got another");
        }
        Ok(Self { encrypted, host })
    }

    /// Whether a connection never leaves the machine.
    fn is_loopback(&self) -> bool {
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
