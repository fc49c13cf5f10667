//! What happens to the durable store while others hold it back: a reader the log, a lock the writer.

use std::fs;
use std::time::{Duration, Instant};

use headcount_receiver::{Reader, Store, Stored, StoredKey};

use crate::reports::{id, openfn};
use crate::sqlite::Place;

/// Bytes of the write-ahead log's file.
fn log(place: &Place) -> u64 {
    fs::metadata(place.directory.path().join("reports.db-wal")).unwrap().len()
}

const MEBIBYTE: u64 = 1024 * 1024;

#[tokio::test]
async fn a_long_reader_makes_the_log_grow_which_counts_and_ends_with_the_reader() {
    let place = Place::new();
    let store = place.open();
    // Half a mebibyte.
    let large = openfn(&id(0), 3000).stored(&place.keys);
    let put = async |numbers: std::ops::Range<usize>| {
        for number in numbers {
            let instance = place.keys.instance("openfn", &number.to_string());
            let key = StoredKey { instance, ..large.key.clone() };
            store.put(vec![Stored::new(key, large.part.clone())]).await.unwrap();
        }
    };
    put(0..10).await;
    // 4 MiB are written back again and again; a report that is larger than what is left goes beyond.
    let bounded = log(&place);
    assert!(bounded < 6 * MEBIBYTE, "{bounded}");
    let reading = place.raw();
    reading.execute_batch("BEGIN; SELECT count(*) FROM report").unwrap();
    put(10..30).await;
    let grown = log(&place);
    assert!(grown > bounded + 8 * MEBIBYTE, "{grown} after {bounded}");
    assert!(store.bytes() > grown, "a quota sees it");
    reading.execute_batch("COMMIT").unwrap();
    put(30..60).await;
    // The first one after the reader is still written behind all others.
    let after = log(&place);
    assert!(after < grown + MEBIBYTE, "its pages are used again: {after} after {grown}");
    store.close().await;
}

#[tokio::test]
async fn a_store_that_failed_says_so_and_finds_out_by_itself_that_it_works_again() {
    let place = Place::new();
    let store = place.open();
    assert!(store.healthy());
    let other = place.raw();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let report = openfn(&id(1), 0).stored(&place.keys);
    assert!(store.put(vec![report]).await.unwrap_err().is_unavailable());
    assert!(!store.healthy());
    other.execute_batch("ROLLBACK").unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    while !store.healthy() {
        assert!(Instant::now() < deadline, "nobody has to send a report to find out");
        tokio::task::yield_now().await;
    }
    store.close().await;
    assert!(!store.healthy(), "nobody writes any more");
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_whose_file_is_gone_says_so_before_anybody_writes() {
    let place = Place::new();
    let store = place.open();
    fs::rename(place.path(), place.directory.path().join("away.db")).unwrap();
    assert!(!store.healthy());
    fs::rename(place.directory.path().join("away.db"), place.path()).unwrap();
    assert!(store.healthy());
}

#[tokio::test]
async fn a_copy_is_one_moment_of_a_store_that_is_written_meanwhile() {
    let place = Place::new();
    let store = place.open();
    let large = openfn(&id(0), 3000).stored(&place.keys);
    let numbered = |number: u64| {
        let instance = place.keys.instance("openfn", &number.to_string());
        Stored::new(StoredKey { instance, ..large.key.clone() }, large.part.clone())
    };
    store.put((0..20).map(numbered).collect()).await.unwrap();
    let copy = place.directory.path().join("copy.db");
    let (mut written, mut steps) = (20, Vec::new());
    let beside = place.raw();
    place
        .reader()
        .unwrap()
        .backup(&copy, |done, all| {
            // Whoever writes between two steps: another process, as the receiver's thread may.
            let instance: [u8; 32] = [u8::try_from(steps.len()).unwrap(); 32];
            let insert = "INSERT INTO report (contract, version, date, instance, part) \
                VALUES ('later', '1', 1, ?, zeroblob(100000))";
            beside.execute(insert, [instance]).unwrap();
            written += 1;
            steps.push((done, all));
        })
        .unwrap();
    assert!(steps.len() > 2, "{steps:?}");
    assert!(steps.is_sorted() && steps.iter().all(|(_, all)| *all == steps[0].1), "{steps:?}");
    let copied = Reader::open(&copy, &place.keys).unwrap();
    let checked = copied.check(|damage| panic!("{damage}")).unwrap();
    assert_eq!(checked.reports, 20, "of {written} that there are now");
    let error = place.reader().unwrap().backup(&copy, |_, _| ()).unwrap_err();
    assert!(error.to_string().contains("no copy in "), "{error}");
    store.close().await;
}
