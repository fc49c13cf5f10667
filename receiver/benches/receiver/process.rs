//! Servers in processes of their own, and what Linux tells about them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The clock ticks of `/proc`, of which every Linux that Rust runs on has 100 a second.
const TICK: Duration = Duration::from_millis(10);
/// A process that used less than a fiftieth of this time rests.
const REST: Duration = Duration::from_secs(2);

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind<'p> {
    /// Tonic's server with prost's messages, which are dropped.
    Bare,
    /// Our receiver, which keeps reports in memory.
    Memory,
    /// Our receiver, which keeps reports in the SQLite database of this path.
    Sqlite(&'p Path),
}

/// What a server tells at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    /// Requests that were answered with success.
    pub(crate) answered: u64,
    /// Points that were kept; the bare server keeps none.
    pub(crate) accepted: u64,
}

/// This program again, as a server.
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server on some cores, all where none are named, and waits until it listens.
    pub(crate) fn start(kind: Kind<'_>, cores: Option<&str>) -> Self {
        let program = std::env::current_exe().expect("a program has a path");
        let mut command = match cores {
            Some(cores) => {
                let mut command = Command::new("taskset");
                command.args(["-c", cores]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.arg("serve");
        match kind {
            Kind::Bare => command.arg("bare"),
            Kind::Memory => command.arg("memory"),
            Kind::Sqlite(path) => command.arg("sqlite").arg(path),
        };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program that runs can run again");
        let stdin = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped"));
        let address = line(&mut lines).parse().expect("it says first where it listens");
        Self { child, stdin, lines, address }
    }

    /// CPU time of all its threads, in steps of 10 ms.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = self.read("stat");
        // The name of the program comes before, and may contain spaces.
        let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
        let times = fields.split_whitespace().skip(11).take(2);
        times.map(|ticks| TICK * ticks.parse().expect("utime and stime are numbers")).sum()
    }

    /// Waits until it does nothing any more.
    pub(crate) fn rest(&self) {
        let mut before = self.cpu();
        loop {
            std::thread::sleep(REST);
            let now = self.cpu();
            if now.saturating_sub(before) < REST / 50 {
                return;
            }
            before = now;
        }
    }

    /// Resident memory now (`VmRSS`) or at most (`VmHWM`), in MiB.
    pub(crate) fn memory(&self, name: &str) -> f64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u32>().ok());
        f64::from(kibibytes.expect("a process has resident memory")) / 1024.0
    }

    fn read(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.child.id());
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Has it stop, and asks what it did.
    pub(crate) fn stop(mut self) -> Served {
        drop(self.stdin.take());
        let line = line(&mut self.lines);
        let mut numbers = line.split_whitespace().map(|number| number.parse().expect("a count"));
        let mut next = || numbers.next().expect("it says at last what it did");
        Served { answered: next(), accepted: next() }
    }
}

fn line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).expect("a server prints text");
    line.trim().to_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
