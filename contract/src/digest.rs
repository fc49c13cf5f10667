//! The digest of a contract: what a consent is bound to.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::yaml::{Node, Value};

/// SHA-256 of a contract's canonical form. Displayed as 64 hexadecimal digits.
///
/// The canonical form is the contract as JSON without white space, the keys of every object in the order
/// of their bytes. Comments, layout and the order of keys do not count; every word that an operator was
/// shown does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(root: &Node) -> Self {
        let mut text = String::new();
        write_canonical(root, &mut text);
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The digest's bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits in lower case")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        from_hex(text).map(Self)
    }
}

/// The 32 bytes that `Display` wrote.
pub(crate) fn from_hex(text: &str) -> Result<[u8; 32], NotADigest> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits: Option<Vec<u8>> = text.bytes().map(digit).collect();
    let bytes =
        digits.map(|digits| digits.chunks(2).map(|d| (d[0] << 4) | d[d.len() - 1]).collect());
    bytes
        .and_then(|bytes: Vec<u8>| bytes.try_into().ok())
        .filter(|_| text.len() == 64)
        .ok_or(NotADigest)
}

fn write_canonical(node: &Node, out: &mut String) {
    match &node.value {
        Value::Scalar { text, plain } => {
            let literal = matches!(text.as_str(), "true" | "false")
                || text.parse::<f64>().is_ok_and(f64::is_finite);
            match text.as_str() {
                "null" | "~" | "" if *plain => out.push_str("null"),
                text if *plain && literal => out.push_str(text),
                text => out.push_str(&serde_json::Value::from(text).to_string()),
            }
        }
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            out.push('{');
            for (index, entry) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&serde_json::Value::from(entry.key.as_str()).to_string());
                out.push(':');
                write_canonical(&entry.node, out);
            }
            out.push('}');
        }
    }
}
