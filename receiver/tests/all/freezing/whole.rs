//! Damage in what is counted and frozen is told, and what is left works on.

use std::sync::Arc;

use headcount_receiver::{
    Clock, Damage, DamagedPlace, Options, Receiver, Sqlite, Store, remove_damaged,
};

use super::asking::{
    counting, counting_of, date, day, freeze, freeze_all, instances, ran, settled, shown,
};
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

fn damages(place: &Place) -> Vec<Damage> {
    let mut damages = Vec::new();
    let checked = place.reader().unwrap().check(|damage| damages.push(damage)).unwrap();
    assert_eq!((checked.reports, checked.damaged), (6, damages.len() as u64));
    damages
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
    assert_eq!(damages(&place), []);
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
    let found = damages(&place);
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

    assert_eq!(remove_damaged(&place.path(), &place.keys, &found).unwrap(), 0);
    let mut left = Vec::new();
    place.reader().unwrap().check(|damage| left.push(damage)).unwrap();
    assert_eq!(left, []);
    assert_eq!(freeze(&store, day(4)).await.counted, 1);
    let seen: Vec<_> = shown(&store).await.days.iter().map(instances).collect();
    // Without the day that was damaged; those of its counters come back with their next report.
    assert_eq!(seen, [3, 1]);
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
