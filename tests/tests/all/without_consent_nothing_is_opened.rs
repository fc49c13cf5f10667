//! Off means off: without consent the exporter opens no socket, looks up no name and writes no file.
//! With it, the same program is seen to do what it is allowed to.
#![cfg(target_os = "linux")] // the system calls are watched by strace

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
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
        in_folder(&mut command, folder).envs(environment.iter().copied());
        command.env("TIDY_ENDPOINT", endpoint);
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

/// In the folder, with nothing of whoever runs the tests, who may have declined everything.
fn in_folder<'a>(command: &'a mut Command, folder: &TempDir) -> &'a mut Command {
    let state = folder.path().join("answer");
    command.current_dir(folder.path()).env_clear().env("TIDY_STATE", state)
}

/// Keeps the user's answer.
fn answer(folder: &TempDir, answer: &str) -> anyhow::Result<()> {
    let mut command = example("command_line")?;
    run(in_folder(&mut command, folder).args(["--usage", answer]))?.success()?;
    Ok(())
}

/// Every path below, with what its file holds.
fn kept(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(kept(&path)?);
        } else {
            found.insert(path.clone(), fs::read(&path)?);
        }
    }
    Ok(found)
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
    let cases: [(&str, &[(&str, &str)]); 6] = [
        ("nobody has decided", &[]),
        ("a variable that agrees is no answer", &[("TIDY_USAGE", "true")]),
        ("the contract's variable", &[("TIDY_USAGE", "false")]),
        ("DO_NOT_TRACK", &[("DO_NOT_TRACK", "1")]),
        ("continuous integration", &[("CI", "true")]),
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
fn whatever_was_answered_before() -> anyhow::Result<()> {
    let cases: [(&str, &[(&str, &str)]); 3] =
        [("no", &[]), ("no", &[("TIDY_USAGE", "true")]), ("yes", &[("DO_NOT_TRACK", "1")])];
    for (given, environment) in cases {
        let folder = folder()?;
        if given == "no" {
            answer(&folder, "yes")?;
        }
        answer(&folder, given)?;
        let before = kept(&folder.path().join("answer"))?;
        ensure!(!before.is_empty(), "the answer is kept");
        let trace = Trace::of(&folder, "http://receiver.invalid:4318", environment)?;
        assert_eq!(trace.sockets(), Vec::<&str>::new(), "{given} {environment:?}");
        assert_eq!(trace.look_ups(), Vec::<&str>::new(), "{given} {environment:?}");
        assert_eq!(trace.written(), Vec::<&str>::new(), "{given} {environment:?}");
        assert_eq!(kept(&folder.path().join("answer"))?, before, "{given} {environment:?}");
    }
    Ok(())
}

#[test]
fn with_consent_the_same_program_is_seen_to_connect() -> anyhow::Result<()> {
    let capture = Capture::start()?;
    let folder = folder()?;
    answer(&folder, "yes")?;
    let trace = Trace::of(&folder, &capture.endpoint(), &[])?;
    ensure!(!trace.sockets().is_empty(), "expected a socket, got {}", trace.0);
    ensure!(!trace.written().is_empty(), "expected a history, got {}", trace.0);
    assert_eq!(capture.requests().len(), 1);
    Ok(())
}
