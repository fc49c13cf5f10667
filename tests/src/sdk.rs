//! The stock OpenTelemetry SDKs, which send reports as an application would: unmodified, and set by what they
//! document. One process of a language sends any number of reports.

use std::fs;

use anyhow::{Context as _, ensure};
use serde::Serialize;

use crate::client::{Encoding, Way};
use crate::peer::Peer;
use crate::process::{Finished, run};

/// The official OpenTelemetry SDK of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sdk {
    /// `opentelemetry-sdk`, and its exporters.
    Python,
    /// `@opentelemetry/sdk-metrics`, and its exporters.
    Node,
    /// `go.opentelemetry.io/otel/sdk/metric`, and its exporters.
    Go,
    /// `opentelemetry_sdk` and `opentelemetry-otlp`.
    Rust,
}

/// One report that an SDK sends.
#[derive(Clone, Debug, Serialize)]
pub struct Sending {
    /// The transport.
    #[serde(rename = "transport")]
    pub way: Way,
    /// The compression.
    #[serde(rename = "compression")]
    pub encoding: Encoding,
    /// Where to, without a path: `http://127.0.0.1:4318`.
    pub endpoint: String,
    /// What the application records, as in the files of `tests/peers/reports/`.
    pub report: serde_json::Value,
    /// How often it exports. Only the last time are the values those of the report; each time before they are greater.
    pub flushes: u32,
    /// Whether Node's gauges are integers, which they are with the other SDKs anyway.
    pub integers: bool,
}

impl Sdk {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Python, Self::Node, Self::Go, Self::Rust];

    /// The language, as people write it.
    pub fn language(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node",
            Self::Go => "Go",
            Self::Rust => "Rust",
        }
    }

    /// The transports and compressions that the SDK has.
    pub fn offers(self) -> Vec<(Way, Encoding)> {
        let ways: &[Way] = match self {
            Self::Go => &[Way::Grpc, Way::Protobuf],
            Self::Python | Self::Node | Self::Rust => &Way::ALL,
        };
        let encodings: &[Encoding] = match self {
            Self::Rust => &Encoding::ALL,
            Self::Python | Self::Node | Self::Go => &[Encoding::Identity, Encoding::Gzip],
        };
        let offers = |&way| encodings.iter().map(move |&encoding| (way, encoding));
        ways.iter().flat_map(offers).collect()
    }

    /// Sends the reports, one after the other, from one process.
    ///
    /// Errors: an SDK that failed, or had anything to say.
    pub fn send(self, sendings: &[Sending]) -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("sendings.json");
        fs::write(&file, serde_json::to_string(sendings)?)?;
        let mut command = self.peer().command()?;
        // A loaded machine may take longer than their ten seconds. Python's SDK takes the variable for seconds.
        let timeout = if self == Self::Python { "60" } else { "60000" };
        command.arg(file).env("OTEL_EXPORTER_OTLP_TIMEOUT", timeout);
        let sent = run(&mut command).and_then(Finished::success);
        let sent = sent.with_context(|| format!("the SDK of {}", self.language()))?;
        ensure!(
            sent.stdout.is_empty() && sent.stderr.is_empty(),
            "expected the SDK of {} to say nothing, it said {}{}",
            self.language(),
            sent.stdout,
            sent.stderr
        );
        Ok(())
    }

    fn peer(self) -> Peer {
        match self {
            Self::Python => Peer::PythonSdk,
            Self::Node => Peer::NodeSdk,
            Self::Go => Peer::GoSdk,
            Self::Rust => Peer::RustSdk,
        }
    }
}
