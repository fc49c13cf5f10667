//! A byte of the database changes on the disk: what is read is what was told, or an error that says so; nothing panics;
//! and with the byte as it was, everything is there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use headcount_receiver::{Filter, Keys, Options, Row, Sqlite, Store, Stored, StoredKey};

use crate::conformance::all;
use crate::lives::scratch;
use crate::reports::{id, openfn};

const REPORTS: usize = 60;
/// Places that are damaged, one after the other: far from one another, and never the same within a page.
const PLACES: usize = 200;

/// What came of opening and reading a damaged file.
#[derive(Debug, Default)]
struct Came {
    refused: usize,
    unreadable: usize,
    damaged: usize,
    whole: usize,
}

impl Came {
    /// Opens the file, reads all of it, and puts a report that is there already.
    async fn open(&mut self, path: &Path, keys: &Keys, told: &BTreeMap<StoredKey, Stored>) {
        let Ok(store) = Sqlite::open(path, keys, Options::default()) else {
            self.refused += 1;
            return;
        };
        match store.page(&Filter::default(), None, 2 * REPORTS).await {
            Err(_) => self.unreadable += 1,
            Ok(rows) => self.read(rows, told),
        }
        let again = told.values().next().unwrap();
        if let Ok(kept) = store.put(vec![again.clone()]).await {
            assert_eq!(kept.receipt, Some(again.part.receipt()));
        }
        store.close().await;
    }

    fn read(&mut self, rows: Vec<Row>, told: &BTreeMap<StoredKey, Stored>) {
        let mut damaged = rows.len() < told.len();
        for Row { key, part, .. } in rows {
            match part {
                Ok(part) => assert_eq!(Some(&part), told.get(&key).map(|told| &told.part), "{key}"),
                Err(error) => {
                    assert!(error.is_damaged(), "{error}");
                    damaged = true;
                }
            }
        }
        *(if damaged { &mut self.damaged } else { &mut self.whole }) += 1;
    }
}

#[tokio::test]
async fn what_is_read_of_a_damaged_database_is_what_was_told() {
    let directory = scratch();
    let path = directory.path().join("reports.db");
    let keys = Keys::fresh().unwrap();
    let told: BTreeMap<_, _> = (0..REPORTS)
        .map(|who| openfn(&id(who), 3).stored(&keys))
        .map(|stored| (stored.key.clone(), stored))
        .collect();
    let store = Sqlite::open(&path, &keys, Options::default()).unwrap();
    store.put(told.values().cloned().collect()).await.unwrap();
    store.close().await;
    let healthy = fs::read(&path).unwrap();

    let mut came = Came::default();
    for number in 0..PLACES {
        let mut bytes = healthy.clone();
        let place = number * (bytes.len() / PLACES) + number % 7;
        bytes[place] ^= 1 << (number % 8);
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(directory.path().join(format!("reports.db{end}")));
        }
        fs::write(&path, bytes).unwrap();
        came.open(&path, &keys, &told).await;
    }
    assert!(came.damaged > PLACES / 4 && came.whole > 0, "{came:?}");

    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(directory.path().join(format!("reports.db{end}")));
    }
    fs::write(&path, &healthy).unwrap();
    let store = Sqlite::open(&path, &keys, Options::default()).unwrap();
    assert_eq!(all(&store).await, told.into_values().collect::<Vec<_>>());
    store.close().await;
}
