//! A server in a process of its own, and what Linux tells about it.

use std::fs;
use std::process::{Child, Command};
use std::time::Duration;

/// The clock ticks of `/proc`, of which every Linux that Rust runs on has 100 a second.
const TICK: Duration = Duration::from_millis(10);

/// A running process. It is killed when this is dropped.
pub(crate) struct Process(Child);

impl Process {
    /// Has a program run on some cores, all where none are named.
    pub(crate) fn start(
        program: &std::path::Path,
        cores: Option<&str>,
        adapt: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = match cores {
            Some(cores) => {
                let mut command = Command::new("taskset");
                command.args(["-c", cores]).arg(program);
                command
            }
            None => Command::new(program),
        };
        adapt(&mut command);
        Self(command.spawn().expect("a program that is there"))
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// CPU time of all its threads, in steps of 10 ms.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = self.read("stat");
        // The name of the program comes before, and may contain spaces.
        let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
        let times = fields.split_whitespace().skip(11).take(2);
        times.map(|ticks| TICK * ticks.parse().expect("utime and stime are numbers")).sum()
    }

    /// Resident memory now (`VmRSS`) or at most (`VmHWM`), in MiB.
    pub(crate) fn memory(&self, name: &str) -> f64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u32>().ok());
        f64::from(kibibytes.expect("a process has resident memory")) / 1024.0
    }

    fn read(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.0.id());
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
