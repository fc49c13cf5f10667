//! A running `headcount demo --year`: a real receiver, to which synthetic instances have reported.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::peer::headcount;
use crate::process::run;

/// A demonstration that has come to its end, and stays open until this is dropped.
#[derive(Debug)]
pub struct Year {
    child: Child,
    /// Kept open, so that whatever it goes on to say has a place to go.
    output: BufReader<ChildStdout>,
    told: String,
    url: String,
}

impl Year {
    /// Lives through it: so many instances of each application report for so many days, to a receiver in memory.
    pub fn live(applications: &[&str], instances: u32, days: u32) -> anyhow::Result<Self> {
        let [instances, days] = [instances, days].map(|number| number.to_string());
        let mut arguments = vec!["--memory", "--instances", &instances, "--days", &days];
        arguments.extend(applications.iter().flat_map(|name| ["--contract", *name]));
        Self::of(&arguments)
    }

    /// Lives through the one that these arguments describe.
    pub fn of(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut command = headcount()?;
        command
            .env_remove("CI")
            .args(["demo", "--year"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let output = child.stdout.take().context("standard output is piped")?;
        let (output, told, url) = (BufReader::new(output), String::new(), String::new());
        let mut year = Self { child, output, told, url };
        while !year.told.contains("It stays open") {
            let bytes = year.output.read_line(&mut year.told)?;
            ensure!(bytes > 0, "it ended too early: {}", year.told);
        }
        year.url = year.behind("sent to")?.trim_end_matches("/v1/metrics").to_owned();
        Ok(year)
    }

    /// What it says behind this word.
    pub fn behind(&self, word: &str) -> anyhow::Result<&str> {
        let line = self.told.lines().find_map(|line| line.trim().strip_prefix(word));
        let rest = line.with_context(|| format!("expected {word} in {}", self.told))?;
        rest.split_whitespace().next().context("expected a word behind it")
    }

    /// The receiver's address, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Year {
    fn drop(&mut self) {
        // Asked to end, it takes its folder along. It may have ended already, which is as good.
        let _ = run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]));
        let _ = self.child.wait();
    }
}
