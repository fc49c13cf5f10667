//! Where the programs under test and their peers are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// A program of someone else's, in their language, with their library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The official OpenTelemetry SDK of Python: `send.py`.
    PythonSdk,
    /// The same, and a script that is named.
    Python,
    /// The official OpenTelemetry SDK of Node: `send.mjs`.
    NodeSdk,
    /// The official OpenTelemetry SDK of Go: `go/main.go`.
    GoSdk,
    /// The official OpenTelemetry SDK of Rust, in a workspace of its own: `rust/src/main.rs`.
    RustSdk,
    /// The official gRPC library of Python, by which an instance asks: `ask.py`.
    PythonGrpc,
    /// Node's own HTTP client, by which an instance asks: `ask.mjs`.
    NodeFetch,
    /// Shields' own library, which draws what a badge's endpoint answers: `badge.mjs`.
    ShieldsBadge,
    /// The JSON Schema validator `jsonschema` of Python: `validate.py`.
    JsonSchemaValidator,
    /// The YAML parser of Python: `registry.py`.
    YamlParser,
}

impl Peer {
    /// The command that starts the peer. Of the environment it gets only what it needs to start, so
    /// that no `OTEL_*` variable of the developer's decides anything.
    pub fn command(self) -> anyhow::Result<Command> {
        let (program, script) = match self {
            Self::PythonSdk => (python()?, Some("python/send.py")),
            Self::Python => (python()?, None),
            Self::NodeSdk => ("node".into(), Some("node/send.mjs")),
            Self::GoSdk => (target()?.join("peers/go/send"), None),
            Self::RustSdk => (target()?.join("peers/rust/send"), None),
            Self::PythonGrpc => (python()?, Some("python/ask.py")),
            Self::NodeFetch => ("node".into(), Some("node/ask.mjs")),
            Self::ShieldsBadge => ("node".into(), Some("node/badge.mjs")),
            Self::JsonSchemaValidator => (python()?, Some("python/validate.py")),
            Self::YamlParser => (python()?, Some("python/registry.py")),
        };
        let installed = match self {
            Self::NodeSdk => folder().join("node/node_modules/@opentelemetry"),
            Self::ShieldsBadge => folder().join("node/node_modules/badge-maker"),
            Self::NodeFetch => folder(),
            _ => program.clone(),
        };
        ensure!(
            installed.exists(),
            "the peer {self:?} is not installed: expected {}; run ./test once",
            installed.display()
        );
        let mut command = Command::new(program);
        command.env_clear().args(script.map(|script| folder().join(script)));
        if let Some(path) = env::var_os("PATH") {
            command.env("PATH", path);
        }
        Ok(command)
    }

    /// The command that sends one of the reports in `tests/peers/reports/` to `endpoint`, which is
    /// given the way every SDK takes it: by environment variable. For the SDKs of Python and Node; [`Sdk`](crate::Sdk)
    /// sends with all.
    pub fn sends(self, protocol: &str, report: &str, endpoint: &str) -> anyhow::Result<Command> {
        let mut command = self.command()?;
        command.arg(protocol).arg(report_file(report)).env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        Ok(command)
    }
}

/// The `headcount` binary that cargo built last, in the profile of this test.
pub fn headcount() -> anyhow::Result<Command> {
    built("headcount", "cargo build")
}

/// One of the programs in `examples/`.
pub fn example(name: &str) -> anyhow::Result<Command> {
    built(name, "cargo build -p headcount-examples")
}

fn built(name: &str, how: &str) -> anyhow::Result<Command> {
    let binary = profile_folder()?.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    ensure!(
        binary.exists(),
        "the program under test is not built: expected {}; run `{how}` first",
        binary.display()
    );
    Ok(Command::new(binary))
}

pub(crate) fn report_file(name: &str) -> PathBuf {
    folder().join(format!("reports/{name}.json"))
}

/// Where peers lie.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn python() -> anyhow::Result<PathBuf> {
    Ok(target()?.join("peers/python/bin/python"))
}

/// Cargo's target folder.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let profile = profile_folder()?;
    let target = profile.parent().context("the profile's folder lies in cargo's target folder")?;
    Ok(target.to_owned())
}

/// `target/debug`: a test runs as `target/debug/deps/NAME`.
fn profile_folder() -> anyhow::Result<PathBuf> {
    let test = env::current_exe()?;
    let folder = test.ancestors().nth(2);
    Ok(folder.with_context(|| format!("{} lies in no folder", test.display()))?.to_owned())
}
