//! A disk that is full: a small one in memory, in a mount namespace of the receiver's own.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};
use headcount_tests::{Serving, database, headcount, run};

use super::{Life, folder};

/// Mounts of one's own need no rights where user namespaces are let in.
const UNSHARE: [&str; 7] = ["unshare", "--map-root-user", "--mount", "--", "sh", "-c", SCRIPT];

/// What takes the room that is let go later.
const SCRIPT: &str = r#"folder=$0; size=$1; shift; mount -t tmpfs -o "size=$size" none "$folder" &&
    cd "$folder" && head -c 100k /dev/zero >ballast && exec "$@""#;

/// Tries again with room where there was none to start with.
const TWICE: &str = r#"folder=$0; size=$1; shift; mount -t tmpfs -o "size=$size" none "$folder" &&
    cd "$folder" && { "$@" || { echo "again" >&2; mount -o remount,size=1m "$folder" && exec "$@"; }; }"#;

impl Life {
    /// Runs a command among the receiver's mounts.
    fn within(&self, command: &Command) -> anyhow::Result<Vec<String>> {
        let process = self.receiver.process().to_string();
        let mut within = Command::new("nsenter");
        within.args(["--user", "--mount", "--preserve-credentials", "--target", &process, "--"]);
        within.arg(command.get_program()).args(command.get_args());
        let finished = run(within.current_dir("/"))?.success()?;
        Ok(finished.stdout.lines().map(str::to_owned).collect())
    }

    fn read_within(&self) -> anyhow::Result<()> {
        let mut command = headcount()?;
        let store = format!("sqlite:{}", database(self.receiver.folder()).display());
        command.args(["reports", "--store", &store]);
        self.readable(&self.within(&command)?)
    }
}

#[test]
fn full_and_then_not() -> anyhow::Result<()> {
    let folder = folder()?;
    let path = folder.path().to_str().context("a path of our own")?;
    let serving = Serving::in_folder(&folder).under(UNSHARE).under([path, "400k"]);
    let mut life = Life::of(serving.start()?)?;
    let mut taken = 0;
    while life.report()? {
        taken += 1;
    }
    ensure!(taken > 10, "{taken} reports fit, on a disk of 300 KiB");
    life.refused()?;
    life.read_within()?;
    let ballast: PathBuf = folder.path().join("ballast");
    life.within(Command::new("rm").arg(&ballast))?;
    life.healed()?;
    life.read_within()?;
    ensure!(life.receiver.stop()? == Some(0), "{}", life.receiver.log());
    Ok(())
}

#[test]
fn too_full_to_start() -> anyhow::Result<()> {
    let mut failed = 0;
    for kib in (0..14).map(|pages| 4 * pages + 4) {
        let folder = folder()?;
        let path = folder.path().to_str().context("a path of our own")?;
        let mut unshare = UNSHARE;
        unshare[6] = TWICE;
        let serving = Serving::in_folder(&folder).under(unshare).under([path, &format!("{kib}k")]);
        let mut life = Life::of(serving.start().with_context(|| format!("{kib} KiB"))?)?;
        let log = life.receiver.log();
        ensure!(!log.contains("panicked"), "{kib} KiB: {log}");
        if log.contains("again") {
            failed += 1;
            ensure!(log.contains("headcount: expected "), "{kib} KiB: it says why: {log}");
            life.taken().with_context(|| format!("{kib} KiB"))?;
            life.read_within()?;
        } else {
            // It started, and asks to repeat where it has no room for reports.
            life.report().with_context(|| format!("{kib} KiB"))?;
        }
    }
    ensure!(failed > 2, "expected small disks to be too small, {failed} were");
    Ok(())
}
