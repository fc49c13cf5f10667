//! What a process takes, as Linux tells it.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

/// Makes the peak of the memory begin anew (`proc_pid_clear_refs(5)`).
pub(super) fn reset_peak(id: u32) -> anyhow::Result<()> {
    fs::write(format!("/proc/{id}/clear_refs"), "5").context("cannot reset the peak of the memory")
}

/// A figure of `/proc/PID/status`, in bytes.
pub(super) fn memory(id: u32, name: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.with_context(|| format!("expected {name} in {status}"))?;
    Ok(kilobytes.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// The processor time that the process has used, in all its threads.
pub(super) fn processor_time(id: u32) -> anyhow::Result<Duration> {
    /// A hundredth of a second on every Linux.
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // Behind the name, which may hold anything: the 14th and 15th field of all.
    let (_, rest) = stat.rsplit_once(')').context("expected a name in brackets")?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>()?)
}
