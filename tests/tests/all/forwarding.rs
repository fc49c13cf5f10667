//! The generated configurations of the Collector, and what arrives where.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use flate2::read::MultiGzDecoder;
use headcount_tests::{Capture, Captured, Collecting, free_address, headcount, run};

/// How long anything may take before it counts as lost.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const AGAIN: Duration = Duration::from_millis(50);

/// What `headcount contract collector` prints.
pub(crate) fn printed(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = headcount()?;
    command.args(["contract", "collector"]).args(arguments).env_remove("CI");
    Ok(run(&mut command)?.success()?.stdout)
}

/// A file of `deploy/collector/`.
pub(crate) fn shipped(name: &str) -> anyhow::Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/collector");
    let file = folder.join(name);
    fs::read_to_string(&file).with_context(|| file.display().to_string())
}

/// The addresses of this machine, laid over those of an operator's own configuration. Its backend is sent to without
/// compression, so that bytes can be looked at.
const ADDRESSES: &str = r#"
extensions: { health_check: { endpoint: "${env:HEALTH}" } }
receivers:
  otlp: { protocols: { grpc: { endpoint: "${env:GRPC}" }, http: { endpoint: "${env:HTTP}" } } }
exporters: { otlp_http/backend: { endpoint: "${env:BACKEND}", compression: none } }
"#;

/// An operator's own Collector, as `deploy/collector/` has it, with this backend and with another configuration beside
/// its own.
pub(crate) fn beside(own: &str, backend: &Capture, other: &str) -> anyhow::Result<Collecting> {
    let collecting = Collecting::by(&shipped(own)?).and(other).and(ADDRESSES);
    Ok(collecting.set("BACKEND", &backend.endpoint()).set("HEALTH", &free_address()?.to_string()))
}

/// What came to a capture server, without compression and without gRPC's frame.
pub(crate) fn plain(captured: &Captured) -> anyhow::Result<Vec<u8>> {
    let named = captured.headers.get("content-encoding").is_some_and(|coding| coding == "gzip");
    let framed = captured.headers.get("grpc-encoding").is_some() && captured.body[..1] == [1];
    let message = captured.message();
    if !named && !framed {
        return Ok(message.to_vec());
    }
    let mut bytes = Vec::new();
    MultiGzDecoder::new(&message[..]).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Looks again until it is so.
pub(crate) fn until(mut so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !so()? {
        ensure!(Instant::now() < deadline, "it was not so within {PATIENCE:?}");
        thread::sleep(AGAIN);
    }
    Ok(())
}
