//! What was erased is in no file of the database, and the log holds it no longer than somebody reads from it.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use headcount_receiver::{Erase, Erased, InstanceKey, Keys, Options, Sqlite, Store, Stored};

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

/// What is in the files of a folder.
pub fn bytes(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap();
    files.flat_map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

/// Pieces of an instance's reports as they are stored: each is random, and the instance's alone.
pub struct Pieces {
    all: HashSet<Vec<u8>>,
    /// Whether one begins with this byte and that one: nearly none does, so most places are passed over quickly.
    begin: Vec<bool>,
}

const PIECE: usize = 16;
/// Of so many pieces one is looked for, several of each page.
const EACH: usize = 32;

impl Pieces {
    pub fn of(place: &Place, instances: &[InstanceKey]) -> Self {
        let database = place.raw();
        let mut select = database.prepare("SELECT part FROM report WHERE instance = ?").unwrap();
        let (mut all, mut begin) = (HashSet::new(), vec![false; 1 << 16]);
        for instance in instances {
            let stored = select.query_map([instance.as_bytes()], |row| row.get::<_, Vec<u8>>(0));
            for part in stored.unwrap() {
                for piece in part.unwrap().chunks_exact(PIECE).step_by(EACH) {
                    begin[Self::place(piece)] = true;
                    all.insert(piece.to_vec());
                }
            }
        }
        assert!(all.len() > 100, "there are reports");
        Self { all, begin }
    }

    /// How many of them are in the files of a folder.
    pub fn count(&self, folder: &Path) -> usize {
        let bytes = bytes(folder);
        let places = bytes.windows(PIECE).filter(|at| self.begin[Self::place(at)]);
        places.filter(|at| self.all.contains(*at)).count()
    }

    fn place(bytes: &[u8]) -> usize {
        usize::from(bytes[0]) << 8 | usize::from(bytes[1])
    }
}

/// What the erased instance's reports look like, and the other's.
struct Sought {
    mine: Pieces,
    other: Pieces,
}

impl Sought {
    fn of(place: &Place, asked: &[Erase]) -> Self {
        let mine: Vec<_> = asked.iter().map(|erase| erase.instance).collect();
        let other = [openfn(&id(2), 0), manyfold(&id(2))];
        let other = other.map(|report| report.stored(&place.keys).key.instance);
        Self { mine: Pieces::of(place, &mine), other: Pieces::of(place, &other) }
    }

    #[track_caller]
    fn gone(&self, folder: &Path) {
        assert_eq!(self.mine.count(folder), 0);
        assert!(self.other.count(folder) > 0, "what others told stays");
        in_clear(folder);
    }

    #[track_caller]
    fn there(&self, folder: &Path) {
        assert!(self.mine.count(folder) > 0, "the search finds what is there");
        in_clear(folder);
    }
}

/// Nothing is ever there in clear.
#[track_caller]
fn in_clear(folder: &Path) {
    let bytes = bytes(folder);
    let files = String::from_utf8_lossy(&bytes);
    let found: Vec<_> = mine().into_iter().filter(|text| files.contains(text.as_str())).collect();
    assert_eq!(found, [] as [String; 0]);
}

const DONE: [Erased; 2] =
    [Erased { reports: 4, known: false }, Erased { reports: 1, known: false }];

#[tokio::test]
async fn nothing_remains_in_the_database_its_log_or_its_index() {
    let place = Place::new();
    let (store, keys) = (place.open(), &place.keys);
    let asked = fill(&store, keys).await;
    let folder = place.directory.path();
    let sought = Sought::of(&place, &asked);
    sought.there(folder);
    assert_eq!(store.erase(asked, today()).await.unwrap(), DONE);
    // While the store is open, so that its log and index are there.
    assert_eq!(fs::metadata(folder.join("reports.db-wal")).unwrap().len(), 0);
    assert!(folder.join("reports.db-shm").exists());
    sought.gone(folder);
    store.put(vec![openfn(&id(2), 4000).stored(keys)]).await.unwrap();
    sought.gone(folder);
    store.close().await;
    sought.gone(folder);
}

#[tokio::test]
async fn a_reader_delays_the_emptying_of_the_log_and_not_the_answer() {
    let place = Place::new();
    let (store, keys) = (place.open(), &place.keys);
    let asked = fill(&store, keys).await;
    let folder = place.directory.path();
    let sought = Sought::of(&place, &asked);
    let reading = place.raw();
    reading.execute_batch("BEGIN; SELECT count(*) FROM report").unwrap();
    assert_eq!(store.erase(asked, today()).await.unwrap(), DONE);
    assert_eq!(place.reader().unwrap().reports(filter("openfn")).count(), 4);
    sought.there(folder);
    reading.execute_batch("COMMIT").unwrap();
    // Whatever is written next finds nobody in the way.
    store.sweep(today(), Vec::new()).await.unwrap();
    sought.gone(folder);
}

#[tokio::test]
async fn a_process_that_ended_too_early_leaves_it_to_the_next() {
    let place = Place::new();
    let (store, keys) = (place.open(), &place.keys);
    let asked = fill(&store, keys).await;
    let sought = Sought::of(&place, &asked);
    let reading = place.raw();
    reading.execute_batch("BEGIN; SELECT count(*) FROM report").unwrap();
    store.erase(asked, today()).await.unwrap();
    // The files as a power cut would leave them.
    let image = Place::new();
    for name in ["reports.db", "reports.db-wal"] {
        fs::copy(place.directory.path().join(name), image.directory.path().join(name)).unwrap();
    }
    sought.there(image.directory.path());
    let next = Sqlite::open(&image.path(), &place.keys, Options::default()).unwrap();
    sought.gone(image.directory.path());
    next.close().await;
}

#[tokio::test]
async fn a_damaged_report_is_erased_whole() {
    let place = Place::new();
    let (store, keys) = (place.open(), &place.keys);
    let asked = fill(&store, keys).await;
    let sought = Sought::of(&place, &asked);
    let database = place.raw();
    database.pragma_update(None, "secure_delete", true).unwrap();
    let theirs = asked[0].instance.as_bytes();
    let mut select = database.prepare("SELECT rowid, part FROM report WHERE instance = ?").unwrap();
    let rows = select.query_map([theirs], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let rows: Vec<(i64, Vec<u8>)> = rows.map(Result::unwrap).collect();
    for (row, part) in rows {
        let damaged = [b"no part", &*part].concat();
        let update = "UPDATE report SET part = ? WHERE rowid = ?";
        database.execute(update, rusqlite::params![damaged, row]).unwrap();
    }
    sought.there(place.directory.path());
    assert_eq!(store.erase(asked, today()).await.unwrap(), DONE);
    sought.gone(place.directory.path());
}

fn filter(contract: &str) -> headcount_receiver::Filter {
    headcount_receiver::Filter { contract: Some(contract.to_owned()), ..Default::default() }
}
