//! When a Collector can be asked to end.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};

use super::AGAIN;
use crate::process::PATIENCE;

/// What starts a program with SIGINT ignored. A Collector says that it is ready a little before it listens to signals, and
/// one that came between would end it without order. But what a Go program finds ignored it leaves so until it listens.
pub(super) const WITHOUT_INTERRUPTS: &str = r#"trap "" INT; exec "$0" "$@""#;
const SIGINT: u32 = 2;

/// Waits until a process that began with SIGINT ignored has a handler for it.
pub(super) fn until_interruptible(child: &mut Child) -> anyhow::Result<()> {
    let status = format!("/proc/{}/status", child.id());
    let deadline = Instant::now() + PATIENCE;
    while !handles(&fs::read_to_string(&status)?, SIGINT)? {
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            bail!("the Collector did not listen to signals within {PATIENCE:?}");
        }
        thread::sleep(AGAIN);
    }
    Ok(())
}

/// Whether `/proc/PID/status` says that a process has a handler for a signal.
fn handles(status: &str, signal: u32) -> anyhow::Result<bool> {
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = u64::from_str_radix(caught.context("expected a line SigCgt")?.trim(), 16)?;
    Ok(mask & (1 << (signal - 1)) != 0)
}
