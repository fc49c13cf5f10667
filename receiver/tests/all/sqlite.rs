//! What the durable store must do beyond what every store does.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use headcount_receiver::{Error, Filter, Keys, Location, Options, Reader, Sqlite, Store};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::conformance::{document, stored};
use crate::reports::{id, openfn};

/// A database in a folder of its own.
pub struct Place {
    pub directory: TempDir,
    pub keys: Keys,
}

impl Place {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), keys: Keys::fresh().unwrap() }
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("reports.db")
    }

    /// A store that does not wait for others.
    pub fn open(&self) -> Sqlite {
        let options = Options { busy: Duration::ZERO, ..Options::default() };
        Sqlite::open(&self.path(), &self.keys, options).unwrap()
    }

    pub fn raw(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub fn documents(&self) -> Vec<String> {
        let reader = self.reader().unwrap();
        let documents =
            reader.reports(Filter::default()).map(|row| document(&stored(row.unwrap())));
        documents.collect()
    }

    pub fn reader(&self) -> Result<Reader, Error> {
        Reader::open(&self.path(), &self.keys)
    }
}

fn refused(path: &Path) -> Error {
    let keys = Keys::fresh().unwrap();
    Sqlite::open(path, &keys, Options::default()).expect_err("expected a refusal")
}

#[tokio::test]
async fn reports_are_there_after_reopening_and_for_a_reader_beside_the_writer() {
    let place = Place::new();
    let (store, keys) = (place.open(), &place.keys);
    store.put(vec![openfn(&id(1), 2).stored(keys)]).await.unwrap();
    let beside = place.documents();
    assert_eq!(beside.len(), 1);
    store.close().await;
    assert!(store.put(vec![]).await.unwrap_err().is_unavailable());
    let names: Vec<_> = fs::read_dir(place.directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["reports.db"], "closing leaves one file");
    assert_eq!(place.documents(), beside, "without a writer");
    let store = place.open();
    store.put(vec![openfn(&id(2), 2).stored(keys)]).await.unwrap();
    assert_eq!(place.documents().len(), 2);
}

#[tokio::test]
async fn the_file_is_its_owners_alone_and_marked_as_ours() {
    let place = Place::new();
    let store = place.open();
    store.put(vec![openfn(&id(1), 2).stored(&place.keys)]).await.unwrap();
    #[cfg(unix)]
    for name in ["reports.db", "reports.db-wal"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(place.directory.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let mark = |name: &str| {
        place.raw().pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((mark("application_id"), mark("user_version")), (0x4843_4e54, 5));
}

#[tokio::test]
async fn what_a_report_said_before_is_nowhere_in_the_file() {
    let place = Place::new();
    let (store, keys) = (place.open(), &place.keys);
    let stored = || {
        let database = place.raw();
        let mut select = database.prepare("SELECT part FROM report").unwrap();
        let parts = select.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        parts.map(|part| part.unwrap()[..32].to_vec()).collect::<Vec<_>>()
    };
    let mut said = Vec::new();
    // Large and small ones, so that both whole pages and parts of pages become free.
    for (hour, release) in (0..).zip(["v1.1.1:other:aaaaaaa", "v2.2.2:other:bbbbbbb"]) {
        for (number, projects) in [(1, 300), (2, 0), (3, 1), (4, 40)] {
            let mut report = openfn(&id(number), projects);
            report.resource[0].1 = release.to_owned();
            report.time += u64::try_from(hour).unwrap();
            store.put(vec![report.stored(keys)]).await.unwrap();
        }
        said.push(stored());
    }
    store.close().await;
    let file = fs::read(place.path()).unwrap();
    let count = |part: &[u8]| file.windows(part.len()).filter(|at| *at == part).count();
    assert!(said[0].iter().all(|part| count(part) == 0));
    assert!(said[1].iter().all(|part| count(part) == 1));
}

#[test]
fn files_of_others_are_refused_and_left_as_they_are() {
    let place = Place::new();
    fs::write(place.path(), "a letter to a friend, and no database\n".repeat(100)).unwrap();
    let error = refused(&place.path());
    assert!(error.to_string().contains("a file that is no database"), "{error}");
    assert!(fs::read_to_string(place.path()).unwrap().starts_with("a letter"));
    fs::remove_file(place.path()).unwrap();

    place.raw().execute_batch("CREATE TABLE address (name TEXT)").unwrap();
    let error = refused(&place.path());
    assert!(error.to_string().contains("another application's"), "{error}");
    assert!(error.is_configuration());
    let mode: String =
        place.raw().pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete", "a foreign file is not changed");
}

#[test]
fn a_newer_database_is_refused_by_its_version() {
    let place = Place::new();
    drop(place.open());
    place.raw().pragma_update(None, "user_version", 6).unwrap();
    let error = refused(&place.path());
    assert!(error.to_string().contains("version 5 at most, got 6"), "{error}");
    let error = place.reader().expect_err("expected a refusal");
    assert!(error.is_configuration(), "{error}");
}

#[test]
fn reading_makes_no_file() {
    let place = Place::new();
    let error = place.reader().expect_err("there is no database");
    assert!(error.to_string().contains("reports.db"), "{error}");
    assert_eq!(fs::read_dir(place.directory.path()).unwrap().count(), 0);
    fs::write(place.path(), "").unwrap();
    let error = place.reader().expect_err("there is an empty file");
    assert!(error.to_string().contains("got an empty one"), "{error}");
}

#[tokio::test]
async fn a_damaged_report_is_named_and_the_others_stay_readable() {
    let place = Place::new();
    let (store, keys) = (place.open(), &place.keys);
    let reports: Vec<_> = (0..3).map(|number| openfn(&id(number), 1).stored(keys)).collect();
    store.put(reports.clone()).await.unwrap();
    let damaged = &reports[1].key;
    place
        .raw()
        .execute(
            "UPDATE report SET part = x'0badf00d' WHERE instance = ?",
            [damaged.instance.as_bytes()],
        )
        .unwrap();
    let error = store.put(vec![reports[1].clone()]).await.unwrap_err();
    assert!(error.is_damaged() && error.to_string().contains(&damaged.to_string()), "{error}");
    store.put(vec![reports[0].clone()]).await.expect("other reports go on");
    let rows = store.page(&Filter::default(), None, 10).await.unwrap();
    let unreadable: Vec<_> = rows.iter().filter(|row| row.part.is_err()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(unreadable.len(), 1);
    assert_eq!(unreadable[0].key, *damaged);
}

#[tokio::test]
async fn a_locked_database_heals() {
    let place = Place::new();
    let (store, keys) = (place.open(), &place.keys);
    let report = openfn(&id(1), 1).stored(keys);
    let other = place.raw();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = store.put(vec![report.clone()]).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    store.page(&Filter::default(), None, 1).await.expect("reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    store.put(vec![report]).await.expect("the lock is gone");
    assert_eq!(place.documents().len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_that_vanishes_is_waited_for_and_not_made_anew() {
    let place = Place::new();
    let (store, keys) = (place.open(), &place.keys);
    store.put(vec![openfn(&id(1), 1).stored(keys)]).await.unwrap();
    let report = openfn(&id(2), 1).stored(keys);
    let away = place.directory.path().join("away.db");
    fs::rename(place.path(), &away).unwrap();
    assert!(store.put(vec![report.clone()]).await.unwrap_err().is_unavailable());
    assert!(!place.path().exists());
    fs::rename(&away, place.path()).unwrap();
    store.put(vec![report]).await.expect("the database is back");
    assert_eq!(place.documents().len(), 2);
}

#[tokio::test]
async fn a_location_keeps_its_secret_beside_the_database() {
    let place = Place::new();
    let location: Location = format!("sqlite:{}", place.path().display()).parse().unwrap();
    let (store, keys) = location.open().unwrap();
    let (again, same) = location.open().unwrap();
    assert_eq!(keys.instance("openfn", "a"), same.instance("openfn", "a"));
    assert_eq!(fs::read(place.directory.path().join("reports.db.secret")).unwrap().len(), 32);
    store.close().await;
    again.close().await;
}
