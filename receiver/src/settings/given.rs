//! Values of settings: how they are read from what was given, and how they are shown.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use ipnet::IpNet;
use jiff::SignedDuration;

use super::colour::Colour;
use crate::backend::Endpoint;
use crate::store::Location;

/// What was given for a setting, in a file, a variable or a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Text; a variable or a flag knows nothing else.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// Several; in text they stand between commas.
    List(Vec<Given>),
}

/// A type that a setting can have.
pub trait Setting: Sized {
    /// What is expected, as the end of a sentence.
    const EXPECTED: &'static str;

    /// The value, if that is what was given.
    fn read(given: &Given) -> Option<Self>;

    /// The value as TOML; `None` where it is not set.
    fn show(&self) -> Option<String>;

    /// Has a path that is relative begin at this folder. What is no path stays as it is.
    fn anchor(&mut self, folder: &Path) {
        let _ = folder;
    }
}

impl Given {
    fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Boolean(_) | Self::List(_) => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()),
            _ => None,
        }
    }
}

/// Text in TOML: a basic string, escaped.
pub fn quoted(text: &str) -> String {
    // JSON's escapes are among TOML's.
    serde_json::Value::from(text).to_string()
}

/// Settings that are whole numbers of at least 1: a limit of nothing would stop everything.
macro_rules! counts {
    ($($number:ty),*) => {$(
        impl Setting for $number {
            const EXPECTED: &'static str = "a whole number of at least 1";

            fn read(given: &Given) -> Option<Self> {
                Self::try_from(given.integer()?).ok().filter(|&number| number > 0)
            }

            fn show(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}
counts!(u32, u64, usize);

impl Setting for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(given: &Given) -> Option<Self> {
        match given {
            Given::Boolean(boolean) => Some(*boolean),
            _ => given.text()?.parse().ok(),
        }
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for Duration {
    const EXPECTED: &'static str = "a duration such as \"5s\" or \"1m 30s\"";

    fn read(given: &Given) -> Option<Self> {
        let duration: SignedDuration = given.text()?.parse().ok()?;
        Self::try_from(duration).ok().filter(|duration| !duration.is_zero())
    }

    fn show(&self) -> Option<String> {
        let duration = SignedDuration::try_from(*self).unwrap_or(SignedDuration::MAX);
        Some(quoted(&format!("{duration:#}")))
    }
}

impl Setting for ByteSize {
    const EXPECTED: &'static str = "a number of bytes such as \"4MiB\"";

    fn read(given: &Given) -> Option<Self> {
        let size = match given {
            Given::Integer(bytes) => Self::b(u64::try_from(*bytes).ok()?),
            _ => given.text()?.parse().ok()?,
        };
        (size.as_u64() > 0).then_some(size)
    }

    fn show(&self) -> Option<String> {
        let units = [("GiB", bytesize::GIB), ("MiB", bytesize::MIB), ("KiB", bytesize::KIB)];
        let whole = units.into_iter().find(|(_, unit)| self.as_u64().is_multiple_of(*unit));
        Some(match whole {
            Some((name, unit)) => quoted(&format!("{}{name}", self.as_u64() / unit)),
            None => self.as_u64().to_string(),
        })
    }
}

/// Settings that are texts in a file.
macro_rules! texts {
    ($($text:ty, $expected:literal, $show:expr;)*) => {$(
        impl Setting for $text {
            const EXPECTED: &'static str = $expected;

            fn read(given: &Given) -> Option<Self> {
                given.text().filter(|text| !text.is_empty())?.parse().ok()
            }

            fn show(&self) -> Option<String> {
                let show: fn(&Self) -> String = $show;
                Some(quoted(&show(self)))
            }
        }
    )*};
}
texts! {
    SocketAddr, "an IP address and a port such as 127.0.0.1:4317 or [::1]:4317", Self::to_string;
    IpNet, "a network such as 10.0.0.0/8, 192.0.2.7/32 or 2001:db8::/48", Self::to_string;
    Colour, "a colour such as #0b6e4f", Self::to_string;
    Endpoint, "a URL such as https://collector.example.org:4318", Self::to_string;
    String, "a text", Self::clone;
}

impl Setting for PathBuf {
    const EXPECTED: &'static str = "a path";

    fn read(given: &Given) -> Option<Self> {
        given.text().filter(|text| !text.is_empty()).map(Self::from)
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.display().to_string()))
    }

    fn anchor(&mut self, folder: &Path) {
        *self = folder.join(&*self);
    }
}

impl Setting for Location {
    const EXPECTED: &'static str = "a store such as memory or sqlite:PATH";

    fn read(given: &Given) -> Option<Self> {
        given.text()?.parse().ok()
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }

    fn anchor(&mut self, folder: &Path) {
        match self {
            Self::Memory => {}
            Self::Sqlite(path) => path.anchor(folder),
        }
    }
}

impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(given: &Given) -> Option<Self> {
        T::read(given).map(Some)
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }

    fn anchor(&mut self, folder: &Path) {
        if let Some(value) = self {
            value.anchor(folder);
        }
    }
}

impl<T: Setting> Setting for Vec<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(given: &Given) -> Option<Self> {
        match given {
            Given::List(items) => items.iter().map(T::read).collect(),
            Given::Text(text) => text
                .split(',')
                .filter(|item| !item.trim().is_empty())
                .map(|item| T::read(&Given::Text(item.to_owned())))
                .collect(),
            Given::Integer(_) | Given::Boolean(_) => None,
        }
    }

    fn show(&self) -> Option<String> {
        let items: Vec<_> = self.iter().filter_map(T::show).collect();
        (!items.is_empty()).then(|| format!("[{}]", items.join(", ")))
    }

    fn anchor(&mut self, folder: &Path) {
        for item in self {
            item.anchor(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Given {
        Given::Text(text.to_owned())
    }

    #[test]
    fn what_is_shown_reads_as_the_same() {
        fn told<T: Setting + PartialEq + std::fmt::Debug>(given: &str) -> String {
            let value = T::read(&text(given)).unwrap_or_else(|| panic!("not read: {given}"));
            let shown = value.show().expect("a value that is set is shown");
            let again = T::read(&text(shown.trim_matches('"')));
            assert_eq!(again.as_ref(), Some(&value), "{shown}");
            shown
        }
        assert_eq!(told::<Duration>("5s"), "\"5s\"");
        assert_eq!(told::<Duration>("90s"), "\"1m 30s\"");
        assert_eq!(told::<Duration>("250ms"), "\"250ms\"");
        assert_eq!(told::<ByteSize>("4MiB"), "\"4MiB\"");
        assert_eq!(told::<ByteSize>("1000"), "1000");
        assert_eq!(told::<SocketAddr>("[::1]:4317"), "\"[::1]:4317\"");
        assert_eq!(told::<IpNet>("10.0.0.0/8"), "\"10.0.0.0/8\"");
        assert_eq!(told::<bool>("true"), "true");
        assert_eq!(told::<u32>("64"), "64");
    }

    #[test]
    fn paths_that_are_relative_begin_at_the_folder() {
        let folder = Path::new("/etc/headcount");
        let mut paths = Some(vec![PathBuf::from("a.pem"), "/b.pem".into()]);
        paths.anchor(folder);
        assert_eq!(paths.unwrap(), ["/etc/headcount/a.pem", "/b.pem"].map(PathBuf::from));
        let mut store: Location = "sqlite:a.db".parse().unwrap();
        store.anchor(folder);
        assert_eq!(store.to_string(), "sqlite:/etc/headcount/a.db");
    }

    #[test]
    fn what_is_something_else_is_not_taken() {
        for wrong in ["", "0", "-1", "1.5", "many"] {
            assert_eq!(u32::read(&text(wrong)), None, "{wrong}");
        }
        for wrong in ["5", "-5s", "0s", "soon"] {
            assert_eq!(Duration::read(&text(wrong)), None, "{wrong}");
        }
        for wrong in ["0", "4 apples", "-4MiB"] {
            assert_eq!(ByteSize::read(&text(wrong)), None, "{wrong}");
        }
        assert_eq!(SocketAddr::read(&text("localhost:4317")), None);
    }

    #[test]
    fn a_list_stands_between_commas_where_there_is_only_text() {
        let listed = Given::List(vec![text("127.0.0.1:1"), text("127.0.0.1:2")]);
        let read = Vec::<SocketAddr>::read(&listed).unwrap();
        assert_eq!(Vec::read(&text("127.0.0.1:1, 127.0.0.1:2")), Some(read.clone()));
        assert_eq!(read.show().unwrap(), r#"["127.0.0.1:1", "127.0.0.1:2"]"#);
        assert_eq!(Vec::<SocketAddr>::read(&text("127.0.0.1:1,no")), None);
    }
}
