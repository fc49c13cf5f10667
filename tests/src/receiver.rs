//! A running `headcount serve`.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver as Events, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use tempfile::TempDir;

use crate::peer::headcount;
use crate::process::{Finished, PATIENCE, run};
use crate::search::files_below;

const ANNOUNCEMENT: &str = "headcount: listening on http://";

/// A `headcount serve` on a free port of the loopback, with a SQLite store of its own. It is killed when this is
/// dropped.
#[derive(Debug)]
pub struct Receiver {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    /// Nothing is sent here: it disconnects when the receiver's standard error ends.
    ended: Events<SocketAddr>,
    folder: Arc<TempDir>,
}

/// How a receiver is started.
#[derive(Debug)]
pub struct Serving {
    folder: Arc<TempDir>,
    store: String,
    under: Vec<OsString>,
    arguments: Vec<OsString>,
}

impl Serving {
    /// In this folder, with what a receiver before it left there.
    pub fn in_folder(folder: &Arc<TempDir>) -> Self {
        let store = store(folder.path());
        Self { folder: folder.clone(), store, under: Vec::new(), arguments: Vec::new() }
    }

    /// With a store that forgets everything when it ends.
    #[must_use]
    pub fn in_memory(mut self) -> Self {
        "memory".clone_into(&mut self.store);
        self
    }

    /// By another program, which is given the receiver's command line behind these words.
    #[must_use]
    pub fn under(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.under.extend(words.into_iter().map(Into::into));
        self
    }

    /// With these arguments.
    #[must_use]
    pub fn arguments(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(words.into_iter().map(Into::into));
        self
    }

    /// With this store, as `--store` names it.
    #[must_use]
    pub fn store(mut self, store: &str) -> Self {
        store.clone_into(&mut self.store);
        self
    }

    /// Starts it and waits until it listens.
    pub fn start(self) -> anyhow::Result<Receiver> {
        self.attempt(|_| {})?.map_err(|ended| anyhow!("expected it to listen, got {ended:?}"))
    }

    /// Starts it and waits until it listens or has ended. The standard output of one that ended is not kept.
    pub fn attempt(
        self,
        adapt: impl FnOnce(&mut Command),
    ) -> anyhow::Result<Result<Receiver, Finished>> {
        let mut command = self.command()?;
        adapt(&mut command);
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let log = Arc::default();
        let (announce, ended) = mpsc::channel();
        let stderr = child.stderr.take().context("standard error is piped")?;
        follow(stderr, Arc::clone(&log), announce);
        match ended.recv_timeout(PATIENCE) {
            Ok(address) => Ok(Ok(Receiver { child, address, log, ended, folder: self.folder })),
            Err(RecvTimeoutError::Disconnected) => {
                let status = child.wait()?;
                Ok(Err(Finished { status, stdout: String::new(), stderr: read(&log) }))
            }
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                child.wait()?;
                bail!("{command:?} announced no address within {PATIENCE:?}: {}", read(&log));
            }
        }
    }

    /// Starts it and kills it (SIGKILL) after a time, wherever it is by then.
    pub fn kill_after(self, time: Duration) -> anyhow::Result<()> {
        let mut child = self.command()?.stderr(Stdio::null()).spawn()?;
        thread::sleep(time);
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    fn command(&self) -> anyhow::Result<Command> {
        let built = headcount()?;
        let mut command = match self.under.split_first() {
            None => built,
            Some((program, words)) => {
                let mut command = Command::new(program);
                command.args(words).arg(built.get_program());
                command
            }
        };
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--store", &self.store])
            // Tests send a lot, and for the same days for ever.
            .args(["--set", "admission.unlimited=127.0.0.0/8", "--set", "admission.days=100000"])
            .args(&self.arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env_remove("RUST_LOG")
            .env_remove("CI")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Ok(command)
    }
}

impl Receiver {
    /// Starts a receiver and waits until it listens.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(|_| {})
    }

    /// As [`start`](Self::start), after `adapt` has added arguments or environment variables.
    pub fn start_with(adapt: impl FnOnce(&mut Command)) -> anyhow::Result<Self> {
        let folder = Arc::new(tempfile::tempdir()?);
        let started = Serving::in_folder(&folder).attempt(adapt)?;
        started.map_err(|ended| anyhow!("expected it to listen, got {ended:?}"))
    }

    /// The address that it announced.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL, as an SDK's endpoint takes it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// All that it wrote on standard error until now.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// What it wrote after the first so many bytes.
    pub fn log_from(&self, bytes: usize) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.get(bytes..).unwrap_or_default().to_owned()
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The folder that it works in: its store, its home, and whatever else it writes.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the operator's interface listens: host and port.
    pub fn operator(&self) -> anyhow::Result<String> {
        let log = self.log();
        let begins = "operator's interface on http://";
        let address = log.lines().find_map(|line| line.split_once(begins));
        let (_, address) = address.with_context(|| format!("expected an address in {log}"))?;
        Ok(address.to_owned())
    }

    /// The operator's token, which the receiver made.
    pub fn token(&self) -> anyhow::Result<String> {
        let path = database(self.folder()).with_extension("sqlite.token");
        let token = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(token.trim_end().to_owned())
    }

    /// What `headcount reports` prints for its store: one line for each report.
    pub fn reports(&self, filter: &[&str]) -> anyhow::Result<Vec<String>> {
        reports(self.folder(), filter)
    }

    /// The one stored report, as JSON; an error where there are none or several.
    pub fn only_report(&self) -> anyhow::Result<serde_json::Value> {
        let lines = self.reports(&[])?;
        let [line] = lines.as_slice() else {
            bail!("expected one stored report, got {lines:#?}; the receiver said: {}", self.log());
        };
        Ok(serde_json::from_str(line)?)
    }

    /// Every file that it wrote, with its content.
    pub fn files(&self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        Ok(files_below(self.folder())?)
    }

    /// Ends it as a crash does (SIGKILL), and waits until it is gone.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end (SIGTERM), waits until it has, and returns its exit code; `None` where a signal ended it, maybe
    /// earlier.
    pub fn stop(&mut self) -> anyhow::Result<Option<i32>> {
        let id = self.child.id().to_string();
        run(Command::new("kill").args(["-TERM", &id]))?.success()?;
        match self.ended.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Disconnected) => Ok(self.child.wait()?.code()),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {
                bail!("the receiver did not end within {PATIENCE:?} of SIGTERM: {}", self.log())
            }
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `headcount reports` prints for the store in a receiver's folder, whether or not the receiver runs.
pub fn reports(folder: &Path, filter: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut command = headcount()?;
    command.arg("reports").args(filter).arg("--store").arg(store(folder));
    command.current_dir(folder).env("HOME", folder).env_remove("CI");
    let finished = run(&mut command)?.success()?;
    Ok(finished.stdout.lines().map(str::to_owned).collect())
}

/// The database in a receiver's folder.
pub fn database(folder: &Path) -> PathBuf {
    folder.join("reports.sqlite")
}

fn store(folder: &Path) -> String {
    format!("sqlite:{}", database(folder).display())
}

pub(crate) fn read(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Keeps what the receiver says, and passes on the first address that it announces.
pub(crate) fn follow(stderr: ChildStderr, log: Arc<Mutex<String>>, announce: Sender<SocketAddr>) {
    thread::spawn(move || {
        let mut announced = false;
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
            drop(log);
            if !announced && let Some(address) = address_in(&line) {
                announced = announce.send(address).is_ok();
            }
        }
    });
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let rest = line.strip_prefix(ANNOUNCEMENT)?;
    rest.split_whitespace().next()?.parse().ok()
}
