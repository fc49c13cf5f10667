//! Off means off: without consent the exporter opens no socket, looks up no name and writes no file.
//! With it, the same program is seen to do what it is allowed to.
#![cfg(target_os = "linux")] // the system calls are watched by strace

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use headcount_tests::{Capture, example, run};
use tempfile::TempDir;

/// What a program asked the system for.
struct Trace(String);

impl Trace {
    /// Runs the command-line example in a folder, under strace.
    fn of(folder: &TempDir, endpoint: &str, environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let log = folder.path().join("trace");
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-e", "trace=%network,%file", "-o"]).arg(&log);
        command.arg(example("command_line")?.get_program()).arg("counted");
        command.current_dir(folder.path()).env_clear().envs(environment.iter().copied());
        command.env("TIDY_ENDPOINT", endpoint).env("TIDY_STATE", folder.path().join("answer"));
        run(&mut command).context("strace is needed: run ./test once")?.success()?;
        Ok(Self(fs::read_to_string(log)?))
    }

    fn lines(&self, words: &[&str]) -> Vec<&str> {
        let has = |line: &&str| words.iter().any(|word| line.contains(word));
        self.0.lines().filter(has).collect()
    }

    fn sockets(&self) -> Vec<&str> {
        self.lines(&[" socket(", " connect(", " sendto(", " sendmsg("])
    }

    /// Files that were opened for more than reading, or made, moved or removed.
    fn written(&self) -> Vec<&str> {
        self.lines(&["O_WRONLY", "O_RDWR", "O_CREAT", " mkdir", " rename", " unlink", " link"])
    }

    /// What a program reads that wants to look a name up.
    fn look_ups(&self) -> Vec<&str> {
        self.lines(&["resolv.conf", "nsswitch.conf", "/etc/hosts"])
    }
}

fn folder() -> anyhow::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("counted"))?;
    fs::write(folder.path().join("counted/notes.md"), "")?;
    Ok(folder)
}

fn entries(folder: &Path) -> anyhow::Result<Vec<String>> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into_string()));
    let mut names = names.collect::<std::io::Result<Vec<_>>>()?;
    names.sort();
    names.into_iter().map(|name| name.ok().context("a name in UTF-8")).collect()
}

#[test]
fn whoever_said_no() -> anyhow::Result<()> {
    let cases: [(&str, &[(&str, &str)]); 4] = [
        ("nobody has decided", &[]),
        ("the contract's variable", &[("TIDY_USAGE", "false")]),
        ("DO_NOT_TRACK", &[("DO_NOT_TRACK", "1")]),
        ("DO_NOT_TRACK, whatever else agrees", &[("DO_NOT_TRACK", "1"), ("TIDY_USAGE", "true")]),
    ];
    for (case, environment) in cases {
        let folder = folder()?;
        // A name, so that a look-up would show.
        let trace = Trace::of(&folder, "http://receiver.invalid:4318", environment)?;
        assert_eq!(trace.sockets(), Vec::<&str>::new(), "{case}");
        assert_eq!(trace.look_ups(), Vec::<&str>::new(), "{case}");
        assert_eq!(trace.written(), Vec::<&str>::new(), "{case}");
        assert_eq!(entries(folder.path())?, ["counted", "trace"], "{case}");
    }
    Ok(())
}

#[test]
fn with_consent_the_same_program_is_seen_to_connect() -> anyhow::Result<()> {
    let capture = Capture::start()?;
    let folder = folder()?;
    let trace = Trace::of(&folder, &capture.endpoint(), &[("TIDY_USAGE", "true")])?;
    ensure!(!trace.sockets().is_empty(), "expected a socket, got {}", trace.0);
    assert_eq!(trace.written(), Vec::<&str>::new(), "a report needs no file");
    assert_eq!(capture.requests().len(), 1);
    Ok(())
}
