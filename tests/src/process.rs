//! Running a program to its end, with a limit on how long that may take.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

/// How long anything may take before it counts as hung. Far beyond what a loaded machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What a program left behind when it ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
}

impl Finished {
    /// The exit code; an error where a signal ended it.
    pub fn code(&self) -> anyhow::Result<i32> {
        let code = self.status.code();
        code.with_context(|| format!("expected an exit code, got {}: {}", self.status, self.stderr))
    }

    /// Itself where it succeeded, else an error with all that it said.
    pub fn success(self) -> anyhow::Result<Self> {
        ensure!(
            self.status.success(),
            "expected success, got {}\n--- standard output\n{}--- standard error\n{}",
            self.status,
            self.stdout,
            self.stderr
        );
        Ok(self)
    }
}

/// Runs a program to its end, without standard input.
pub fn run(command: &mut Command) -> anyhow::Result<Finished> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {command:?}"))?;
    let (stdout, read_stdout) = mpsc::channel();
    let (stderr, read_stderr) = mpsc::channel();
    read_all(child.stdout.take().context("standard output is piped")?, stdout);
    read_all(child.stderr.take().context("standard error is piped")?, stderr);

    let deadline = Instant::now() + PATIENCE;
    let mut texts = Vec::new();
    for channel in [&read_stdout, &read_stderr] {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(text) = channel.recv_timeout(left) else {
            child.kill()?;
            child.wait()?;
            let said = read_stderr.recv_timeout(PATIENCE).unwrap_or_default();
            bail!("{command:?} did not end within {PATIENCE:?}; it said: {said}");
        };
        texts.push(text);
    }
    let stderr = texts.pop().unwrap_or_default();
    let stdout = texts.pop().unwrap_or_default();
    Ok(Finished { status: child.wait()?, stdout, stderr })
}

fn read_all(mut pipe: impl Read + Send + 'static, done: Sender<String>) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks has ended; what came before still counts.
        let _ = pipe.read_to_end(&mut bytes);
        // Nobody listens any more where the program took too long.
        let _ = done.send(String::from_utf8_lossy(&bytes).into_owned());
    });
}
