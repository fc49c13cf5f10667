//! Damage in what is counted and frozen is told, and what is left works on.

use std::sync::Arc;

use headcount_receiver::{
    Clock, Damage, DamagedPlace, Options, Receiver, Sqlite, Store, remove_damaged,
};

use super::asking::{
    counting, counting_of, date, day, freeze, freeze_all, instances, ran, settled, shown,
};
use super::interrupted::rows;
use crate::receiver::{running, settings};
use crate::reports::{id, library, openfn};
use crate::sqlite::Place;

/// A store with three instances, and two days frozen.
async fn filled(place: &Place) -> Sqlite {
    let store = place.open();
    let reports = (0..3).flat_map(|who| [ran(who, 0, 0), ran(who, 1, 1)]);
    store.put(reports.map(|report| report.stored(&place.keys)).collect()).await.unwrap();
    settled(&store, day(3)).await;
    freeze(&store, day(3)).await;
    store
}

/// What is damaged, among so many reports.
fn damages(place: &Place, reports: u64) -> Vec<Damage> {
    let mut damages = Vec::new();
    let checked = place.reader().unwrap().check(|damage| damages.push(damage)).unwrap();
    assert_eq!((checked.reports, checked.damaged), (reports, damages.len() as u64));
    damages
}

fn remove(place: &Place, damages: &[Damage]) {
    assert_eq!(remove_damaged(&place.path(), &place.keys, damages).unwrap(), 0);
}

fn places(damages: &[Damage]) -> Vec<DamagedPlace> {
    let places = damages.iter().map(|damage| match damage {
        Damage::Counted { contract, place, .. } if contract == "manyfold" => *place,
        other => panic!("expected damage in what is counted, got {other}"),
    });
    places.collect()
}

#[tokio::test]
async fn each_damage_is_told_and_removed_and_counting_goes_on() {
    let place = Place::new();
    let store = filled(&place).await;
    assert_eq!(damages(&place, 6), []);
    let damaged = [
        "UPDATE cell SET counters = zeroblob(99) WHERE key = (SELECT max(key) FROM cell)",
        "UPDATE frozen SET numbers = '{' WHERE day = (SELECT max(day) FROM frozen)",
    ];
    let whose = ran(1, 0, 0).stored(&place.keys).key.instance;
    let raw = place.raw();
    let entry = "UPDATE ledger SET entry = zeroblob(99) WHERE instance = ?";
    raw.execute(entry, [whose.as_bytes()]).unwrap();
    for damage in damaged {
        assert_eq!(raw.execute(damage, []).unwrap(), 1);
    }
    let found = damages(&place, 6);
    let [DamagedPlace::Entry(instance), DamagedPlace::Cell(_), DamagedPlace::Day(_)] =
        places(&found)[..]
    else {
        panic!("expected one damage of each kind, got {found:?}");
    };
    assert_eq!(instance, whose);

    let error = store.snapshot("manyfold", None).await.unwrap_err();
    assert!(error.is_damaged(), "{error}");
    store.put(vec![ran(2, 2, 1).stored(&place.keys)]).await.unwrap();
    let error = store.freeze(counting(), day(4)).await.unwrap_err();
    assert!(error.is_damaged() && error.to_string().contains("manyfold"), "{error}");

    remove(&place, &found);
    assert_eq!(damages(&place, 7), []);
    assert_eq!(freeze(&store, day(4)).await.counted, 1);
    let seen: Vec<_> = shown(&store).await.days.iter().map(instances).collect();
    // Without the day that was damaged; those of its counters come back with their next report.
    assert_eq!(seen, [3, 1]);
    store.close().await;
}

#[tokio::test]
async fn who_is_missing_in_the_list_of_instances_is_neither_forgotten_nor_counted_twice() {
    let place = Place::new();
    let store = filled(&place).await;
    let whose = ran(1, 0, 0).stored(&place.keys).key.instance;
    let delete = "DELETE FROM instance WHERE instance = ?";
    assert_eq!(place.raw().execute(delete, [whose.as_bytes()]).unwrap(), 1);
    let found = damages(&place, 6);
    let [Damage::Unlisted(_), Damage::Unlisted(_), Damage::Counted { reason, .. }] = &found[..]
    else {
        panic!("expected two reports and an entry, got {found:?}");
    };
    assert_eq!(reason, "its instance is not in the list of instances");
    remove(&place, &found);
    assert_eq!(damages(&place, 6), []);
    assert_eq!(rows(&place, "ledger"), 3);
    store.put(vec![ran(1, 2, 1).stored(&place.keys)]).await.unwrap();
    freeze(&store, day(4)).await;
    assert_eq!(instances(shown(&store).await.newest().unwrap()), 3);
    store.close().await;
}

#[tokio::test]
async fn who_has_no_report_left_is_counted_no_longer_unless_one_came_meanwhile() {
    for came in [false, true] {
        let place = Place::new();
        let store = filled(&place).await;
        let whose = ran(1, 0, 0).stored(&place.keys).key.instance;
        for table in ["report", "instance"] {
            let delete = format!("DELETE FROM {table} WHERE instance = ?");
            place.raw().execute(&delete, [whose.as_bytes()]).unwrap();
        }
        let found = damages(&place, 4);
        assert_eq!(places(&found), [DamagedPlace::Entry(whose)]);
        if came {
            store.put(vec![ran(1, 2, 1).stored(&place.keys)]).await.unwrap();
        }
        remove(&place, &found);
        assert_eq!(damages(&place, 4 + u64::from(came)), []);
        freeze(&store, day(4)).await;
        let expected = if came { 3 } else { 2 };
        assert_eq!(instances(shown(&store).await.newest().unwrap()), expected, "{came}");
        assert_eq!(rows(&place, "ledger"), i64::try_from(expected).unwrap(), "{came}");
        store.close().await;
    }
}

#[tokio::test]
async fn what_was_mended_after_the_look_stays() {
    let place = Place::new();
    let store = filled(&place).await;
    let (raw, before) = (place.raw(), shown(&store).await);
    raw.execute_batch(
        "CREATE TEMP TABLE cells AS SELECT * FROM cell;
         CREATE TEMP TABLE days AS SELECT * FROM frozen;
         UPDATE cell SET counters = zeroblob(99);
         UPDATE frozen SET numbers = '{'",
    )
    .unwrap();
    let found = damages(&place, 6);
    raw.execute_batch(
        "REPLACE INTO cell SELECT * FROM cells; REPLACE INTO frozen SELECT * FROM days",
    )
    .unwrap();
    let counters = rows(&place, "cell");
    assert_eq!(i64::try_from(found.len()).unwrap(), counters + 2);
    remove(&place, &found);
    assert_eq!((rows(&place, "cell"), shown(&store).await), (counters, before));
    store.close().await;
}

#[tokio::test]
async fn a_damaged_day_of_one_application_hides_the_figures_of_no_other() {
    let place = Place::new();
    let store = filled(&place).await;
    store.put(vec![openfn(&id(1), 1).stored(&place.keys)]).await.unwrap();
    freeze_all(&store, &counting_of("openfn"), day(3)).await;
    let damage = "UPDATE frozen SET numbers = '{' WHERE contract = 'manyfold'";
    assert_eq!(place.raw().execute(damage, []).unwrap(), 2);
    let (clock, store) = (Clock::new(|| day(3)), Arc::new(store));
    let keys = place.keys.clone();
    let receiver = Receiver::bind_at(clock, settings(), library(), keys, store.clone()).await;
    let receiver = running(receiver.unwrap(), store);
    let shows_a_day = async |name: &str| {
        let answer = receiver.send("GET", &format!("/{name}/data.json"), &[], "").await;
        assert_eq!(answer.status, 200);
        String::from_utf8_lossy(&answer.body).contains(&date(0).to_string())
    };
    assert!(shows_a_day("openfn").await);
    assert!(!shows_a_day("manyfold").await);
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn a_copy_that_was_made_while_a_day_was_counted_goes_on_from_there() {
    let place = Place::new();
    let options = Options { freeze: 2, ..Options::default() };
    drop(filled(&place).await);
    let store = Sqlite::open(&place.path(), &place.keys, options).unwrap();
    let reports = (0..5).map(|who| ran(who, 2, 0).stored(&place.keys));
    store.put(reports.collect()).await.unwrap();
    store.freeze(counting(), day(4)).await.unwrap();
    let copy = Place { keys: place.keys.clone(), ..Place::new() };
    place.reader().unwrap().backup(&copy.path(), |_, _| {}).unwrap();
    let stats = copy.reader().unwrap().stats().unwrap();
    let [figures] = &stats.figures[..] else { panic!("one application is counted: {stats:?}") };
    assert_eq!((figures.contract.as_str(), figures.frozen), ("manyfold", Some((date(0), date(1)))));
    assert_eq!(figures.next, date(2), "in the middle of it");
    freeze(&store, day(4)).await;
    let restored = copy.open();
    freeze(&restored, day(4)).await;
    assert_eq!(shown(&restored).await, shown(&store).await);
    assert_eq!(instances(shown(&restored).await.newest().unwrap()), 5);
    restored.close().await;
    store.close().await;
}
