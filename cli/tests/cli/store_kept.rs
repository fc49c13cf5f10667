//! `headcount store check`, `stats` and `backup`

use std::fs;
use std::path::Path;

use headcount_contract::Document;
use tempfile::TempDir;

use crate::running::{Ended, Listening, folder, run_in};
use crate::serving::{DAY, date, manyfold};

fn store(folder: &TempDir, arguments: &[&str]) -> Ended {
    run_in(folder.path(), &[&["store"], arguments].concat())
}

fn id(number: usize) -> String {
    format!("{number:08x}-e878-470d-b7c0-cfa8f7e003ae")
}

/// A receiver that has taken so many reports of Manyfold.
fn serving(folder: &TempDir, reports: usize) -> Listening {
    let serving = Listening::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"], 1);
    for number in 0..reports {
        assert_eq!(serving.post(&manyfold(&id(number), *DAY)).0, 200);
    }
    serving
}

/// Something else in the place of the first stored report.
fn damage(folder: &Path) {
    let database = rusqlite::Connection::open(folder.join("headcount.db")).expect("a database");
    let damage = "UPDATE report SET part = x'0102' WHERE rowid = 1";
    assert_eq!(database.execute(damage, []), Ok(1));
}

#[test]
fn damage_is_named_and_removed_beside_a_running_receiver() {
    let folder = folder();
    let serving = serving(&folder, 3);
    let ended = store(&folder, &["check"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{ended:?}");
    assert_eq!(ended.err, "headcount: 3 reports, all whole\n");
    damage(folder.path());
    let ended = store(&folder, &["check"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.starts_with(&format!("manyfold/0.90 {} ", date(*DAY))), "{ended:?}");
    assert!(ended.out.ends_with(": it is not as it was sealed\n"), "{ended:?}");
    assert_eq!(ended.err, "headcount: 3 reports, 1 damage found\n");
    let ended = store(&folder, &["check", "--remove-damaged"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.ends_with("headcount: removed 1 damaged report\n"), "{ended:?}");
    let ended = store(&folder, &["check"]);
    assert_eq!(ended.err, "headcount: 2 reports, all whole\n");
    // What was damaged comes again.
    for number in 0..3 {
        assert_eq!(serving.post(&manyfold(&id(number), *DAY)).0, 200);
    }
    assert_eq!(store(&folder, &["check"]).err, "headcount: 3 reports, all whole\n");
}

#[test]
fn what_is_stored_is_counted() {
    let folder = folder();
    let _serving = serving(&folder, 3);
    let ended = store(&folder, &["stats"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<_> = ended.out.lines().collect();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let head = "contract reports instances first last bytes kept";
    assert_eq!(words(lines[0]), words(head));
    let begin = words(&format!("manyfold/0.90 3 3 {0} {0}", date(*DAY)));
    assert_eq!(words(lines[1])[..5], begin);
    assert!(lines[1].ends_with("  7 days"), "{ended:?}");
    assert!(lines[2].ends_with("; 0 erasures remembered"), "{ended:?}");

    let ended = store(&folder, &["stats", "--json"]);
    let document = Document::parse(&ended.out).expect("JSON").to_string();
    for member in [
        r#""contract":"manyfold","version":"0.90","reports":3,"instances":3"#,
        r#""kept_days":7"#,
        r#""quota_bytes":8589934592"#,
        r#""erasures_remembered":0"#,
    ] {
        assert!(document.contains(member), "{member} in {document}");
    }
}

#[test]
fn a_copy_beside_a_running_receiver_is_whole_and_needs_the_secret() {
    let folder = folder();
    let _serving = serving(&folder, 3);
    let ended = store(&folder, &["backup", "copy.db", "--with-secret", "copy.secret"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.ends_with(" into copy.db\n"), "{ended:?}");
    let path = |name: &str| folder.path().join(name);
    assert_eq!(fs::read(path("copy.secret")).ok(), fs::read(path("headcount.db.secret")).ok());
    #[cfg(unix)]
    for name in ["copy.db", "copy.secret"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path(name)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let ended = store(&folder, &["check", "--store", "sqlite:copy.db"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("copy.db.secret, got none"), "{ended:?}");
    fs::rename(path("copy.secret"), path("copy.db.secret")).expect("it is there");
    let ended = store(&folder, &["check", "--store", "sqlite:copy.db"]);
    assert_eq!(ended.err, "headcount: 3 reports, all whole\n", "{ended:?}");
    let before = fs::read(path("copy.db")).expect("it is there");
    let ended = store(&folder, &["backup", "copy.db"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("expected no file in copy.db yet"), "{ended:?}");
    assert_eq!(fs::read(path("copy.db")).expect("it is there"), before);
    let names = fs::read_dir(folder.path()).expect("a folder");
    let drafts = names.filter(|name| {
        let name = name.as_ref().expect("it can be read").file_name();
        name.to_string_lossy().ends_with(".new")
    });
    assert_eq!(drafts.count(), 0);
}

#[test]
fn nothing_is_looked_at_where_nothing_is() {
    let folder = folder();
    for command in [&["check"][..], &["stats"], &["backup", "copy.db"]] {
        let ended = store(&folder, command);
        assert_eq!(ended.code, Some(64), "{ended:?}");
        assert!(ended.err.contains("expected a database in headcount.db, there is none"));
        let ended = store(&folder, &[command, &["--store", "memory"]].concat());
        assert_eq!(ended.code, Some(64), "{ended:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
