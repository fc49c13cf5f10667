use std::time::Duration;

use tempfile::TempDir;

use super::*;

fn directory() -> (TempDir, Directory) {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = Directory::at(folder.path().join("made/when/needed"));
    (folder, directory)
}

/// Every name in the directory and its folders.
fn names(directory: &Directory) -> Vec<String> {
    let mut names = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(directory.path_of(folder)) else { continue };
        for entry in entries {
            let name = entry.expect("an entry").file_name().into_string().expect("a name");
            names.push(if folder.is_empty() { name } else { format!("{folder}/{name}") });
        }
    }
    names.sort();
    names
}

fn names_of(directory: &Directory, folder: &str) -> Vec<String> {
    directory.list(folder).expect("a listing").into_iter().map(|file| file.name).collect()
}

#[test]
fn asking_makes_nothing() {
    let (folder, directory) = directory();
    assert!(!directory.exists());
    assert_eq!(directory.read("state.json").expect("no error"), None);
    assert_eq!(directory.list("spool").expect("no error"), []);
    directory.remove("state.json").expect("nothing to remove");
    directory.set_aside("state.json").expect("nothing to set aside");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn what_is_written_is_read_and_replaced() {
    let (_folder, directory) = directory();
    for content in ["first", "", "third"] {
        directory.write("spool/a", content.as_bytes()).expect("written");
        assert_eq!(directory.read("spool/a").expect("read").as_deref(), Some(content.as_bytes()));
    }
    assert_eq!(names(&directory), ["spool", "spool/a"]);
    directory.remove("spool/a").expect("removed");
    assert_eq!(names(&directory), ["spool"]);
}

#[test]
fn lines_are_added_and_a_torn_one_is_ended() {
    let (_folder, directory) = directory();
    directory.append("history.jsonl", "one").expect("added");
    directory.append("history.jsonl", "two").expect("added");
    directory.write("history.jsonl", b"one\ntw").expect("written");
    directory.append("history.jsonl", "three").expect("added");
    assert_eq!(directory.read("history.jsonl").expect("read").expect("there"), b"one\ntw\nthree\n");
}

#[test]
fn the_newest_eight_of_what_is_set_aside_stay() {
    let (_folder, directory) = directory();
    for number in 1..=11 {
        directory.write("spool/a-b", format!("{number}").as_bytes()).expect("written");
        directory.set_aside("spool/a-b").expect("set aside");
    }
    assert_eq!(directory.read("spool/a-b").expect("read"), None);
    let aside = names_of(&directory, DAMAGED);
    assert_eq!(aside.len(), 8);
    for number in 4..=11 {
        let content = directory.read(&format!("{DAMAGED}/spool-a-b-{number}")).expect("read");
        assert_eq!(content, Some(number.to_string().into_bytes()));
    }
    directory.write("identity", b"").expect("written");
    directory.set_aside("identity").expect("set aside");
    directory.forget_aside("spool/").expect("forgotten");
    assert_eq!(names_of(&directory, DAMAGED), ["identity-12"]);
}

#[test]
fn one_at_a_time_has_the_lock() {
    let (_folder, directory) = directory();
    let lock = directory.lock(Duration::ZERO).expect("a lock").expect("a free one");
    assert!(directory.lock(Duration::from_millis(20)).expect("no error").is_none());
    drop(lock);
    assert!(directory.lock(Duration::ZERO).expect("no error").is_some());
}

#[test]
fn waiting_for_the_lock_ends_when_it_is_free() {
    let (_folder, directory) = directory();
    let lock = directory.lock(Duration::ZERO).expect("a lock").expect("a free one");
    let waiting = {
        let directory = directory.clone();
        std::thread::spawn(move || directory.lock(Duration::from_mins(1)))
    };
    drop(lock);
    assert!(waiting.join().expect("no panic").expect("no error").is_some());
}

#[test]
fn the_lock_of_a_deleted_directory_keeps_nobody_out() {
    let (_folder, directory) = directory();
    let old = directory.lock(Duration::ZERO).expect("a lock").expect("a free one");
    fs::remove_dir_all(directory.path()).expect("deleted");
    let new = directory.lock(Duration::ZERO).expect("a lock").expect("a new one");
    drop(old);
    assert!(directory.lock(Duration::ZERO).expect("no error").is_none());
    drop(new);
}

#[test]
fn whoever_takes_the_lock_sweeps_up() {
    let (_folder, directory) = directory();
    for name in ["state.json", "spool/a", ".hidden", "spool/.unfinishedx"] {
        directory.write(name, b"").expect("written");
    }
    for folder in ["", "spool"] {
        fs::write(directory.path_of(folder).join(".unfinished-xyz"), b"half").expect("written");
    }
    let _lock = directory.lock(Duration::ZERO).expect("a lock").expect("a free one");
    let left = [".hidden", "lock", "spool", "spool/.unfinishedx", "spool/a", "state.json"];
    assert_eq!(names(&directory), left);
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    let (_folder, directory) = directory();
    directory.write("state.json", b"").expect("written");
    let file = OpenOptions::new().write(true).open(directory.path_of("state.json"));
    file.and_then(|file| file.set_len(1 << 30)).expect("a sparse file");
    let error = directory.read("state.json").expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().ends_with("state.json: expected at most 16777216 bytes, got more"));
    assert_eq!(directory.list("").expect("listed")[0].bytes, 1 << 30);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("metadata").permissions().mode() & 0o7777
    }

    fn pipe(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
    }

    #[test]
    fn only_the_owner_may_read() {
        let (folder, directory) = directory();
        directory.write("identity", b"").expect("written");
        directory.append("history.jsonl", "").expect("added");
        directory.write("spool/a", b"").expect("written");
        let _lock = directory.lock(Duration::ZERO).expect("a lock");
        for name in ["identity", "history.jsonl", "spool/a", "lock"] {
            assert_eq!(mode(&directory.path_of(name)), 0o600, "{name}");
        }
        for made in ["made", "made/when", "made/when/needed", "made/when/needed/spool"] {
            assert_eq!(mode(&folder.path().join(made)), 0o700, "{made}");
        }
    }

    #[test]
    fn a_file_that_others_could_read_is_replaced_by_one_that_they_cannot() {
        let (_folder, directory) = directory();
        directory.write("identity", b"").expect("written");
        let path = directory.path_of("identity");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened up");
        directory.write("identity", b"").expect("written");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_planted_link_is_replaced_and_never_followed() {
        let (folder, directory) = directory();
        let target = folder.path().join("target");
        fs::write(&target, "theirs").expect("written");
        directory.write("state.json", b"").expect("written");
        for name in ["identity", "history.jsonl", "lock"] {
            symlink(&target, directory.path_of(name)).expect("a link");
        }
        assert!(directory.read("identity").is_err());
        assert!(directory.append("history.jsonl", "line").is_err());
        assert!(directory.lock(Duration::ZERO).is_err());
        directory.write("identity", b"ours").expect("written");
        assert_eq!(directory.read("identity").expect("read").expect("there"), b"ours");
        assert_eq!(fs::read_to_string(&target).expect("read"), "theirs");
        assert_eq!(names_of(&directory, ""), ["identity", "state.json"]);
    }

    #[test]
    fn a_link_to_nowhere_makes_no_file_there() {
        let (folder, directory) = directory();
        directory.write("state.json", b"").expect("written");
        let target = folder.path().join("target");
        for name in ["lock", "history.jsonl"] {
            symlink(&target, directory.path_of(name)).expect("a link");
        }
        assert!(directory.lock(Duration::ZERO).is_err());
        assert!(directory.append("history.jsonl", "line").is_err());
        assert!(!target.exists());
    }

    #[test]
    fn a_pipe_is_no_file_and_nobody_waits_for_it() {
        let (_folder, directory) = directory();
        directory.write("spool/a", b"").expect("written");
        pipe(&directory.path_of("spool/pipe"));
        pipe(&directory.path_of("lock"));
        let error = directory.read("spool/pipe").expect_err("no file");
        assert!(error.to_string().ends_with("expected a regular file, got something else"));
        assert!(directory.append("spool/pipe", "line").is_err());
        assert!(directory.lock(Duration::ZERO).is_err());
        assert_eq!(names_of(&directory, "spool"), ["a"]);
        directory.write("spool/pipe", b"file").expect("replaced");
        assert_eq!(directory.read("spool/pipe").expect("read").expect("there"), b"file");
    }

    #[test]
    fn a_read_only_directory_is_an_error_that_names_it() {
        let (_folder, directory) = directory();
        directory.write("state.json", b"kept").expect("written");
        let read_only = |mode| {
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(directory.path(), mode).expect("the mode is set");
        };
        read_only(0o500);
        // Root may write everywhere.
        if tempfile::tempfile_in(directory.path()).is_err() {
            let error = directory.write("state.json", b"lost").expect_err("read-only");
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
            assert!(error.to_string().contains("/needed/state.json: "), "{error}");
            for result in [
                directory.append("history.jsonl", "line"),
                directory.remove("state.json"),
                directory.set_aside("state.json"),
                directory.lock(Duration::ZERO).map(drop),
                directory.write("spool/a", b""),
            ] {
                assert_eq!(result.expect_err("read-only").kind(), ErrorKind::PermissionDenied);
            }
            assert_eq!(directory.read("state.json").expect("read").expect("there"), b"kept");
        }
        read_only(0o700);
    }
}
