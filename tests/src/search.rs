//! Looking for what must not be there, in every form that a program might write it in.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use sha2::{Digest as _, Sha256};

/// Every file below a folder: its path from there, and its content.
pub fn files_below(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
                files.push((name, fs::read(&path)?));
            }
        }
    }
    Ok(files)
}

/// Texts to look for.
#[derive(Clone, Debug, Default)]
pub struct Needles(BTreeSet<String>);

impl Needles {
    /// Adds a text.
    pub fn add(&mut self, text: impl Into<String>) {
        self.0.insert(text.into());
    }

    /// The texts.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Which of them stand in `hay`, as they are, in hexadecimal digits, or as a SHA-256 hash.
    pub fn found_in(&self, hay: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for text in self.iter() {
            for (form, bytes) in forms(text) {
                if contains(hay, &bytes) {
                    found.push(format!("{text:?} {form}"));
                }
            }
        }
        found
    }
}

fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let hash = Sha256::digest(text);
    vec![
        ("as it is", text.into()),
        ("in hex", hex(text.as_bytes()).into()),
        ("in upper-case hex", hex(text.as_bytes()).to_uppercase().into()),
        ("as a hash", hash.to_vec()),
        ("as a hash in hex", hex(&hash).into()),
        ("as a hash in upper-case hex", hex(&hash).to_uppercase().into()),
    ]
}

/// Lower-case hexadecimal digits, two for each byte.
pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("writing to a string cannot fail");
    }
    digits
}

/// Whether the bytes stand somewhere in others.
pub fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::{Needles, contains};

    #[test]
    fn a_needle_is_found_in_each_form() {
        let mut needles = Needles::default();
        needles.add("needle");
        for hay in [
            "a needle.",
            "6e6565646c65",
            "6E6565646C65",
            // From Python: hashlib.sha256(b"needle").hexdigest()
            "09881f6ed93360a2f6ad81f435a8ca51ca4575d0f954f197ff8f7d16c6565562",
        ] {
            let found = needles.found_in(hay.as_bytes());
            assert_eq!(found.len(), 1, "{hay}: {found:?}");
        }
        assert_eq!(needles.found_in(b"a needl"), Vec::<String>::new());
    }

    #[test]
    fn bytes_are_found_at_either_end() {
        assert!(contains(b"abc", b"ab"));
        assert!(contains(b"abc", b"bc"));
        assert!(!contains(b"abc", b"ac"));
    }
}
