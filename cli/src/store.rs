//! Which store is meant where nobody says, and what its errors mean to the shell.

use anyhow::anyhow;
use headcount_receiver::{Error, Location};

use crate::exit::Failure;

/// The store where neither a flag nor a configuration file names one.
pub(crate) fn default() -> Location {
    Location::Sqlite("headcount.db".into())
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
