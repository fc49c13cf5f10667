//! Which store an operator means.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use super::sqlite::is_empty;
use super::{Memory, Options, Reader, Sqlite, Store};
use crate::error::{Error, Kind};
use crate::secret::Keys;

/// A store by name: `memory`, or `sqlite:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In memory.
    Memory,
    /// In a SQLite database of this path.
    Sqlite(PathBuf),
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err(Kind::Location(text.to_owned()).into()),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

impl Location {
    /// Opens the store, made where there is none, and the keys that belong to it.
    ///
    /// Errors: a database or a secret that cannot be made or is not ours, or a database with reports
    /// whose secret is lost.
    pub fn open(&self) -> Result<(Arc<dyn Store>, Keys), Error> {
        self.open_with(None)
    }

    /// The same, with the secret in a file that is named, if one is.
    ///
    /// Errors: as for [`Location::open`].
    pub fn open_with(&self, secret: Option<&Path>) -> Result<(Arc<dyn Store>, Keys), Error> {
        match self {
            Self::Memory => Ok((Arc::new(Memory::new()), Keys::fresh()?)),
            Self::Sqlite(path) => {
                let secret = secret_path(path, secret);
                // Under a new secret nothing that is stored could be read.
                let keys = if is_empty(path)? {
                    Keys::load_or_create(&secret)?
                } else {
                    Keys::load(&secret)?
                };
                Ok((Arc::new(Sqlite::open(path, &keys, Options::default())?), keys))
            }
        }
    }

    /// The file of the receiver's secret: the one that is named, if one is, else that beside the database. `None` for a
    /// store that has none.
    pub fn secret(&self, named: Option<&Path>) -> Option<PathBuf> {
        match self {
            Self::Memory => None,
            Self::Sqlite(path) => Some(secret_path(path, named)),
        }
    }

    /// Opens the store to read beside a receiver, with the keys that belong to it. Nothing is made.
    ///
    /// Errors: a store that no other process can read, or as for [`Reader::open`].
    pub fn read(&self, secret: Option<&Path>) -> Result<(Reader, Keys), Error> {
        let Self::Sqlite(path) = self else {
            return Err(Kind::Location(self.to_string()).into());
        };
        let secret = secret_path(path, secret);
        let keys =
            if is_empty(path)? && !secret.exists() { Keys::fresh()? } else { Keys::load(&secret)? };
        Ok((Reader::open(path, &keys)?, keys))
    }
}

/// The secret stands beside the database unless somebody says otherwise.
fn secret_path(database: &Path, named: Option<&Path>) -> PathBuf {
    if let Some(named) = named {
        return named.to_owned();
    }
    let mut name = database.as_os_str().to_owned();
    name.push(".secret");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_read_as_they_are_shown() {
        for text in ["memory", "sqlite:reports.db", "sqlite:C:/reports.db"] {
            assert_eq!(text.parse::<Location>().unwrap().to_string(), text);
        }
        for text in ["", "sqlite", "sqlite:", "memory:", "postgres:x"] {
            let error = text.parse::<Location>().unwrap_err();
            assert!(error.is_configuration(), "{error}");
        }
    }
}
