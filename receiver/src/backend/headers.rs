//! Headers that the backend asks for, such as a key.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, Kind};

/// Bytes of all headers at most: more than servers take.
const MOST: u64 = 64 * 1024;

/// What a request says by itself.
const OURS: [&str; 8] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Headers of every request to the backend. They may be secrets, and show nothing of themselves.
#[derive(Clone, Default)]
pub struct Headers(HeaderMap);

impl Headers {
    /// The headers of a text, such as that of a variable: one a line, `Name: value`. Empty lines, and those that begin
    /// with `#`, are none.
    ///
    /// Errors: a line that is no header, or one that a request says by itself. No value is told.
    pub fn new(text: &str) -> Result<Self, Error> {
        Self::read(text).map_err(|reason| Kind::Headers { place: String::new(), reason }.into())
    }

    /// The headers in a file.
    ///
    /// Errors: the file cannot be read, and as for [`Headers::new`].
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = whole(path).map_err(|error| error.to_string());
        text.and_then(|text| Self::read(&text)).map_err(|reason| {
            Kind::Headers { place: format!(" in {}", path.display()), reason }.into()
        })
    }

    /// Adds them to the headers of a request.
    pub(super) fn extend(&self, headers: &mut HeaderMap) {
        headers.extend(self.0.clone());
    }

    fn read(text: &str) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |what: &str| format!("line {number}, which is {what}");
            let (name, value) = line.split_once(':').ok_or_else(|| wrong("none"))?;
            let name = HeaderName::from_bytes(name.trim().as_bytes());
            let name = name.map_err(|_| wrong("none: its name cannot be one"))?;
            if OURS.contains(&name.as_str()) {
                return Err(wrong("one that a request says by itself"));
            }
            let value = HeaderValue::from_str(value.trim());
            let mut value = value.map_err(|_| wrong("none: its value cannot be one"))?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        Ok(Self(headers))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Headers(…)")
    }
}

fn whole(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_header() {
        let text = "# of the backend\n\nAuthorization: Bearer a:b=c\r\n x-scope : 1 \n";
        let headers = Headers::new(text).unwrap();
        assert_eq!(headers.0["authorization"], "Bearer a:b=c");
        assert_eq!(headers.0["x-scope"], "1");
        assert_eq!(headers.0.len(), 2);
        assert_eq!(format!("{headers:?}"), "Headers(…)");
        assert!(headers.0["authorization"].is_sensitive());
    }

    #[test]
    fn what_is_none_is_named_by_its_line_alone() {
        for (text, expected) in [
            ("a: b\nsecret", "line 2, which is none"),
            ("a secret: b", "line 1, which is none: its name cannot be one"),
            ("a: secret\u{7}", "line 1, which is none: its value cannot be one"),
            ("Host: secret", "line 1, which is one that a request says by itself"),
        ] {
            let error = Headers::new(text).unwrap_err();
            assert!(error.is_configuration());
            let told = error.to_string();
            assert_eq!(
                told,
                format!(
                    "expected headers to forward with, one a line as `Name: value`, got {expected}"
                )
            );
        }
    }
}
