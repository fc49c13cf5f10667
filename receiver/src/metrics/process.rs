//! What the process takes of the machine, as Linux tells it in `/proc`.

use std::fs;

/// Ticks of a second: `USER_HZ`, which Linux fixes at 100 for whatever it tells processes.
const TICKS: f64 = 100.0;

/// What the process takes.
#[derive(Debug, PartialEq)]
pub(super) struct Process {
    /// Seconds on processors, in the program.
    pub(super) user: f64,
    /// Seconds on processors, in the kernel for the program.
    pub(super) system: f64,
    /// Bytes of physical memory.
    pub(super) memory: u64,
    /// Open files and connections.
    pub(super) files: u64,
}

impl Process {
    /// Looks at this process. `None` where there is no `/proc`.
    pub(super) fn look() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let status = fs::read_to_string("/proc/self/status").ok()?;
        // One of them is the look itself.
        let files = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
        let (user, system) = seconds(&stat)?;
        Some(Self { user, system, memory: memory(&status)?, files: files as u64 })
    }
}

/// `utime` and `stime`, the 14th and 15th field of `/proc/self/stat` (proc(5)).
fn seconds(stat: &str) -> Option<(f64, f64)> {
    // The second field, in brackets, is the program's name, which may hold anything.
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some((next()? / TICKS, next()? / TICKS))
}

/// `VmRSS` of `/proc/self/status`, which stands there in KiB.
fn memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_any_name() {
        let stat = "7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 250 125 0 0 20";
        assert_eq!(seconds(stat), Some((2.5, 1.25)));
        assert_eq!(seconds("7 (a"), None);
        assert_eq!(memory("VmPeak:\t 9 kB\nVmRSS:\t    1234 kB\n"), Some(1_263_616));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_takes_something() {
        let process = Process::look().expect("Linux has /proc");
        assert!(process.memory > 1024 * 1024, "{process:?}");
        assert!(process.files >= 3, "{process:?}");
    }
}
