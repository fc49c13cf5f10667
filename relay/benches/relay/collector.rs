//! The OpenTelemetry Collector that the end-to-end tests use, too.

use std::fs;
use std::io::{BufRead as _, BufReader, copy, sink};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;

use crate::process::Process;

/// How what is not listed is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// By a list of keys that may stay. Ids stay as they are.
    Redaction,
    /// The same, and ids are hashed.
    Transform,
}

/// What a Collector says as soon as every part of it works.
const READY: &str = "Everything is ready.";

/// Large files are replaced, as a full disk would end the comparison.
const AROUND: &str = r#"
receivers: { otlp: { protocols: { grpc: { endpoint: "${env:GRPC}" } } } }
exporters:
  file: { path: "${env:FOLDER}/reports", format: proto, rotation: { max_megabytes: 100, max_backups: 1 } }
service:
  telemetry: { metrics: { level: none } }
"#;

const REDACTION: &str = "
processors:
  redaction:
    allow_all_keys: false
    allowed_keys:
      [service.name, service.version, service.instance.id, os.type, openfn.project.id, openfn.workflow.id]
service:
  pipelines: { metrics: { receivers: [otlp], processors: [redaction], exporters: [file] } }
";

const TRANSFORM: &str = r#"
processors:
  transform:
    error_mode: propagate
    metric_statements:
      - context: resource
        statements:
          - keep_keys(resource.attributes, ["service.name", "service.version", "service.instance.id", "os.type"])
          - set(resource.attributes["service.instance.id"], SHA256(resource.attributes["service.instance.id"]))
      - context: datapoint
        statements:
          - keep_keys(datapoint.attributes, ["openfn.project.id", "openfn.workflow.id"])
          - >-
            set(datapoint.attributes["openfn.project.id"], SHA256(datapoint.attributes["openfn.project.id"]))
            where datapoint.attributes["openfn.project.id"] != nil
          - >-
            set(datapoint.attributes["openfn.workflow.id"], SHA256(datapoint.attributes["openfn.workflow.id"]))
            where datapoint.attributes["openfn.workflow.id"] != nil
service:
  pipelines: { metrics: { receivers: [otlp], processors: [transform], exporters: [file] } }
"#;

/// Starts a Collector and waits until it is ready.
pub(crate) fn start(
    removal: Removal,
    directory: &Path,
    cores: Option<&str>,
) -> (Process, SocketAddr) {
    let mut words = Vec::new();
    let removing = match removal {
        Removal::Redaction => REDACTION,
        Removal::Transform => TRANSFORM,
    };
    for (name, text) in [("around.yaml", AROUND), ("removing.yaml", removing)] {
        let path = directory.join(name);
        fs::write(&path, text).expect("a directory of ours");
        words.push(format!("--config=file:{}", path.display()));
    }
    // It cannot say which port it was given.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    let mut process = Process::start(&program(), cores, |command| {
        command.args(words).env("GRPC", address.to_string()).env("FOLDER", directory);
        command.stdin(Stdio::null()).stderr(Stdio::piped());
    });
    let stderr = process.child().stderr.take().expect("it is piped");
    let mut lines = BufReader::new(stderr);
    let mut said = String::new();
    while !said.contains(READY) {
        let read = lines.read_line(&mut said).expect("a Collector prints text");
        assert!(read > 0, "expected the Collector to run, and it said: {said}");
    }
    thread::spawn(move || copy(&mut lines, &mut sink()));
    (process, address)
}

fn program() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is cargo's");
    let program = target.join("peers/collector/otelcol");
    assert!(program.exists(), "expected a Collector at {}: run ./test once", program.display());
    program
}
