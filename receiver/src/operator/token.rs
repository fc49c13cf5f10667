//! The token that the operator's interface asks for.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use headcount_contract::Secret;

use crate::error::{Error, Kind};
use crate::hexadecimal::hexadecimal;
use crate::secret::{create, random};

/// Bytes of a token at least: 128 bits, if they are random.
const LEAST: usize = 16;
/// Bytes of a token at most, so that it has room in a request's head.
const MOST: usize = 1024;

/// What whoever asks the operator's interface must know. It shows nothing of itself.
#[derive(Clone)]
pub struct Token {
    /// Random, and never written: what could be learnt from the time of a comparison is a code under a key that
    /// nobody knows.
    key: Secret,
    code: [u8; 32],
}

impl Token {
    /// The token of this text, such as that of a variable.
    ///
    /// Errors: it is shorter than 16 bytes or longer than 1024, holds something else than visible ASCII, or the
    /// operating system has no random bytes.
    pub fn new(text: &str) -> Result<Self, Error> {
        Self::of(text).map_err(|reason| Kind::Token { place: String::new(), reason }.into())
    }

    /// The token in a file, without the space around it.
    ///
    /// Errors: the file cannot be read, and as for [`Token::new`].
    pub fn load(path: &Path) -> Result<Self, Error> {
        let token = read(path).map_err(|error| error.to_string());
        token.and_then(|text| Self::of(text.trim())).map_err(|reason| {
            Kind::Token { place: format!(" in {}", path.display()), reason }.into()
        })
    }

    /// The same; where there is no file, one is made with a random token, for its owner alone.
    ///
    /// Errors: as for [`Token::load`], and the file cannot be made.
    pub fn load_or_create(path: &Path) -> Result<Self, Error> {
        let wrong = |error: io::Error| Kind::Token {
            place: format!(" in {}", path.display()),
            reason: error.to_string(),
        };
        if !path.try_exists().map_err(wrong)? {
            // Another process may be first: what the file says counts.
            create(path, format!("{}\n", hexadecimal(&random()?)).as_bytes()).map_err(wrong)?;
        }
        Self::load(path)
    }

    /// Whether this is the token.
    pub(super) fn is(&self, presented: &[u8]) -> bool {
        let code = self.key.authenticate(presented);
        let differs =
            code.iter().zip(self.code).fold(0, |differs, (one, other)| differs | (one ^ other));
        differs == 0
    }

    fn of(text: &str) -> Result<Self, String> {
        if !(LEAST..=MOST).contains(&text.len()) {
            return Err(format!("{} bytes instead of {LEAST} to {MOST}", text.len()));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("something else than visible ASCII".to_owned());
        }
        let key = Secret::new(random().map_err(|error| error.to_string())?);
        Ok(Self { code: key.authenticate(text.as_bytes()), key })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A little more than a token has, which is enough to see that a file is none.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(2 * MOST as u64).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_token_admits_itself_alone() {
        let token = Token::new("0123456789abcdef").unwrap();
        assert!(token.is(b"0123456789abcdef"));
        for other in ["", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef0"] {
            assert!(!token.is(other.as_bytes()), "{other}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn a_token_that_could_be_guessed_or_not_sent_is_refused_without_being_told() {
        let long = "x".repeat(MOST + 1);
        for (text, expected) in [
            ("", "0 bytes instead of 16 to 1024"),
            ("fifteen_letters", "15 bytes instead of 16 to 1024"),
            (&*long, "1025 bytes instead of 16 to 1024"),
            ("sixteen letters_", "something else than visible ASCII"),
            ("sixteen_letters\n", "something else than visible ASCII"),
        ] {
            let error = Token::new(text).unwrap_err();
            assert!(error.is_configuration());
            assert_eq!(error.to_string(), format!("expected the operator's token, got {expected}"));
        }
    }

    #[test]
    fn a_token_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("reports.db.token");
        Token::load_or_create(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.trim_end().len(), 64);
        assert!(Token::load_or_create(&path).unwrap().is(text.trim_end().as_bytes()));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_without_a_token_is_named_and_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "short\n").unwrap();
        let error = Token::load_or_create(&path).unwrap_err().to_string();
        assert!(error.contains("/token, got 5 bytes instead"), "{error}");
        assert!(!error.contains("short"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "short\n");
    }
}
