//! A running Prometheus server, and what it knows.

use std::fmt;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::PATIENCE;

/// Between two questions to a server that has to be waited for.
const AGAIN: Duration = Duration::from_millis(50);

/// A Prometheus server on a free port of the loopback, with a folder of its own. It is killed when this is dropped.
pub struct Prometheus {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Prometheus {
    /// Starts it with this configuration, and waits until it listens.
    pub fn start(configuration: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new("prometheus")
            .arg("--config.file")
            .arg(configuration)
            .arg("--storage.tsdb.path")
            .arg(folder.path())
            .args(["--web.listen-address", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("expected prometheus, which ./test installs")?;
        let stderr = BufReader::new(child.stderr.take().context("standard error is piped")?);
        let (announce, announced) = mpsc::channel();
        thread::spawn(move || follow(stderr, &announce));
        let Ok(address) = announced.recv_timeout(PATIENCE) else {
            child.kill()?;
            child.wait()?;
            bail!("expected Prometheus to listen within {PATIENCE:?}");
        };
        let started = Self { child, address, _folder: folder };
        started.until_ready()?;
        Ok(started)
    }

    /// It listens a while before it answers.
    fn until_ready(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !self.ask("/-/ready")?.starts_with("HTTP/1.0 200 ") {
            ensure!(Instant::now() < deadline, "expected it to be ready within {PATIENCE:?}");
            thread::sleep(AGAIN);
        }
        Ok(())
    }

    /// Asks for the values of an expression until they are what is wanted, and gives them.
    pub fn wait(
        &self,
        expression: &str,
        wanted: impl Fn(&[Series]) -> bool,
    ) -> anyhow::Result<Vec<Series>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let came = self.query(expression)?;
            if wanted(&came) {
                return Ok(came);
            }
            if Instant::now() > deadline {
                bail!(
                    "expected {expression} to become something else within {PATIENCE:?}: {came:?}"
                );
            }
            thread::sleep(AGAIN);
        }
    }

    /// The values of an expression now.
    pub fn query(&self, expression: &str) -> anyhow::Result<Vec<Series>> {
        let encoded: String =
            expression.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let answer = self.get(&format!("/api/v1/query?query={encoded}"))?;
        let result = answer["data"]["result"].as_array();
        let result = result.with_context(|| format!("expected values, got {answer}"))?;
        result.iter().map(Series::read).collect()
    }

    /// What Prometheus tells at a path of its API.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.ask(path)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("expected a head and a body")?;
        serde_json::from_str(body).with_context(|| format!("expected JSON, got {answer}"))
    }

    fn ask(&self, path: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // HTTP/1.0, so that the body is what comes until the end.
        write!(stream, "GET {path} HTTP/1.0\r\nhost: {}\r\n\r\n", self.address)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A value with its labels.
#[derive(Clone, Debug)]
pub struct Series {
    /// The labels, as a JSON object.
    pub labels: Value,
    /// The value, as Prometheus writes it.
    pub value: String,
}

impl Series {
    fn read(result: &Value) -> anyhow::Result<Self> {
        let value = result["value"][1].as_str().context("expected a value as text")?;
        Ok(Self { labels: result["metric"].clone(), value: value.to_owned() })
    }
}

/// Reads what it says to the end, so that it never waits for a reader, and announces where it listens.
fn follow(stderr: impl std::io::BufRead, announce: &Sender<SocketAddr>) {
    for line in stderr.lines().map_while(Result::ok) {
        let Some((_, rest)) = line.split_once("msg=\"Listening on\" address=") else { continue };
        let address = rest.split_whitespace().next().and_then(|text| text.parse().ok());
        if let Some(address) = address {
            let _ = announce.send(address);
        }
    }
}
