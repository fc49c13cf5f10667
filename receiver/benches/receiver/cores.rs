//! The cores that the servers and the clients get.

use std::fs;
use std::process::Command;

/// The cores of this machine, as far as this program may use them.
#[derive(Debug)]
pub(crate) struct Cores {
    count: usize,
    /// That of the servers and that of the clients. `None` where there are no two to choose from, or no `taskset` to
    /// choose them with: unsafe code is forbidden here, and the standard library has no way.
    pair: Option<[String; 2]>,
}

impl Cores {
    /// Asks before anything is confined to one of them.
    pub(crate) fn find() -> Self {
        let allowed = allowed();
        let pair = match allowed.as_slice() {
            [first, second, ..] if there_is_taskset() => Some([first.clone(), second.clone()]),
            _ => None,
        };
        Self { count: allowed.len(), pair }
    }

    /// The core for a server, which the clients leave to it.
    pub(crate) fn apart(&self) -> Option<&str> {
        let [server, clients] = self.pair.as_ref()?;
        keep_to(clients);
        Some(server)
    }

    /// Both cores, for the server as for the clients.
    pub(crate) fn shared(&self) -> Option<String> {
        let both = self.pair.as_ref()?.join(",");
        keep_to(&both);
        Some(both)
    }

    /// Where the figures come from, in a line.
    pub(crate) fn describe(&self) -> String {
        let model = line("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown CPU".to_owned());
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let pinned = match &self.pair {
            Some([server, client]) => format!("servers on core {server}, clients on core {client}"),
            None => {
                "nothing confined to a core, for want of `taskset` or of a second one".to_owned()
            }
        };
        format!("{model}, {} cores, Linux {}; {pinned}", self.count, kernel.trim())
    }
}

fn there_is_taskset() -> bool {
    let asked = Command::new("taskset").arg("--version").output();
    asked.is_ok_and(|output| output.status.success())
}

/// Has this process run on these cores only: its threads so far, and those to come.
fn keep_to(cores: &str) {
    let process = std::process::id().to_string();
    let done = Command::new("taskset").args(["-a", "-p", "-c", cores, &process]).output();
    let done = done.expect("it ran before");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The cores by number, of a list such as `0-1,4`.
fn allowed() -> Vec<String> {
    let allowed = line("/proc/self/status", "Cpus_allowed_list").unwrap_or_default();
    let ranges = allowed.split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse::<u32>().ok()?..=last.parse().ok()?)
    });
    ranges.flatten().map(|core| core.to_string()).collect()
}

fn line(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let found = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(found.trim_start_matches([':', '\t', ' ']).to_owned())
}
