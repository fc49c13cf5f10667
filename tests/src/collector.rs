//! A running OpenTelemetry Collector.

mod port;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver as Events, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::peer::target;
use crate::process::{Finished, PATIENCE, run};

pub use port::free_address;

/// What a Collector says as soon as every part of it works.
const READY: &str = "Everything is ready. Begin running and processing data.";
const TAKEN: &str = "address already in use";
/// Between two looks at a log.
const AGAIN: Duration = Duration::from_millis(20);
/// How often other ports are tried where one was taken after all.
const TRIES: usize = 8;

/// How a Collector is started.
///
/// A configuration is a Collector's own YAML. `${env:GRPC}` and `${env:HTTP}` in it stand for the two addresses that the
/// Collector is to listen on, `${env:FOLDER}` for a folder of its own; others are [set](Self::set).
#[derive(Clone, Debug, Default)]
pub struct Collecting {
    configurations: Vec<String>,
    variables: BTreeMap<String, String>,
}

impl Collecting {
    /// By this configuration.
    pub fn by(configuration: &str) -> Self {
        Self::default().and(configuration)
    }

    /// By the configurations before with this one laid over them, as the Collector lays them: maps are merged, all else
    /// is replaced.
    #[must_use]
    pub fn and(mut self, configuration: &str) -> Self {
        self.configurations.push(configuration.to_owned());
        self
    }

    /// With this variable in its environment.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.insert(name.to_owned(), value.to_string());
        self
    }

    /// Starts it and waits until it is ready.
    pub fn start(self) -> anyhow::Result<Collector> {
        for _ in 0..TRIES {
            if let Some(collector) = self.clone().attempt()? {
                return Ok(collector);
            }
        }
        bail!("expected free ports for a Collector, and {TRIES} times others were faster")
    }

    /// Starts it where it must not start, and returns how it ended.
    pub fn refused(self) -> anyhow::Result<Finished> {
        let mut collector = self.prepare()?;
        match collector.launch()? {
            None => bail!("expected the Collector to refuse, and it runs: {}", collector.log()),
            Some(status) => Ok(Finished { status, stdout: String::new(), stderr: collector.log() }),
        }
    }

    /// `None` where a port was taken.
    fn attempt(self) -> anyhow::Result<Option<Collector>> {
        let mut collector = self.prepare()?;
        match collector.launch()? {
            None => Ok(Some(collector)),
            Some(_) if collector.log().contains(TAKEN) => Ok(None),
            Some(status) => bail!("the Collector ended with {status}: {}", collector.log()),
        }
    }

    fn prepare(self) -> anyhow::Result<Collector> {
        let binary = target()?.join("peers/collector/otelcol");
        ensure!(
            binary.exists(),
            "the OpenTelemetry Collector is not built: expected {}; run ./test once",
            binary.display()
        );
        let folder = tempfile::tempdir()?;
        let mut words = Vec::new();
        for (number, configuration) in self.configurations.iter().enumerate() {
            let file = folder.path().join(format!("configuration-{number}.yaml"));
            fs::write(&file, configuration)?;
            words.push(format!("--config=file:{}", file.display()));
        }
        // Its own metrics would listen on a port that all Collectors share.
        words.push("--config=yaml:service::telemetry::metrics::level: none".to_owned());
        let [grpc, http] = [free_address()?, free_address()?];
        let mut variables = self.variables;
        variables.insert("GRPC".to_owned(), grpc.to_string());
        variables.insert("HTTP".to_owned(), http.to_string());
        variables.insert("FOLDER".to_owned(), folder.path().display().to_string());
        let command = How { binary, words, variables };
        Ok(Collector { how: command, running: None, log: Arc::default(), grpc, http, folder })
    }
}

#[derive(Debug)]
struct How {
    binary: std::path::PathBuf,
    words: Vec<String>,
    variables: BTreeMap<String, String>,
}

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

    /// The id of its process; an error where it does not run.
    pub fn process(&self) -> anyhow::Result<u32> {
        Ok(self.running.as_ref().context("the Collector does not run")?.child.id())
    }

    /// All that it wrote on standard error until now, over all its lives.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until its log is as wanted.
    pub fn until_log(&self, wanted: impl Fn(&str) -> bool) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(&self.log()) {
            ensure!(
                Instant::now() < deadline,
                "not in its log within {PATIENCE:?}: {}",
                self.log()
            );
            thread::sleep(AGAIN);
        }
        Ok(())
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

    /// Asks it to end (SIGTERM) and waits until it has: before that it sends what waits in memory.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let mut running = self.running.take().context("the Collector does not run")?;
        run(Command::new("kill").args(["-TERM", &running.child.id().to_string()]))?.success()?;
        let deadline = Instant::now() + PATIENCE;
        while running.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                running.child.kill()?;
                running.child.wait()?;
                bail!("the Collector did not end within {PATIENCE:?} of SIGTERM: {}", self.log());
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
    fn launch(&mut self) -> anyhow::Result<Option<std::process::ExitStatus>> {
        let mut command = Command::new(&self.how.binary);
        command.env_clear().args(&self.how.words).envs(&self.how.variables);
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
