//! What Linux tells about this process, and processes to be told about.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The clock ticks of `/proc`, of which every Linux that Rust runs on has 100 a second.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of all threads, those that ended too, in steps of 10 ms.
pub(crate) fn cpu_time() -> Duration {
    let stat = read("/proc/self/stat");
    // The name of the program comes before, and may contain spaces.
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    let ticks: u32 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u32>().expect("utime and stime are numbers"))
        .sum();
    TICK * ticks
}

/// A line of `/proc/self/status`, such as `VmRSS` in KiB.
pub(crate) fn status(name: &str) -> u64 {
    number(&read("/proc/self/status"), name)
}

/// Forgets the highest memory so far, which is `VmHWM`.
pub(crate) fn reset_peak() {
    fs::write("/proc/self/clear_refs", "5").expect("a process may clear its own");
}

/// How many threads there are, and how often they went to sleep.
pub(crate) fn threads() -> (usize, u64) {
    let tasks: Vec<String> = fs::read_dir("/proc/self/task")
        .expect("a process has threads")
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("status")).ok())
        .collect();
    let switches = tasks.iter().map(|status| number(status, "voluntary_ctxt_switches")).sum();
    (tasks.len(), switches)
}

fn number(status: &str, name: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_else(|| panic!("expected a number `{name}` in the status of a process"))
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// This program again, with these arguments.
pub(crate) struct Process {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("a program has a path"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program that runs can run again");
        let output = child.stdout.take().expect("it is piped");
        Self { child, lines: BufReader::new(output) }
    }

    /// The numbers on the next line that it prints.
    pub(crate) fn numbers<const N: usize>(&mut self) -> [f64; N] {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("the process prints text");
        let numbers: Vec<f64> =
            line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        numbers.try_into().unwrap_or_else(|_| panic!("expected {N} numbers, got `{line}`"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, or is the receiver, which does not end by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
