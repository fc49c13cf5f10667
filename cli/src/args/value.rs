//! Values of flags, and of the same settings in a configuration file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(pub(crate) SocketAddr);

/// The contracts whose reports are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// Those of an application: of one version, or of all.
    Label { name: String, version: Option<String> },
    /// The one in a file.
    File(PathBuf),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| {
            format!("expected an IP address and a port such as 127.0.0.1:4317 or [::1]:4317, got `{text}`")
        })
    }
}

impl FromStr for Selection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = Path::new(text);
        if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            return Ok(Self::File(path.to_owned()));
        }
        let (name, version) = match text.split_once('/') {
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (text, None),
        };
        if name.is_empty() || version.as_deref().is_some_and(str::is_empty) {
            return Err(format!(
                "expected a contract such as openfn, openfn/2 or shop.yaml, got `{text}`"
            ));
        }
        Ok(Self::Label { name: name.to_owned(), version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_port() {
        for good in ["127.0.0.1:4317", "[::]:0"] {
            assert_eq!(good.parse::<Address>().unwrap().0.to_string(), good);
        }
        for bad in ["", "4317", "127.0.0.1", "localhost:4317", "::1:4317"] {
            let error = bad.parse::<Address>().unwrap_err();
            assert!(error.ends_with(&format!("got `{bad}`")), "{error}");
        }
    }

    #[test]
    fn a_selection_is_a_label_or_a_file() {
        let label = |name: &str, version: Option<&str>| Selection::Label {
            name: name.to_owned(),
            version: version.map(str::to_owned),
        };
        for (text, meant) in [
            ("openfn/2", label("openfn", Some("2"))),
            ("openfn", label("openfn", None)),
            ("manyfold/0.90", label("manyfold", Some("0.90"))),
            ("shop.yaml", Selection::File("shop.yaml".into())),
            ("contracts/shop.yml", Selection::File("contracts/shop.yml".into())),
        ] {
            assert_eq!(text.parse::<Selection>().unwrap(), meant);
        }
        for bad in ["", "/2", "openfn/"] {
            let error = bad.parse::<Selection>().unwrap_err();
            assert!(error.ends_with(&format!("got `{bad}`")), "{error}");
        }
    }
}
