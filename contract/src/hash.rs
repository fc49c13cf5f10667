//! Hides identifiers.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

use crate::model::{Encoding, Hash, HashAlgorithm, Leaf, Type};
use crate::value::{Unfit, uuid};

/// The key of `hmac_sha256`: 256 random bits that never leave their owner, and never show in `Debug`.
#[derive(Clone)]
pub struct Secret {
    bytes: [u8; 32],
    /// The code before any message: to begin with the key is half the work for a short one.
    begun: Hmac<Sha256>,
}

impl Secret {
    /// Takes 32 bytes from a cryptographic source of randomness.
    pub fn new(bytes: [u8; 32]) -> Self {
        let begun = Hmac::new_from_slice(&bytes).expect("HMAC takes a key of any length");
        Self { bytes, begun }
    }

    /// HMAC-SHA-256 (RFC 2104) of a message under this key.
    pub fn authenticate(&self, message: &[u8]) -> [u8; 32] {
        self.begun.clone().chain_update(message).finalize().into_bytes().into()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Which end hides the identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The instance itself: what it gets is always raw.
    Instance,
    /// A relay's way in. What it gets is raw as well; for which reason and up to which level a report will be made
    /// is not known yet.
    RelayIn,
    /// A relay's way out: what it kept was hidden when it came in, and nothing else is.
    RelayOut,
    /// The receiver: what already has the form of a hash was hidden by the instance.
    Receiver,
}

impl Leaf {
    /// Turns an identifier into the form in which it travels and is kept.
    pub(crate) fn conceal<'r>(
        &self,
        raw: &'r str,
        secret: &Secret,
        end: End,
    ) -> Result<Cow<'r, str>, Unfit> {
        let Some(hash) = self.hash else {
            return self.admit_text(raw);
        };
        let may_be_hidden = matches!(end, End::RelayOut | End::Receiver);
        if may_be_hidden && hash.encoding.is_form_of(raw) {
            return Ok(raw.into());
        }
        let bytes = match hash {
            Hash { algorithm: HashAlgorithm::Sha256, .. } => {
                let id = uuid(raw)?;
                if !matches!(id.get_version_num(), 4 | 7) {
                    return Err(Unfit("expected a random UUID (version 4 or 7)".to_owned()));
                }
                Sha256::digest(id.hyphenated().to_string().as_bytes()).into()
            }
            Hash { algorithm: HashAlgorithm::HmacSha256, .. } if raw.is_empty() => {
                return Err(Unfit("expected an identifier".to_owned()));
            }
            Hash { algorithm: HashAlgorithm::HmacSha256, .. } if self.kind == Type::Uuid => {
                secret.authenticate(uuid(raw)?.hyphenated().to_string().as_bytes())
            }
            Hash { algorithm: HashAlgorithm::HmacSha256, .. } => {
                secret.authenticate(raw.as_bytes())
            }
        };
        Ok(hash.encoding.encode(&bytes).into())
    }

    /// Checks an identifier that is already in the form in which it travels.
    pub(crate) fn concealed(&self, text: &str) -> Result<String, Unfit> {
        match self.hash {
            Some(hash) if hash.encoding.is_form_of(text) => Ok(text.to_owned()),
            Some(hash) => Err(Unfit(format!("expected {}", hash.encoding.form()))),
            None => self.admit_text(text).map(Cow::into_owned),
        }
    }
}

impl Encoding {
    pub(crate) fn encode(self, bytes: &[u8; 32]) -> String {
        let digits = match self {
            Self::HexLower => b"0123456789abcdef",
            Self::HexUpper => b"0123456789ABCDEF",
            Self::Base64 => return STANDARD.encode(bytes),
        };
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
            pair[0] = digits[usize::from(byte >> 4)];
            pair[1] = digits[usize::from(byte & 15)];
        }
        std::str::from_utf8(&text).expect("digits are ASCII").to_owned()
    }

    /// Whether a text has the form that a hash has.
    fn is_form_of(self, text: &str) -> bool {
        match self {
            Self::HexLower => is_hex::<b'a'>(text),
            Self::HexUpper => is_hex::<b'A'>(text),
            Self::Base64 => STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32),
        }
    }

    /// The form in words, for an error text.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Self::HexLower => "64 hexadecimal digits in lower case",
            Self::HexUpper => "64 hexadecimal digits in upper case",
            Self::Base64 => "32 bytes in base64",
        }
    }
}

/// Whether a text is 64 hexadecimal digits, those above 9 written from letter `A` on. Every byte is looked at,
/// whatever those before were, so that a processor takes many at once.
fn is_hex<const A: u8>(text: &str) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit() | (A..A + 6).contains(byte);
    text.len() == 64 && text.as_bytes().iter().fold(true, |all, byte| all & digit(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_redacts_itself() {
        assert_eq!(format!("{:?}", Secret::new([7; 32])), "Secret(…)");
    }

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        // RFC 4231, test case 2, needs a short key; HMAC pads keys with zeros, so 32 bytes stand for it.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mac = Secret::new(key).authenticate(b"what do ya want for nothing?");
        assert_eq!(
            Encoding::HexLower.encode(&mac),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
