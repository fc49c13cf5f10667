//! What was erased is in no file of the database, and the log holds it no longer than somebody reads from it.

use std::fs;
use std::path::Path;

use headcount_receiver::{Erase, Erased, Keys, Options, Reader, Sqlite, Store, Stored};

use sha2::{Digest as _, Sha256};

use crate::erasing::{erase, today};
use crate::reports::{DAY, NOON, id, manyfold, openfn};
use crate::sqlite::Place;

/// What the erased instance alone tells: a release, the id of a report, its id in clear and hashed.
fn mine() -> [String; 4] {
    let id = id(1);
    let hashed = Sha256::digest(id.as_bytes())
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"));
    [RELEASE.to_owned(), REPORT.to_owned(), id, hashed]
}

const RELEASE: &str = "v1.1.1:other:aaaaaaa";
const REPORT: &str = "a-report-of-the-erased-instance";
/// What another instance tells.
const KEPT: &str = "v2.2.2:other:bbbbbbb";

/// Puts small reports and large ones, of one instance between those of another, each twice. Gives what asks for
/// the first instance to be erased.
async fn fill(store: &Sqlite, keys: &Keys) -> Vec<Erase> {
    let mut last = Vec::new();
    for (day, projects) in (0..).zip([0, 1, 40, 3000]) {
        for (instance, release) in [(1, RELEASE), (2, KEPT)] {
            let mut report = openfn(&id(instance), projects);
            report.version = ["2", "3"][day % 2];
            report.time = NOON + DAY * u64::try_from(day).unwrap();
            release.clone_into(&mut report.resource[0].1);
            if instance == 1 {
                report.resource.push(("headcount.report.id", REPORT.to_owned()));
            }
            let parts = [report.stored(keys), manyfold(&id(instance)).stored(keys)];
            for _ in 0..2 {
                store.put(parts.to_vec()).await.unwrap();
            }
            if instance == 1 {
                last = parts.to_vec();
            }
        }
    }
    last.iter().map(|stored: &Stored| erase(stored, "an-erasure", 100)).collect()
}

/// How often a text is in the files of a folder.
fn count(folder: &Path, text: &str) -> usize {
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.map(|file| String::from_utf8_lossy(&file).matches(text).count()).sum()
}

#[track_caller]
fn gone(folder: &Path) {
    assert_eq!(mine().map(|text| count(folder, &text)), [0; 4]);
    assert!(count(folder, KEPT) > 0, "what others told stays");
}

#[track_caller]
fn there(folder: &Path) {
    assert!(mine().iter().all(|text| count(folder, text) > 0), "the search finds what is there");
}

const DONE: [Erased; 2] =
    [Erased { reports: 4, known: false }, Erased { reports: 1, known: false }];

#[tokio::test]
async fn nothing_remains_in_the_database_its_log_or_its_index() {
    let (place, keys) = (Place::new(), Keys::fresh().unwrap());
    let store = place.open();
    let asked = fill(&store, &keys).await;
    let folder = place.directory.path();
    there(folder);
    assert_eq!(store.erase(asked, today()).await.unwrap(), DONE);
    // While the store is open, so that its log and index are there.
    assert_eq!(fs::metadata(folder.join("reports.db-wal")).unwrap().len(), 0);
    assert!(folder.join("reports.db-shm").exists());
    gone(folder);
    store.put(vec![openfn(&id(2), 4000).stored(&keys)]).await.unwrap();
    gone(folder);
    store.close().await;
    gone(folder);
}

#[tokio::test]
async fn a_reader_delays_the_emptying_of_the_log_and_not_the_answer() {
    let (place, keys) = (Place::new(), Keys::fresh().unwrap());
    let store = place.open();
    let asked = fill(&store, &keys).await;
    let folder = place.directory.path();
    let reading = place.raw();
    reading.execute_batch("BEGIN; SELECT count(*) FROM report").unwrap();
    assert_eq!(store.erase(asked, today()).await.unwrap(), DONE);
    assert_eq!(Reader::open(&place.path()).unwrap().reports(filter("openfn")).count(), 4);
    there(folder);
    reading.execute_batch("COMMIT").unwrap();
    // Whatever is written next finds nobody in the way.
    store.sweep(today()).await.unwrap();
    gone(folder);
}

#[tokio::test]
async fn a_process_that_ended_too_early_leaves_it_to_the_next() {
    let (place, keys) = (Place::new(), Keys::fresh().unwrap());
    let store = place.open();
    let asked = fill(&store, &keys).await;
    let reading = place.raw();
    reading.execute_batch("BEGIN; SELECT count(*) FROM report").unwrap();
    store.erase(asked, today()).await.unwrap();
    // The files as a power cut would leave them.
    let image = Place::new();
    for name in ["reports.db", "reports.db-wal"] {
        fs::copy(place.directory.path().join(name), image.directory.path().join(name)).unwrap();
    }
    there(image.directory.path());
    let next = Sqlite::open(&image.path(), Options::default()).unwrap();
    gone(image.directory.path());
    next.close().await;
}

#[tokio::test]
async fn a_damaged_report_is_erased_whole() {
    let (place, keys) = (Place::new(), Keys::fresh().unwrap());
    let store = place.open();
    let asked = fill(&store, &keys).await;
    let damage = "UPDATE report SET part = CAST('no part' || part AS BLOB)";
    place
        .raw()
        .execute(&format!("{damage} WHERE instance = ?"), [asked[0].instance.as_bytes()])
        .unwrap();
    assert_eq!(store.erase(asked, today()).await.unwrap(), DONE);
    gone(place.directory.path());
}

/// A database of the first version, with one report.
const VERSION_1: &str = include_str!("../stores/version-1.sql");

#[tokio::test]
async fn a_database_without_erasures_is_brought_up_to_date() {
    let place = Place::new();
    place.raw().execute_batch(VERSION_1).unwrap();
    let reports = || Reader::open(&place.path()).unwrap().reports(filter("openfn")).count();
    assert_eq!(reports(), 1, "it can be read as it is");
    let before = fs::read(place.path()).unwrap();
    drop(Reader::open(&place.path()).unwrap());
    assert_eq!(fs::read(place.path()).unwrap(), before, "reading changes nothing");

    let store = place.open();
    assert_eq!(reports(), 1);
    let (key, _) = store.page(&filter("openfn"), None, 1).await.unwrap().remove(0);
    let (contract, instance) = (key.contract, key.instance);
    let cutoff = headcount_contract::Cutoff { report_id: String::new(), time_unix_nano: NOON };
    let asked = Erase { contract, instance, cutoff };
    assert_eq!(store.erase(vec![asked.clone()], today()).await.unwrap()[0].reports, 1);
    store.close().await;
    let store = place.open();
    assert!(store.erase(vec![asked], today()).await.unwrap()[0].known, "it is remembered");
    let version: i64 =
        place.raw().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 2);
}

fn filter(contract: &str) -> headcount_receiver::Filter {
    headcount_receiver::Filter { contract: Some(contract.to_owned()), ..Default::default() }
}
