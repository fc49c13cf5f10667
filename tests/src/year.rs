//! A running `headcount demo --year`: a real receiver, to which synthetic instances have reported.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context as _, bail};

use crate::peer::headcount;

/// The receiver, in memory, with its figures frozen. It is killed when this is dropped.
#[derive(Debug)]
pub struct Year {
    child: Child,
    url: String,
    /// Kept open, so that whatever it goes on to say has a place to go.
    output: Option<BufReader<ChildStdout>>,
}

impl Year {
    /// Lives through it: so many instances of each application report for so many days.
    pub fn live(applications: &[&str], instances: u32, days: u32) -> anyhow::Result<Self> {
        let mut command = headcount()?;
        command
            .env_remove("CI")
            .args(["demo", "--year", "--memory", "--instances", &instances.to_string()])
            .args(["--days", &days.to_string()])
            .args(applications.iter().flat_map(|name| ["--contract", *name]))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        let mut year = Self { child, url: String::new(), output: None };
        let mut said = String::new();
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        while stdout.read_line(&mut line)? > 0 {
            let words = line.split_whitespace().filter_map(|word| word.strip_suffix('/'));
            let pages = words.filter_map(|word| word.rsplit_once('/'));
            let mut pages = pages.filter(|(_, name)| applications.contains(name));
            if let Some((server, _)) = pages.next() {
                server.clone_into(&mut year.url);
                year.output = Some(stdout);
                return Ok(year);
            }
            said += &line;
            line.clear();
        }
        bail!("expected the address of a page, got {said}")
    }

    /// The receiver's address, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Year {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        drop(self.output.take());
    }
}
