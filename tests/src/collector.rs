//! A running OpenTelemetry Collector.

mod collecting;
mod port;
mod signals;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver as Events, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::process::{PATIENCE, run};

pub use collecting::Collecting;
pub use port::free_address;
use signals::{WITHOUT_INTERRUPTS, until_interruptible};

/// What a Collector says as soon as every part of it works.
const READY: &str = "Everything is ready. Begin running and processing data.";
/// Between two looks at a log.
const AGAIN: Duration = Duration::from_millis(20);

/// An OpenTelemetry Collector on two ports of the loopback, with a folder of its own. It is killed when this is dropped.
#[derive(Debug)]
pub struct Collector {
    how: How,
    running: Option<Running>,
    log: Arc<Mutex<String>>,
    grpc: SocketAddr,
    http: SocketAddr,
    folder: TempDir,
}

#[derive(Debug)]
struct How {
    binary: PathBuf,
    words: Vec<String>,
    variables: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// Tells once that it is ready, and disconnects when its standard error ends.
    events: Events<()>,
}

impl Collector {
    /// Starts a Collector by a [configuration](Collecting) and waits until it is ready.
    pub fn start(configuration: &str) -> anyhow::Result<Self> {
        Collecting::by(configuration).start()
    }

    /// Where `${env:GRPC}` listens.
    pub fn grpc(&self) -> SocketAddr {
        self.grpc
    }

    /// Where `${env:HTTP}` listens.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// `${env:FOLDER}`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All that it wrote on standard error until now, over all its lives.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it as a crash does (SIGKILL), and waits until it is gone.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        let mut running = self.running.take().context("the Collector does not run")?;
        running.child.kill()?;
        running.child.wait()?;
        Ok(())
    }

    /// Starts it again after its end, on the same ports and with what it left in its folder.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        ensure!(self.running.is_none(), "the Collector runs already");
        match self.launch()? {
            None => Ok(()),
            Some(status) => bail!("the Collector ended with {status}: {}", self.log()),
        }
    }

    /// Asks it to end (SIGINT) and waits until it has: before that it sends what waits in memory.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let mut running = self.running.take().context("the Collector does not run")?;
        run(Command::new("kill").args(["-INT", &running.child.id().to_string()]))?.success()?;
        let deadline = Instant::now() + PATIENCE;
        while running.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                running.child.kill()?;
                running.child.wait()?;
                bail!("the Collector did not end within {PATIENCE:?} of SIGINT: {}", self.log());
            }
            thread::sleep(AGAIN);
        }
        // What it said last is in the log when its standard error has ended.
        while running.events.recv_timeout(PATIENCE).is_ok() {}
        let status = running.child.wait()?;
        ensure!(status.success(), "expected an orderly end, got {status}: {}", self.log());
        Ok(())
    }

    /// `None` as soon as it is ready; how it ended where it did instead.
    fn launch(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WITHOUT_INTERRUPTS]).arg(&self.how.binary).args(&self.how.words);
        command.env_clear().envs(&self.how.variables);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let stderr = child.stderr.take().context("standard error is piped")?;
        let (tell, events) = mpsc::channel();
        follow(stderr, Arc::clone(&self.log), tell);
        match events.recv_timeout(PATIENCE) {
            Ok(()) => {
                until_interruptible(&mut child)?;
                self.running = Some(Running { child, events });
                Ok(None)
            }
            Err(RecvTimeoutError::Disconnected) => Ok(Some(child.wait()?)),
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                child.wait()?;
                bail!("the Collector was not ready within {PATIENCE:?}: {}", self.log())
            }
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            // It may have ended already, which is as good.
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}

/// Keeps what the Collector says, and tells when it is ready.
fn follow(stderr: ChildStderr, log: Arc<Mutex<String>>, tell: Sender<()>) {
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
            drop(log);
            if line.contains(READY) {
                // Nobody listens any more where the Collector was given up.
                let _ = tell.send(());
            }
        }
    });
}
