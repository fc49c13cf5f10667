//! The files of the durable store tell nothing to whoever does not have the secret.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use headcount_contract::{Contract, Header, Reason};
use headcount_receiver::{Derived, Keys, Store, Stored, StoredKey};

use crate::reports::library;
use crate::sqlite::Place;

/// So many bytes in a row are nobody's by chance.
const LENGTH: usize = 12;

/// The contract's example as it is stored, of a day of its own for each version.
fn example(contract: &Contract, keys: &Keys) -> Stored {
    let header = Header {
        report_id: Header::report_id_at(1_714_089_600_000_000_000, 0, [5; 8]),
        date: "2024-04-25".parse().unwrap(),
        time_unix_nano: 1_714_089_600_000_000_000,
        reason: Reason::Daily,
        dropped: 0,
    };
    let part = contract.part(&contract.example(), &header).unwrap();
    let key = StoredKey {
        contract: contract.name().to_owned(),
        version: contract.version().to_owned(),
        date: part.date(),
        instance: keys.instance(contract.name(), "an instance"),
    };
    Stored::new(key, part)
}

/// Every row of bytes of a report as it is before it is sealed: its ids, values, names, times.
fn tells(stored: &Stored) -> HashSet<Vec<u8>> {
    let encoded = stored.part.encode();
    encoded.windows(LENGTH).map(<[u8]>::to_vec).collect()
}

#[track_caller]
fn found(file: &Path, tells: &HashSet<Vec<u8>>) -> Vec<String> {
    let bytes = fs::read(file).unwrap();
    let found = bytes.windows(LENGTH).filter(|window| tells.contains(*window));
    found.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
}

#[tokio::test]
async fn nothing_that_any_contract_reports_is_in_the_database_its_log_or_a_copy() {
    for contract in library().iter() {
        let place = Place::new();
        let store = place.open();
        let stored = example(contract, &place.keys);
        let tells = tells(&stored);
        assert!(tells.len() > 100, "{}", contract.label());
        store.put(vec![stored.clone()]).await.unwrap();
        let folder = place.directory.path();
        let copy = folder.join("copy.db");
        place.reader().unwrap().backup(&copy, |_, _| ()).unwrap();
        let mut searched = Vec::new();
        for when in ["open", "closed"] {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                assert_eq!(found(&path, &tells), [""; 0], "{} in {name}", contract.label());
                searched.push(format!("{name} {when}"));
            }
            store.close().await;
        }
        for name in ["copy.db open", "reports.db open", "reports.db-wal open", "reports.db closed"]
        {
            assert!(searched.iter().any(|searched| searched == name), "{name} in {searched:?}");
        }
        // What is there in clear would have been found.
        let clear = folder.join("clear");
        fs::write(&clear, stored.part.encode()).unwrap();
        assert_eq!(found(&clear, &tells).len(), stored.part.encode().len() - LENGTH + 1);
        assert_eq!(place.documents().len(), 1, "with the secret it is all there");
    }
}

#[tokio::test]
async fn another_secret_is_told_at_once() {
    let place = Place::new();
    let store = place.open();
    // Of an empty store nothing depends on it.
    store.close().await;
    let other = Place { keys: Keys::fresh().unwrap(), ..place };
    let store = other.open();
    let contract = library().find("manyfold").unwrap().clone();
    store.put(vec![example(&contract, &other.keys)]).await.unwrap();
    store.close().await;
    let keys = Keys::fresh().unwrap();
    let error = headcount_receiver::Reader::open(&other.path(), &keys).unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains("written under another secret"), "{error}");
    let options = headcount_receiver::Options::default();
    let error = headcount_receiver::Sqlite::open(&other.path(), &keys, options).unwrap_err();
    assert!(error.to_string().contains("written under another secret"), "{error}");
    assert_eq!(other.documents().len(), 1);
}

#[tokio::test]
async fn a_row_that_is_copied_over_another_does_not_open() {
    let place = Place::new();
    let store = place.open();
    let contract = library().find("manyfold").unwrap().clone();
    let one = example(&contract, &place.keys);
    let instance = place.keys.instance("manyfold", "another instance");
    let two = Stored { key: StoredKey { instance, ..one.key.clone() }, ..one.clone() };
    assert_eq!(two.derived, Derived::default());
    store.put(vec![one, two]).await.unwrap();
    let copied = "UPDATE report SET part = (SELECT part FROM report WHERE rowid = 1)";
    place.raw().execute(copied, []).unwrap();
    let mut damages = Vec::new();
    let checked = place.reader().unwrap().check(|damage| damages.push(damage)).unwrap();
    assert_eq!((checked.reports, checked.damaged, damages.len()), (2, 1, 1));
    store.close().await;
}
