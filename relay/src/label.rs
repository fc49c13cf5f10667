//! The name under which an instance has a directory.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

/// Digits of the name: 64 bits, so that among a million instances two have the same once in 37 million relays.
const DIGITS: usize = 16;

/// The name of an instance's directory: `own` for the relay's own, which sends no id, or else the beginning of a hash of
/// the id in the form in which it travels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Label(String);

impl Label {
    /// That of an instance by its id as it travels, which is empty where there is none.
    pub(crate) fn of(id: &str) -> Self {
        if id.is_empty() {
            return Self("own".to_owned());
        }
        let mut digits = String::with_capacity(64);
        for byte in Sha256::digest(id) {
            write!(digits, "{byte:02x}").expect("a string takes everything");
        }
        digits.truncate(DIGITS);
        Self(digits)
    }

    /// The label that a directory has by its name, if it is one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_label = name == "own" || (name.len() == DIGITS && name.bytes().all(hexadecimal));
        is_label.then(|| Self(name.to_owned()))
    }

    /// Whether it is that of the relay's own instance.
    pub(crate) fn is_own(&self) -> bool {
        self.0 == "own"
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_directory_name_and_nothing_else_is() {
        let label = Label::of("0f3e");
        assert_eq!(Label::named(label.as_str()), Some(label.clone()));
        assert_eq!(label.as_str().len(), DIGITS);
        assert_ne!(label, Label::of("0f3f"));
        assert!(Label::of("").is_own() && Label::named("own").is_some_and(|own| own.is_own()));
        for name in ["", "..", "OWN", "0123456789abcdeF", "0123456789abcde", "0123456789abcdef0"] {
            assert_eq!(Label::named(name), None, "{name}");
        }
    }
}
