//! Databases as every version of the store made them are read, and brought up to date when they are written.

use std::fs;

use headcount_contract::{Cutoff, Receipt};
use headcount_receiver::{Erase, Filter, InstanceKey, Keys, Outbox, Row, Store};

use crate::erasing::today;
use crate::freezing::asking::{counting_of, date, day, freeze_all, settled};
use crate::reports::NOON;
use crate::sqlite::Place;

const VERSIONS: [&str; 5] = [
    include_str!("../stores/version-1.sql"),
    include_str!("../stores/version-2.sql"),
    include_str!("../stores/version-3.sql"),
    include_str!("../stores/version-4.sql"),
    include_str!("../stores/version-5.sql"),
];
/// The secret that belongs to those from the third on; before, it did not matter for reading.
const SECRET: &[u8; 32] = b"the secret of a store for tests.";
/// Whose report is in each of them, and SHA-256 of that.
const INSTANCE: [u8; 32] = [0x5a; 32];
const RECEIPT: &str = include_str!("../stores/receipt.txt");
/// What the report says, and what its id is.
const TOLD: [&str; 3] = [
    "v2.4.2:match:f1bd9ae",
    "2F5EF0CE76B4586F42265EC217727908AF68EE15F04F2F3B408F5EA8FAE8E793",
    "openfn.workflow.jobs.active",
];

/// A database of that version.
fn place(version: usize) -> Place {
    let place = Place::new();
    let secret = place.directory.path().join("a secret");
    fs::write(&secret, SECRET).unwrap();
    let keys = Keys::load(&secret).unwrap();
    fs::remove_file(secret).unwrap();
    place.raw().execute_batch(VERSIONS[version - 1]).unwrap();
    Place { keys, ..place }
}

fn user_version(place: &Place) -> i64 {
    place.raw().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// What there is to read, byte for byte.
fn receipts(place: &Place) -> Vec<(InstanceKey, Receipt)> {
    let reader = place.reader().unwrap();
    let rows = reader.reports(Filter::default()).map(Result::unwrap);
    rows.map(|Row { key, part, .. }| (key.instance, part.unwrap().receipt())).collect()
}

fn expected() -> Vec<(InstanceKey, Receipt)> {
    vec![(InstanceKey::new(INSTANCE), RECEIPT.trim().parse().unwrap())]
}

/// How many of the things that the report says are in the files in clear.
fn told(place: &Place) -> usize {
    let files = fs::read_dir(place.directory.path()).unwrap();
    let bytes: Vec<u8> = files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    TOLD.iter().filter(|told| text.contains(**told)).count()
}

#[test]
fn every_version_is_read_as_it_is() {
    for version in 1..=VERSIONS.len() {
        let place = place(version);
        let before = fs::read(place.path()).unwrap();
        assert_eq!(receipts(&place), expected(), "version {version}");
        let checked = place.reader().unwrap().check(|damage| panic!("{damage}")).unwrap();
        assert_eq!(checked.reports, 1, "version {version}");
        let stats = place.reader().unwrap().stats().unwrap();
        assert_eq!((stats.versions[0].reports, stats.erasures), (1, u64::from(version > 1)));
        assert_eq!(fs::read(place.path()).unwrap(), before, "reading changes nothing");
        assert_eq!(user_version(&place), i64::try_from(version).unwrap());
    }
}

#[tokio::test]
async fn every_version_is_brought_up_to_date_and_nothing_of_it_stays_in_clear() {
    for version in 1..=VERSIONS.len() {
        let place = place(version);
        let clear = if version < 3 { TOLD.len() } else { 0 };
        assert_eq!(told(&place), clear, "the search finds what is there in clear");
        let store = place.open();
        assert_eq!(told(&place), 0, "version {version}, while it is open");
        assert_eq!(user_version(&place), 5);
        assert_eq!(receipts(&place), expected(), "version {version}");
        let instance = InstanceKey::new(INSTANCE);
        assert_eq!(store.known(&[instance]).await.unwrap(), [true], "version {version}");
        let remembered = store.tombstone(&instance).await.unwrap();
        assert_eq!(remembered.is_some(), version > 1, "version {version}");
        store.close().await;
        assert_eq!(told(&place), 0, "version {version}, when it is closed");

        let store = place.open();
        let cutoff = Cutoff { report_id: String::new(), time_unix_nano: NOON };
        let asked = Erase { contract: "openfn".to_owned(), instance, cutoff };
        assert_eq!(store.erase(vec![asked.clone()], today()).await.unwrap()[0].reports, 1);
        store.close().await;
        let store = place.open();
        assert!(store.erase(vec![asked], today()).await.unwrap()[0].known, "it is remembered");
        assert_eq!(receipts(&place), []);
    }
}

#[tokio::test]
async fn what_waits_to_be_forwarded_still_does() {
    let place = place(4);
    let store = place.open();
    assert_eq!(store.outbox().parts, 1);
    let outgoing = store.outgoing(10).await.unwrap();
    assert_eq!(outgoing.len(), 1);
    assert!(outgoing[0].part.as_ref().unwrap().points() > 0);
    store.forward(u64::MAX).await.unwrap();
    store.gone(vec![outgoing[0].id]).await.unwrap();
    assert_eq!(store.outbox(), Outbox::default());
    store.close().await;
}

#[tokio::test]
async fn what_is_counted_goes_on_and_what_is_frozen_stays() {
    let place = place(5);
    assert_eq!(place.reader().unwrap().check(|damage| panic!("{damage}")).unwrap().damaged, 0);
    let store = place.open();
    assert_eq!(store.pushed("openfn").await.unwrap(), Some(date(0)));
    let before = store.snapshot("openfn", None).await.unwrap();
    let counting = counting_of("openfn");
    let froze = freeze_all(&store, &counting, day(3)).await;
    assert_eq!((froze.counted, froze.frozen), (0, Some(date(1))), "its report was counted");
    let after = store.snapshot("openfn", None).await.unwrap();
    assert_eq!((after.days.len(), &after.days[..1]), (2, &before.days[..]));
    store.close().await;
}

#[tokio::test]
async fn an_older_store_is_counted_from_its_oldest_report_on() {
    let place = place(4);
    let store = place.open();
    settled(&store, day(4)).await;
    let froze = freeze_all(&store, &counting_of("openfn"), day(4)).await;
    assert_eq!((froze.counted, froze.frozen), (1, Some(date(2))));
    assert_eq!(store.snapshot("openfn", None).await.unwrap().days.len(), 3);
    store.close().await;
}

#[test]
fn who_reads_while_it_is_brought_up_to_date_reads_on() {
    let place = place(1);
    let reader = place.reader().unwrap();
    assert_eq!(reader.reports(Filter::default()).count(), 1);
    let store = place.open();
    let rows: Vec<_> = reader.reports(Filter::default()).collect();
    assert!(rows.len() == 1 && rows[0].as_ref().is_ok_and(|row| row.part.is_ok()), "{rows:?}");
    drop(store);
}

#[test]
fn a_report_for_no_day_is_not_left_in_clear() {
    let place = place(2);
    place.raw().execute("UPDATE report SET date = 9223372036854775807", []).unwrap();
    drop(place.open());
    assert_eq!(told(&place), 0);
    let mut damages = Vec::new();
    place.reader().unwrap().check(|damage| damages.push(damage.to_string())).unwrap();
    assert!(damages[0].starts_with("row 1: "), "{damages:?}");
}
