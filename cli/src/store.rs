//! Which store is meant where nobody says, and what its errors mean to the shell.

use std::path::Path;

use anyhow::anyhow;
use headcount_receiver::{Error, Keys, Location, Reader};

use crate::config::Kept;
use crate::exit::{Failure, Outcome};

/// The store where neither a flag nor a configuration file names one.
pub(crate) fn default() -> Location {
    Location::Sqlite("headcount.db".into())
}

/// The database of a store that is there. Nothing is made where nothing is.
pub(crate) fn existing(location: &Location) -> Outcome<&Path> {
    let expected = match location {
        Location::Memory => format!(
            "expected a store such as sqlite:PATH, got {location}, which no other process can read"
        ),
        Location::Sqlite(path) if path.exists() => return Ok(path),
        Location::Sqlite(path) => format!(
            "expected a database in {}, there is none: name it with --store sqlite:PATH",
            path.display()
        ),
    };
    Err(Failure::Configuration(anyhow!(expected)))
}

/// Opens a store that is there to read, with the keys that belong to it.
pub(crate) fn read(Kept { store, secret, .. }: &Kept) -> Outcome<(Reader, Keys)> {
    existing(store)?;
    store.read(secret.as_deref()).map_err(failure)
}

/// The failure that an error of the receiver is.
pub(crate) fn failure(error: Error) -> Failure {
    if error.is_address() {
        // Not of configuration: whoever starts it again may be lucky.
        Failure::Failed(anyhow!("{error} with --listen"))
    } else if error.is_configuration() {
        Failure::Configuration(error.into())
    } else {
        Failure::Failed(error.into())
    }
}
