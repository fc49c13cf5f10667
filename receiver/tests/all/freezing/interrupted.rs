//! A receiver that ends in the middle of counting a day, and one beside which others erase.

use std::fs;

use headcount_figures::Snapshot;
use headcount_receiver::{Options, Sqlite, Store};

use super::asking::{counting, date, day, freeze, instances, ran, settled, shown};
use crate::erased_files;
use crate::erasing::erase;
use crate::sqlite::Place;

/// Reports that a step counts here.
const STEP: u32 = 3;

fn open(place: &Place) -> Sqlite {
    let options = Options { freeze: STEP, ..Options::default() };
    Sqlite::open(&place.path(), &place.keys, options).unwrap()
}

/// Three days of reports.
async fn filled(place: &Place) -> Sqlite {
    let store = open(place);
    let reports =
        (0..10).flat_map(|who| (0..3).map(move |day| ran(who, day, usize::from(day > 1))));
    store.put(reports.map(|report| report.stored(&place.keys)).collect()).await.unwrap();
    settled(&store, day(5)).await;
    store
}

async fn uninterrupted(place: &Place) -> Snapshot {
    let copy = copied(place);
    let store = open(&copy);
    freeze(&store, day(5)).await;
    let shown = shown(&store).await;
    store.close().await;
    shown
}

/// The files as a kill would leave them.
fn copied(place: &Place) -> Place {
    let copy = Place { keys: place.keys.clone(), ..Place::new() };
    for name in ["reports.db", "reports.db-wal"] {
        fs::copy(place.directory.path().join(name), copy.directory.path().join(name)).unwrap();
    }
    copy
}

#[tokio::test]
async fn a_kill_after_any_step_counts_nothing_twice_and_leaves_nothing_out() {
    let place = Place::new();
    let store = filled(&place).await;
    let expected = uninterrupted(&place).await;
    assert_eq!(expected.days.iter().map(instances).collect::<Vec<_>>(), [10, 10, 10, 10]);
    let mut steps = 0;
    while store.freeze(counting(), day(5)).await.unwrap().more {
        steps += 1;
        assert_eq!(uninterrupted(&place).await, expected, "killed after step {steps}");
    }
    assert_eq!(shown(&store).await, expected);
    // Four steps and the freezing for each day with reports, and the day without.
    assert_eq!(steps + 1, 3 * (4 + 1) + 1);
    store.close().await;
}

#[tokio::test]
async fn a_receiver_that_is_opened_again_for_each_step_counts_the_same() {
    let place = Place::new();
    let mut store = filled(&place).await;
    let expected = uninterrupted(&place).await;
    while store.freeze(counting(), day(5)).await.unwrap().more {
        store.close().await;
        store = open(&place);
    }
    assert_eq!(shown(&store).await, expected);
    store.close().await;
}

#[tokio::test]
async fn what_another_process_erases_between_two_steps_is_not_counted() {
    for steps in 0..=5 {
        let place = Place::new();
        let store = filled(&place).await;
        for _ in 0..steps {
            store.freeze(counting(), day(5)).await.unwrap();
        }
        let beside = open(&place);
        let gone = ran(4, 0, 0).stored(&place.keys);
        beside.erase(vec![erase(&gone, "", 24 * 9)], day(5)).await.unwrap();
        beside.close().await;
        freeze(&store, day(5)).await;
        let seen: Vec<_> = shown(&store).await.days.iter().map(instances).collect();
        // The day that is frozen already stays as it is.
        let first = if steps == 5 { 10 } else { 9 };
        assert_eq!(seen, [first, 9, 9, 9], "after {steps} steps");
        assert_eq!(rows(&place, "ledger"), 9);
        store.close().await;
    }
}

#[tokio::test]
async fn erasures_of_nobody_hold_no_step_up() {
    let place = Place::new();
    let store = filled(&place).await;
    // A step is written only if this is as it was when the step was worked out.
    let deletions = || {
        let deletions = "SELECT deletions FROM receiver";
        place.raw().query_row(deletions, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let before = deletions();
    let erased = async |who| {
        let theirs = ran(who, 0, 0).stored(&place.keys);
        store.erase(vec![erase(&theirs, "", 24 * 9)], day(5)).await.unwrap()[0].reports
    };
    assert_eq!((erased(99).await, deletions()), (0, before));
    assert_eq!((erased(4).await, deletions()), (3, before + 1));
    store.close().await;
}

#[tokio::test]
async fn what_was_counted_of_an_instance_is_in_no_file_once_it_is_erased() {
    let place = Place::new();
    let store = filled(&place).await;
    freeze(&store, day(5)).await;
    let gone = ran(4, 0, 0).stored(&place.keys);
    let pieces = entry_pieces(&place, gone.key.instance.as_bytes());
    assert!(count(&place, &pieces) > 0, "the search finds what is there");
    store.erase(vec![erase(&gone, "", 24 * 9)], day(5)).await.unwrap();
    assert_eq!(count(&place, &pieces), 0);
    assert!(count(&place, ran(5, 0, 0).stored(&place.keys).key.instance.as_bytes()) > 0);
    store.close().await;
    assert_eq!(count(&place, &pieces), 0);
}

#[tokio::test]
async fn what_was_counted_of_an_instance_goes_with_its_last_report() {
    let place = Place::new();
    let store = filled(&place).await;
    store.put(vec![ran(4, 3, 0).stored(&place.keys)]).await.unwrap();
    freeze(&store, day(5)).await;
    let keep = headcount_receiver::Keep {
        contract: "manyfold".to_owned(),
        version: "0.90".to_owned(),
        days: 3,
    };
    store.sweep(day(6), vec![keep]).await.unwrap();
    assert_eq!((rows(&place, "instance"), rows(&place, "ledger")), (1, 1));
    assert_eq!(rows(&place, "frozen"), 4, "what is frozen outlives the reports");
    freeze(&store, day(6)).await;
    assert_eq!(shown(&store).await.newest().map(|newest| newest.day), Some(date(4)));
    store.close().await;
}

/// How many rows a table has.
pub fn rows(place: &Place, table: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {table}");
    place.raw().query_row(&count, [], |row| row.get(0)).unwrap()
}

/// What stands for an instance, and for what was counted of it.
fn entry_pieces(place: &Place, instance: &[u8; 32]) -> Vec<u8> {
    let entry = "SELECT entry FROM ledger WHERE instance = ?";
    let entry: Vec<u8> = place.raw().query_row(entry, [instance], |row| row.get(0)).unwrap();
    entry[..24].to_vec()
}

/// How often that is in the files of the database.
fn count(place: &Place, piece: &[u8]) -> usize {
    let bytes = erased_files::bytes(place.directory.path());
    bytes.windows(piece.len()).filter(|at| *at == piece).count()
}
