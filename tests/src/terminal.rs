//! The commands of a document, run as a person types them: in a folder, by a shell, some of them in terminals of their own.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::collector::free_address;
use crate::peer::{Peer, headcount};
use crate::process::{Finished, PATIENCE, run};

/// What a server says when it can be sent to.
const LISTENS: &str = "listening on http://";
/// Between two looks.
const AGAIN: Duration = Duration::from_millis(20);

/// The fenced blocks of this language in a Markdown text.
pub fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fenced = text.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// A folder in which commands are run, with nothing in the environment but where programs are: the `headcount` under test and
/// the Python peers.
#[derive(Debug)]
pub struct Terminal {
    folder: TempDir,
    path: OsString,
    ports: Vec<(String, String)>,
    /// Go's two.
    caches: Vec<String>,
}

impl Terminal {
    /// In a folder with these files. The ports in commands stand for others, which are free.
    pub fn with(files: &[PathBuf], ports: &[u16]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        for file in files {
            fs::copy(file, folder.path().join(file.file_name().context("a file has a name")?))?;
        }
        let other = |port: &u16| -> anyhow::Result<(String, String)> {
            Ok((port.to_string(), free_address()?.port().to_string()))
        };
        let ports = ports.iter().map(other).collect::<anyhow::Result<_>>()?;
        let programs = [headcount()?, Peer::PythonSdk.command()?];
        let mut folders: Vec<_> = programs
            .iter()
            .filter_map(|program| Path::new(program.get_program()).parent().map(Path::to_owned))
            .collect();
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let caches = run(Command::new("go").args(["env", "GOCACHE", "GOMODCACHE"]))?.success()?;
        let caches = caches.stdout.lines().map(str::to_owned).collect();
        Ok(Self { folder, path: env::join_paths(folders)?, ports, caches })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a link into it to a folder that lies elsewhere.
    #[cfg(unix)]
    pub fn link(&self, folder: &Path) -> anyhow::Result<()> {
        let name = folder.file_name().context("a folder has a name")?;
        Ok(std::os::unix::fs::symlink(folder, self.folder().join(name))?)
    }

    /// Runs a command to its end.
    pub fn run(&self, command: &str) -> anyhow::Result<Finished> {
        run(&mut self.shell(command)).with_context(|| command.to_owned())
    }

    /// Starts a server, and waits until it listens.
    pub fn start(&self, command: &str, environment: &[(&str, &OsStr)]) -> anyhow::Result<Started> {
        let (written, log) = tempfile::Builder::new().tempfile_in(self.folder.path())?.keep()?;
        let mut shell = self.shell(&format!("exec {command}"));
        shell.envs(environment.iter().copied());
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(written);
        let mut started = Started { child: shell.spawn()?, log };
        let deadline = Instant::now() + PATIENCE;
        while !started.log()?.contains(LISTENS) {
            if let Some(status) = started.child.try_wait()? {
                bail!("{command} ended with {status}: {}", started.log()?);
            }
            ensure!(Instant::now() < deadline, "{command} does not listen: {}", started.log()?);
            thread::sleep(AGAIN);
        }
        Ok(started)
    }

    /// Runs a command until it is as wanted, and returns what it printed then.
    pub fn until(&self, command: &str, wanted: impl Fn(&str) -> bool) -> anyhow::Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let printed = self.run(command)?.success()?.stdout;
            if wanted(&printed) {
                return Ok(printed);
            }
            ensure!(Instant::now() < deadline, "{command} still prints {printed}");
            thread::sleep(AGAIN);
        }
    }

    fn shell(&self, command: &str) -> Command {
        let here = |text: String, (said, here): &(String, String)| text.replace(said, here);
        let mut shell = Command::new("sh");
        shell.args(["-c", &self.ports.iter().fold(command.to_owned(), here)]);
        shell.env_clear().env("PATH", &self.path).env("HOME", self.folder());
        // Go finds what ./test has downloaded and built by these, and else in the home.
        shell.envs(["GOCACHE", "GOMODCACHE"].into_iter().zip(&self.caches));
        shell.current_dir(self.folder());
        shell
    }
}

/// A server in a terminal of its own. It is killed when this is dropped.
#[derive(Debug)]
pub struct Started {
    child: Child,
    log: PathBuf,
}

impl Started {
    /// What it has said until now.
    pub fn log(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(&self.log)?)
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<()> {
        run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?.success()?;
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            ensure!(Instant::now() < deadline, "it does not end: {}", self.log()?);
            thread::sleep(AGAIN);
        }
        Ok(())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The environment in which a program's clock begins at this time, in UTC, and goes as many times as fast. Timeouts go as
/// ever.
pub fn at_another_time(
    time: &str,
    times_as_fast: u32,
) -> anyhow::Result<[(&'static str, OsString); 4]> {
    let library = run(Command::new("faketime").args(["-f", "+0", "printenv", "LD_PRELOAD"]));
    let library = library.context("faketime is needed")?.success()?.stdout;
    Ok([
        ("LD_PRELOAD", library.trim().into()),
        ("FAKETIME", format!("@{time} x{times_as_fast}").into()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ("TZ", "UTC".into()),
    ])
}
