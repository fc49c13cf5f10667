//! A running `headcount relay`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver as Events, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::peer::headcount;
use crate::process::{PATIENCE, run};
use crate::receiver::{follow, read};
use crate::search::files_below;

/// Between two looks at files.
const LOOK: Duration = Duration::from_millis(50);

/// A `headcount relay` on a free port of the loopback, with the directory `data` in a folder. It is killed when this is
/// dropped.
#[derive(Debug)]
pub struct Relay {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    ended: Events<SocketAddr>,
    folder: PathBuf,
}

impl Relay {
    /// Starts a relay in a folder, and waits until it listens. `adapt` adds arguments or variables.
    pub fn start(
        folder: &Path,
        (contract, upstream): (&str, &str),
        adapt: impl FnOnce(&mut Command),
    ) -> anyhow::Result<Self> {
        let mut command = headcount()?;
        command
            .args(["relay", "--contract", contract, "--upstream", upstream, "--data", "data"])
            .args(["--listen", "127.0.0.1:0"])
            .current_dir(folder)
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        for name in ["CI", "DO_NOT_TRACK", "RUST_LOG"] {
            command.env_remove(name);
        }
        adapt(&mut command);
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let log = Arc::default();
        let (announce, ended) = mpsc::channel();
        let stderr = child.stderr.take().context("standard error is piped")?;
        follow(stderr, Arc::clone(&log), announce);
        match ended.recv_timeout(PATIENCE) {
            Ok(address) => Ok(Self { child, address, log, ended, folder: folder.to_owned() }),
            Err(_) => {
                child.kill()?;
                child.wait()?;
                bail!("expected a relay that listens, it said: {}", read(&log))
            }
        }
    }

    /// The address that it announced.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that it wrote on standard error until now.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// What an operator is told who runs a command in its directory.
    pub fn operator(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = headcount()?;
        let (first, rest) = words.split_first().context("expected a command")?;
        command.args(["operator", first, "data"]).args(rest);
        command.current_dir(&self.folder).env_remove("CI").env_remove("DO_NOT_TRACK");
        Ok(run(&mut command)?.success()?.stdout)
    }

    /// Every file of its directory, with its content.
    pub fn files(&self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        Ok(files_below(&self.folder.join("data"))?)
    }

    /// Waits until some instance has a file of this name: a relay looks after its instances every two seconds.
    pub fn wait_for(&self, name: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let found =
            |(path, _): &(String, Vec<u8>)| path.starts_with("instances/") && path.ends_with(name);
        while !self.files().is_ok_and(|files| files.iter().any(found)) {
            ensure!(Instant::now() < deadline, "expected {name}, got none: {}", self.log());
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Ends it as a crash does (SIGKILL), and waits until it is gone.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end (SIGTERM), waits until it has, and returns its exit code.
    pub fn stop(mut self) -> anyhow::Result<Option<i32>> {
        let id = self.child.id().to_string();
        run(Command::new("kill").args(["-TERM", &id]))?.success()?;
        match self.ended.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Disconnected) => Ok(self.child.wait()?.code()),
            _ => bail!("the relay did not end within {PATIENCE:?} of SIGTERM: {}", self.log()),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
