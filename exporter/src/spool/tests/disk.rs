//! A disk that is full, one that is read-only, and one whose power is cut.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::process::Command;
use std::time::Duration;

use super::*;
use crate::history::{History, Sent, SentOutcome};
use crate::identity::{Found, Identity};

fn run(mut command: Command) {
    let output = command.output().expect("strace and unshare are needed: run ./test once");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_full_or_read_only_disk_is_an_error_and_loses_nothing() {
    const NAME: &str = "disk::a_full_or_read_only_disk_is_an_error_and_loses_nothing";
    match child::task() {
        Some(task) if task.starts_with("fill ") => return fill(&Directory::at(&task[5..])),
        Some(task) => return read_only(&Directory::at(&task)),
        None => {}
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a path of our own");
    // Mounts of one's own need no rights where user namespaces are let in.
    let script = r#"folder=$1; shift; mount -t tmpfs -o size=64k none "$folder" && "$@" && \
        mount -o remount,ro "$folder" && HEADCOUNT_TEST_CHILD=$folder exec "$@""#;
    let before =
        ["--map-root-user", "--mount", "--", "sh", "-c", script, "sh", path].map(OsStr::new);
    run(child::under("unshare", &before, NAME, &format!("fill {path}")));
}

/// Puts reports until the disk is full.
fn fill(directory: &Directory) {
    let spool = Spool::new(directory);
    let history = History::new(directory);
    let contracts = [contract("One")];
    let identity =
        Identity::create(directory, [7; 48], "2024-04-25".parse().expect("a date")).expect("made");
    let mut put = Vec::new();
    let error = loop {
        let seed = u8::try_from(put.len()).expect("64 KiB are soon full");
        match spool.put(&report(&contracts[0], seed, 10), after(seed.into())) {
            Ok(spooled) => put.push(spooled),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    assert!(error.to_string().contains("/spool/20240426T0130"), "{error}");
    assert!(put.len() > 3, "{}", put.len());
    let reading = spool.entries(&contracts).expect("read");
    let heads: Vec<_> = reading.spooled.iter().map(|spooled| spooled.head().clone()).collect();
    assert_eq!((heads, reading.left), (put.clone(), 0));

    let sent = |message| {
        let sent = Sent::new(&put[0], after(0), "", SentOutcome::Delivered);
        Sent { message, ..sent }
    };
    // Fill the last pages by lines, and then tear none.
    let mut lines = 0;
    while history.append(&sent("x".repeat(1_000))).is_ok() {
        lines += 1;
    }
    let entries = history.entries().expect("read");
    assert_eq!((entries.sent.len(), entries.damaged), (lines, 0));

    // A copy that is damaged and cannot be healed.
    let file = OpenOptions::new().write(true).open(directory.path_of("identity"));
    file.and_then(|file| file.write_all_at(b"x", 0)).expect("damaged in its place");
    let loaded = Identity::load(directory).expect("read");
    assert_eq!(loaded, Found::Identity(identity));

    let lock = directory.lock(Duration::ZERO).expect("the lock's file takes no room");
    assert!(lock.is_some());
    let unfinished = fs::read_dir(directory.path_of("spool")).expect("a folder").count();
    assert_eq!(unfinished, put.len(), "nothing is left of what did not fit");
    spool.remove(&put[0].report_id).expect("removed");
    spool.put(&report(&contracts[0], 99, 5), after(99)).expect("there is room again");
}

/// Looks at what was kept.
fn read_only(directory: &Directory) {
    let spool = Spool::new(directory);
    let reading = spool.entries(&[contract("One")]).expect("read");
    assert!(reading.spooled.len() > 3 && reading.set_aside.is_empty());
    assert!(matches!(Identity::load(directory), Ok(Found::Identity(_))));
    let report = report(&contract("One"), 100, 1);
    let sent = Sent::new(reading.spooled[0].head(), after(0), "", SentOutcome::Delivered);
    let results = [
        spool.put(&report, after(100)).map(drop),
        spool.remove(&reading.spooled[0].head.report_id),
        spool.clear(),
        History::new(directory).append(&sent),
        directory.write("state.json", b""),
        directory.lock(Duration::ZERO).map(drop),
    ];
    for (index, result) in results.into_iter().enumerate() {
        let error = result.expect_err("read-only");
        assert_eq!(error.kind(), ErrorKind::ReadOnlyFilesystem, "{index}: {error}");
    }
}

/// After a power cut a disk holds what was flushed, and knows the names that were flushed: the file's content
/// has to be before its name is, and its name before anybody is told.
#[test]
fn before_put_returns_the_file_is_flushed_then_named_then_its_name_is_flushed() {
    const NAME: &str =
        "disk::before_put_returns_the_file_is_flushed_then_named_then_its_name_is_flushed";
    if let Some(path) = child::task() {
        let spool = Spool::new(&Directory::at(path));
        spool.put(&report(&contract("One"), 1, 3), time(MADE_AT)).expect("put");
        return child::say("put returned");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data").to_str().expect("a path of our own").to_owned();
    let log = folder.path().join("trace");
    let calls = "trace=mkdir,write,fsync,fdatasync,rename,renameat,renameat2";
    let before = ["-f", "-y", "-qq", "-e", calls, "-o"].map(OsStr::new);
    let before = [&before[..], &[log.as_os_str()]].concat();
    run(child::under("strace", &before, NAME, &path));

    let trace = fs::read_to_string(log).expect("a trace");
    let mut lines = trace.lines();
    let expected: [&[&str]; 8] = [
        &["mkdir(", "/data/spool\"", "= 0"],
        // The new folder's own name, and that of the one above it.
        &["fsync(", "/data>)", "= 0"],
        &["fsync(", "= 0"],
        &["write(", "/data/spool/.unfinished-", "headcount-spool 1 "],
        &["fsync(", "/data/spool/.unfinished-", "= 0"],
        &["rename", "/data/spool/.unfinished-", "/data/spool/20240426T013000Z-daily-", "= 0"],
        &["fsync(", "/data/spool>)", "= 0"],
        &["write(2", "put returned"],
    ];
    for words in expected {
        let found = lines.any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "expected {words:?} in its place of\n{trace}");
    }
}

/// Ends the process at the n-th call that changes the disk, or fails the call, for every n.
#[test]
fn at_whatever_call_it_ends_or_fails_no_report_is_torn() {
    const NAME: &str = "disk::at_whatever_call_it_ends_or_fails_no_report_is_torn";
    let first = |spool: &Spool| spool.put(&report(&contract("One"), 1, 3), after(0));
    if let Some(path) = child::task() {
        let spool = Spool::new(&Directory::at(path));
        let put = spool.put(&report(&contract("One"), 2, 3), after(1));
        return child::say(if put.is_ok() { "put returned" } else { "put failed" });
    }
    let mut ended = Vec::new();
    for fault in ["signal=KILL", "error=EIO"] {
        for calls in ["fsync", "rename,renameat,renameat2"] {
            for nth in 1.. {
                let (_folder, directory, spool) = spool();
                first(&spool).expect("put");
                let inject = format!("inject={calls}:{fault}:when={nth}");
                let before = ["-f", "-qq", "-o", "/dev/null", "-e", &inject].map(OsStr::new);
                let path = directory.path().to_str().expect("a path of our own");
                let child = child::under("strace", &before, NAME, path).output();
                let said = child.expect("strace runs").stderr;
                let said = String::from_utf8_lossy(&said).contains("put returned");

                let _lock = directory.lock(Duration::ZERO).expect("no error").expect("it is free");
                let reading = spool.entries(&[contract("One")]).expect("read");
                assert_eq!((reading.left, &reading.set_aside), (0, &Vec::new()), "{inject}");
                let there = reading.spooled.len();
                assert!(there == 2 || (there == 1 && !said), "{inject}: {there}");
                let files = fs::read_dir(directory.path_of("spool")).expect("a folder").count();
                assert_eq!(files, there, "{inject}: nothing unfinished is left");
                if said {
                    break;
                }
                ended.push(inject);
            }
        }
    }
    // The file's content, the folder, and the file's name.
    assert_eq!(ended.len(), 2 * 3, "{ended:?}");
}
