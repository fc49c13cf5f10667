//! Who sent a request that came through proxies.
//!
//! Every hop writes behind what the hop before it wrote, so the list is believed from its end: the peer is trusted or
//! not; what a trusted peer wrote last is believed; and so on. The first hop that is not trusted is the sender,
//! since whatever stands before it anybody may have made up.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::sender::Sender;
use crate::settings::Proxies;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The sender of a request that came from this peer. Where a trusted proxy wrote what is no address, the proxy itself
/// is the sender.
pub(super) fn sender(peer: Sender, headers: &HeaderMap, proxies: &Proxies) -> Sender {
    let trusted = |sender: &Sender| sender.is_in(&proxies.trusted);
    let mut sender = peer;
    if !trusted(&sender) {
        return sender;
    }
    let name = if proxies.forwarded { header::FORWARDED } else { X_FORWARDED_FOR };
    for line in headers.get_all(name).iter().rev() {
        let Some(hops) = hops(line, proxies.forwarded) else { return sender };
        for hop in hops.iter().rev() {
            let Some(address) = hop.and_then(address) else { return sender };
            sender = Sender::new(address);
            if !trusted(&sender) {
                return sender;
            }
        }
    }
    sender
}

/// The hops of one line, as text; `None` among them where one hides itself.
fn hops(line: &HeaderValue, forwarded: bool) -> Option<Vec<Option<&str>>> {
    let line = line.to_str().ok()?;
    if !forwarded {
        return Some(line.split(',').map(Some).collect());
    }
    // RFC 7239 section 4: elements of parameters, whose values may be quoted.
    Some(split(line, ',')?.into_iter().map(|element| parameter(element, "for")).collect())
}

/// The value of a parameter of an element, without quotes.
fn parameter<'l>(element: &'l str, name: &str) -> Option<&'l str> {
    let mut found = split(element, ';')?.into_iter().filter_map(|pair| pair.split_once('='));
    let (_, value) = found.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
    let value = value.trim();
    Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

/// The pieces between separators that are not quoted; `None` where a quote does not end.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (place, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if character == separator && !quoted => {
                pieces.push(&text[start..place]);
                start = place + separator.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(&text[start..]);
    (!quoted).then_some(pieces)
}

/// An address with or without port, as proxies write them: IPv6 may stand in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn who(forwarded: bool, peer: &str, lines: &[&str]) -> String {
        let trusted = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let proxies = Proxies { trusted, forwarded };
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            // Both are there, so it shows which one is read.
            headers.append(if forwarded { header::FORWARDED } else { X_FORWARDED_FOR }, value);
            let other = if forwarded { X_FORWARDED_FOR } else { header::FORWARDED };
            headers.append(other, HeaderValue::from_static("203.0.113.66"));
        }
        let peer = Sender::new(peer.parse().unwrap());
        let found = sender(peer, &headers, &proxies);
        let known = ["192.0.2.1", "198.51.100.1", "203.0.113.66", "2001:db8::1", "fd00::7"];
        let known = known.into_iter().chain(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        let is = |text: &&str| Sender::new(text.parse().unwrap()) == found;
        known.into_iter().find(is).expect("one of the addresses of the table").to_owned()
    }

    #[test]
    fn the_rightmost_hop_that_is_not_trusted_sent_it() {
        for (peer, lines, expected) in [
            // Anybody can write the header.
            ("192.0.2.1", &["198.51.100.1"][..], "192.0.2.1"),
            ("192.0.2.1", &[], "192.0.2.1"),
            (PROXY, &[], PROXY),
            (PROXY, &["192.0.2.1"], "192.0.2.1"),
            (PROXY, &["198.51.100.1, 192.0.2.1"], "192.0.2.1"),
            (PROXY, &["198.51.100.1,192.0.2.1,10.0.0.2 , 10.0.0.3"], "192.0.2.1"),
            (PROXY, &["198.51.100.1", "192.0.2.1", "10.0.0.2"], "192.0.2.1"),
            // All of them are ours: the first of them asked.
            (PROXY, &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (PROXY, &["192.0.2.1:4711"], "192.0.2.1"),
            (PROXY, &["::ffff:192.0.2.1"], "192.0.2.1"),
            ("::ffff:10.0.0.1", &["192.0.2.1"], "192.0.2.1"),
            (PROXY, &["2001:db8::1"], "2001:db8::1"),
            (PROXY, &["[2001:db8::1]"], "2001:db8::1"),
            (PROXY, &["[2001:db8::1]:4711"], "2001:db8::1"),
            (PROXY, &["192.0.2.1, fd00::7"], "192.0.2.1"),
        ] {
            assert_eq!(who(false, peer, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn what_is_no_address_counts_as_the_proxy_that_wrote_it() {
        for garbage in ["", "unknown", "192.0.2.256", "192.0.2.1 10.0.0.2", "\u{fc}", "1.2.3.4;"] {
            assert_eq!(who(false, PROXY, &[garbage]), PROXY, "{garbage:?}");
            let behind = format!("192.0.2.1, {garbage}, 10.0.0.2");
            // What is no ASCII makes the whole line garbage.
            let expected = if garbage.is_ascii() { "10.0.0.2" } else { PROXY };
            assert_eq!(who(false, PROXY, &[&behind]), expected, "{garbage:?}");
            let before = format!("{garbage}, 192.0.2.1");
            let expected = if garbage.is_ascii() { "192.0.2.1" } else { PROXY };
            assert_eq!(who(false, PROXY, &[&before]), expected, "{garbage:?}");
        }
    }

    #[test]
    fn forwarded_is_read_in_its_place_where_the_proxies_write_it() {
        for (line, expected) in [
            ("for=192.0.2.1", "192.0.2.1"),
            ("for=198.51.100.1, for=192.0.2.1;proto=https;by=10.0.0.1", "192.0.2.1"),
            (r#"proto=https; For="[2001:db8::1]:4711""#, "2001:db8::1"),
            (r#"for="192.0.2.1:_port""#, PROXY),
            ("for=unknown", PROXY),
            ("for=_hidden, for=10.0.0.2", "10.0.0.2"),
            ("proto=https", PROXY),
            // A client's text in quotes is no element of its own, and a quote that does not end is garbage.
            (r#"for=192.0.2.1;host="a, for=198.51.100.1""#, "192.0.2.1"),
            (r#"for=192.0.2.1;host="a\", for=198.51.100.1;b=\"""#, "192.0.2.1"),
            (r#"for=192.0.2.1;host="a, for=198.51.100.1"#, PROXY),
        ] {
            assert_eq!(who(true, PROXY, &[line]), expected, "{line}");
        }
    }
}
