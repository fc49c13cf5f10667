//! The servers that are compared.

use std::net::SocketAddr;
use std::path::Path;

use crate::collector::{self, Removal};
use crate::process::Process;
use crate::relay;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Our relay: ids are hashed, and the last value of each series is on the disk before it answers.
    Relay,
    /// A Collector that writes what passes to a file, without waiting for the disk.
    Collector(Removal),
}

impl Kind {
    /// Ours last: it is compared with the others.
    pub(crate) const ALL: [Self; 3] =
        [Self::Collector(Removal::Redaction), Self::Collector(Removal::Transform), Self::Relay];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Relay => "headcount relay",
            Self::Collector(Removal::Redaction) => "Collector, redaction, file",
            Self::Collector(Removal::Transform) => "Collector, transform with SHA256, file",
        }
    }
}

/// A server that listens.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    /// How many points the relay kept; the Collector tells nobody.
    kept: Option<relay::Kept>,
}

impl Server {
    /// Starts a server on some cores, all where none are named, with a directory for what it keeps, and waits until it
    /// listens.
    pub(crate) fn start(kind: Kind, directory: &Path, cores: Option<&str>) -> Self {
        match kind {
            Kind::Relay => {
                let (process, address, kept) = relay::start(directory, cores);
                Self { process, address, kept: Some(kept) }
            }
            Kind::Collector(removal) => {
                let (process, address) = collector::start(removal, directory, cores);
                Self { process, address, kept: None }
            }
        }
    }

    /// Ends the server, which must have kept so many points.
    pub(crate) fn stop(mut self, points: u64) {
        if let Some(kept) = self.kept.take() {
            assert_eq!(kept.count(&mut self.process), points, "every point that was sent is kept");
        }
    }
}
