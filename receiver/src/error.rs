//! Why the receiver cannot start, or its store not keep or show what it should.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::front::Wrong;
use crate::publish;
use crate::store::StoredKey;

/// An error of the receiver, for its operator. A client is told a [`Refusal`](crate::Refusal).
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("expected to listen on {address}, got: {reason}")]
    Listen { address: SocketAddr, kind: ErrorKind, reason: String },
    #[error("expected the folder {0} for the database, there is none: create it")]
    NoFolder(PathBuf),
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
    #[error("expected what is counted of {contract} to be whole, got damage in {what}: {reason}")]
    DamagedFigures { contract: String, what: String, reason: String },
    #[error("expected the receiver's secret in {path}, got {reason}")]
    Secret { path: PathBuf, reason: String },
    #[error("expected the operator's token{place}, got {reason}")]
    Token { place: String, reason: String },
    #[error("expected headers to forward with, one a line as `Name: value`{place}, got {reason}")]
    Headers { place: String, reason: String },
    #[error("expected certificates of authorities{place}, got {reason}")]
    Authorities { place: String, reason: String },
    #[error("expected random bytes from the operating system, got: {0}")]
    Random(String),
    #[error(transparent)]
    Tls(#[from] Wrong),
    #[error(transparent)]
    Publish(#[from] publish::Wrong),
    #[error("expected admission.contracts to name known contracts ({known}), got {label}")]
    Contract { label: String, known: String },
    #[error("expected a store such as memory or sqlite:PATH, got `{0}`")]
    Location(String),
}

impl Error {
    /// Whether the store may work again later, without anybody's help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.0, Kind::Unavailable { .. })
    }

    /// Whether a single stored report is damaged, or what is counted of one application; others are not affected.
    pub fn is_damaged(&self) -> bool {
        matches!(self.0, Kind::Damaged { .. } | Kind::DamagedFigures { .. })
    }

    /// Whether an address cannot be listened on, and may be later: something else has it, or the
    /// network is not up yet. The text ends with the advice to choose another.
    pub fn is_address(&self) -> bool {
        use ErrorKind::{AddrInUse, AddrNotAvailable};
        matches!(self.0, Kind::Listen { kind: AddrInUse | AddrNotAvailable, .. })
    }

    /// Whether something must be set otherwise: an address, a store, a file.
    pub fn is_configuration(&self) -> bool {
        !self.is_unavailable() && !self.is_damaged() && !self.is_address()
    }

    /// What is wrong with a stored report, without its key.
    pub(crate) fn damage(&self) -> String {
        match &self.0 {
            Kind::Damaged { reason, .. } | Kind::DamagedFigures { reason, .. } => reason.clone(),
            other => other.to_string(),
        }
    }

    pub(crate) fn listen(address: SocketAddr, error: &io::Error) -> Self {
        let kind = error.kind();
        let reason = match kind {
            ErrorKind::AddrInUse => {
                "address already in use: stop what has the port, or choose another".to_owned()
            }
            ErrorKind::AddrNotAvailable => {
                "an address that this machine does not have: choose another".to_owned()
            }
            _ => error.to_string(),
        };
        Kind::Listen { address, kind, reason }.into()
    }
}
