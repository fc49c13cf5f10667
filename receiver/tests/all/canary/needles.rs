//! The forms in which a string may have been written somewhere.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// A string's forms, each with its name.
pub struct Needles {
    forms: Vec<(&'static str, Vec<u8>)>,
    /// Whether a form begins with the byte: most places of a haystack need no closer look.
    first: [bool; 256],
}

impl Needles {
    pub fn of(text: &str) -> Self {
        let hash = Sha256::digest(text.as_bytes());
        let json = serde_json::to_string(text).expect("text is JSON");
        let mut needles = vec![
            ("itself", text.as_bytes().to_vec()),
            ("its beginning", b"Canary <5f3a".to_vec()),
            ("upper case", text.to_uppercase().into_bytes()),
            ("lower case", text.to_lowercase().into_bytes()),
            ("debug", format!("{text:?}").trim_matches('"').as_bytes().to_vec()),
            ("json", json.trim_matches('"').as_bytes().to_vec()),
            ("hex", hex(text.as_bytes())),
            ("HEX", hex(text.as_bytes()).to_ascii_uppercase()),
            ("sha256", hash.to_vec()),
            ("sha256 hex", hex(&hash)),
            ("sha256 HEX", hex(&hash).to_ascii_uppercase()),
            ("sha256 base64", STANDARD_NO_PAD.encode(hash).into_bytes()),
        ];
        // Where the text begins within a group of three bytes decides how base64 shows it.
        for offset in 0..3 {
            let padded = [&b"xyz"[..offset], text.as_bytes()].concat();
            let whole = padded.len() / 3 * 3;
            let shown = STANDARD_NO_PAD.encode(&padded[..whole]);
            let url = URL_SAFE_NO_PAD.encode(&padded[..whole]);
            let begin = if offset == 0 { 0 } else { 4 };
            needles.push(("base64", shown.into_bytes()[begin..].to_vec()));
            needles.push(("base64url", url.into_bytes()[begin..].to_vec()));
        }
        let mut first = [false; 256];
        for (_, needle) in &needles {
            first[usize::from(needle[0])] = true;
        }
        Self { forms: needles, first }
    }

    /// The first form that stands in the haystack.
    pub fn find(&self, haystack: &[u8]) -> Option<&'static str> {
        for (place, byte) in haystack.iter().enumerate() {
            if self.first[usize::from(*byte)] {
                let begins = |(_, needle): &&(_, Vec<u8>)| haystack[place..].starts_with(needle);
                if let Some((name, _)) = self.forms.iter().find(begins) {
                    return Some(name);
                }
            }
        }
        None
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

/// A gRPC status message, as it was before it was percent-encoded.
pub fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                rest = &behind[2..];
            }
            _ => {
                decoded.push(first);
                rest = behind;
            }
        }
    }
    decoded
}
