//! Why the receiver cannot start, or its store not keep or show what it should.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::store::StoredKey;

/// An error of the receiver, for its operator. A client is told a [`Refusal`](crate::Refusal).
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("expected to listen on {address}, got: {reason}")]
    Listen { address: SocketAddr, reason: String },
    #[error("expected the database {path} to work, got: {reason}")]
    Unavailable { path: PathBuf, reason: String },
    #[error("expected a database of headcount in {path}, got {came}")]
    Foreign { path: PathBuf, came: &'static str },
    #[error(
        "expected the database {path} to have version {known} at most, got {came}: \
         a newer headcount made it"
    )]
    Newer { path: PathBuf, known: i64, came: i64 },
    #[error("expected a stored report at {key}, got damage: {reason}")]
    Damaged { key: Box<StoredKey>, reason: String },
    #[error("expected the receiver's secret in {path}, got {reason}")]
    Secret { path: PathBuf, reason: String },
    #[error("expected random bytes from the operating system, got: {0}")]
    Random(String),
    #[error("expected a store such as memory or sqlite:PATH, got `{0}`")]
    Location(String),
}

impl Error {
    /// Whether the store may work again later, without anybody's help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.0, Kind::Unavailable { .. })
    }

    /// Whether a single stored report is damaged; others are not affected.
    pub fn is_damaged(&self) -> bool {
        matches!(self.0, Kind::Damaged { .. })
    }

    /// Whether something must be set otherwise: an address, a store, a file.
    pub fn is_configuration(&self) -> bool {
        !self.is_unavailable() && !self.is_damaged()
    }

    pub(crate) fn listen(address: SocketAddr, error: &io::Error) -> Self {
        Kind::Listen { address, reason: error.to_string() }.into()
    }
}
