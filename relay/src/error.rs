//! Why a relay does not start, or cannot go on.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why a relay does not start.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] pub(crate) Kind);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error(
        "expected TLS on {0}, which is not the loopback, got none: applications would send to it in clear. Give the \
         relay a certificate (tls.certificate and tls.key), let it listen on 127.0.0.1, or say that the network is \
         yours alone (plain_on_the_network)"
    )]
    Exposed(SocketAddr),
    #[error(
        "expected {path} to be free, got it in use by another relay ({holder}): stop that one, or give this one a \
         directory of its own"
    )]
    Held { path: PathBuf, holder: String },
    #[error("{0}: {1}")]
    Storage(PathBuf, io::Error),
    #[error(transparent)]
    Receiving(#[from] headcount_receiver::Error),
    #[error(transparent)]
    Reporting(#[from] headcount::Error),
    #[error("expected to start a thread, the system refused: {0}")]
    Thread(io::Error),
    #[error("expected random bytes from the operating system, got: {0}")]
    Random(String),
}

impl Error {
    /// Whether something must be set otherwise: an address, a directory, a URL, a file.
    pub fn is_configuration(&self) -> bool {
        match &self.0 {
            Kind::Exposed(_) | Kind::Held { .. } => true,
            Kind::Receiving(error) => error.is_configuration(),
            Kind::Reporting(error) => error.is_configuration(),
            Kind::Storage(..) | Kind::Thread(_) | Kind::Random(_) => false,
        }
    }

    /// Whether another relay works on the same directory.
    pub fn is_held(&self) -> bool {
        matches!(self.0, Kind::Held { .. })
    }

    pub(crate) fn storage(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Kind::Storage(path, error).into()
    }
}

impl From<headcount_receiver::Error> for Error {
    fn from(error: headcount_receiver::Error) -> Self {
        Kind::from(error).into()
    }
}

impl From<headcount::Error> for Error {
    fn from(error: headcount::Error) -> Self {
        Kind::from(error).into()
    }
}
