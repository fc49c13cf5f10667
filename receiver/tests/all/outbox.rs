//! What every store must do for a forwarder, tried on each.

use headcount_contract::Part;
use headcount_receiver::{Keep, Keys, Options, Outbox, Sqlite, Store, Stored};
use jiff::SignedDuration;

use crate::conformance::each;
use crate::erasing::{erase, today};
use crate::reports::{DAY, NOON, Report, id, manyfold, openfn};
use crate::sqlite::Place;

const ROOM: u64 = 1024 * 1024;

/// What waits, in its order: the numbers and the parts.
async fn waits(store: &dyn Store) -> (Vec<u64>, Vec<Part>) {
    let outgoing = store.outgoing(1000).await.unwrap();
    outgoing.into_iter().map(|outgoing| (outgoing.id, outgoing.part.unwrap())).unzip()
}

fn parts(reports: &[Report], keys: &Keys) -> Vec<Stored> {
    reports.iter().map(|report| report.stored(keys)).collect()
}

fn later(instance: &str, days: u64) -> Report {
    Report { time: NOON + days * DAY, ..openfn(instance, 1) }
}

#[tokio::test]
async fn what_adds_something_waits_in_its_order_until_it_is_gone() {
    each(async |store, keys| {
        let unasked = openfn(&id(9), 1).stored(keys);
        store.put(vec![unasked]).await.unwrap();
        assert_eq!(store.outbox(), Outbox::default(), "{store:?}");
        store.forward(ROOM).await.unwrap();
        let came = parts(&[openfn(&id(2), 3), manyfold(&id(1)), openfn(&id(1), 1)], keys);
        for part in &came {
            store.put(vec![part.clone()]).await.unwrap();
        }
        // What comes again adds nothing, alone or beside something that does.
        store.put(vec![came[1].clone()]).await.unwrap();
        let next = later(&id(2), 1).stored(keys);
        store.put(vec![came[0].clone(), next.clone()]).await.unwrap();

        let (ids, waiting) = waits(&*store).await;
        let expected: Vec<_> =
            came.iter().chain([&next]).map(|stored| stored.part.clone()).collect();
        assert_eq!(waiting, expected, "{store:?}");
        assert!(ids.is_sorted());
        let Outbox { parts, bytes, displaced } = store.outbox();
        assert_eq!((parts, displaced), (4, 0));
        let encoded: usize = expected.iter().map(|part| part.stored().len()).sum();
        assert!(bytes >= encoded as u64 && bytes < 2 * encoded as u64, "{bytes} of {encoded}");
        assert_eq!(store.outgoing(2).await.unwrap().len(), 2);

        store.gone(vec![ids[0], ids[1], ids[1], 999]).await.unwrap();
        assert_eq!(waits(&*store).await, (ids[2..].to_vec(), expected[2..].to_vec()), "{store:?}");
        store.gone(ids.clone()).await.unwrap();
        assert_eq!(waits(&*store).await, (vec![], vec![]), "{store:?}");
        assert_eq!(store.outbox(), Outbox::default(), "{store:?}");

        // A number that was used means nothing else, ever.
        store.put(vec![later(&id(3), 0).stored(keys)]).await.unwrap();
        let (new, _) = waits(&*store).await;
        assert!(new[0] > ids[3], "{store:?}: {new:?} after {ids:?}");
    })
    .await;
}

#[tokio::test]
async fn where_there_is_no_room_the_oldest_goes_and_is_counted() {
    each(async |store, keys| {
        store.forward(ROOM).await.unwrap();
        let came = parts(&[later(&id(1), 0), later(&id(1), 1), later(&id(1), 2)], keys);
        store.put(came.clone()).await.unwrap();
        let all = store.outbox().bytes;
        store.forward(all - 1).await.unwrap();
        let (_, waiting) = waits(&*store).await;
        assert_eq!(waiting, [came[1].part.clone(), came[2].part.clone()], "{store:?}");
        assert_eq!(store.outbox().displaced, 1, "{store:?}");
        store.put(parts(&[later(&id(1), 3), later(&id(1), 4)], keys)).await.unwrap();
        let (_, waiting) = waits(&*store).await;
        assert!(waiting.len() == 2 && store.outbox().bytes < all, "{store:?}: {waiting:?}");
        assert_eq!(waiting[1].date(), later(&id(1), 4).stored(keys).key.date);
        assert_eq!(store.outbox().displaced, 3, "{store:?}");
        // What is larger than all of the room goes at once.
        store.forward(1).await.unwrap();
        store.put(parts(&[later(&id(1), 5)], keys)).await.unwrap();
        let Outbox { parts, bytes, displaced } = store.outbox();
        assert_eq!((parts, bytes, displaced), (0, 0, 6), "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn without_forwarding_nothing_waits_any_more() {
    each(async |store, keys| {
        store.forward(ROOM).await.unwrap();
        store.put(parts(&[openfn(&id(1), 1)], keys)).await.unwrap();
        store.forward(0).await.unwrap();
        store.put(parts(&[openfn(&id(2), 1)], keys)).await.unwrap();
        assert_eq!(waits(&*store).await, (vec![], vec![]), "{store:?}");
        assert_eq!(store.outbox().parts, 0);
    })
    .await;
}

#[tokio::test]
async fn an_erasure_reaches_what_waits() {
    each(async |store, keys| {
        store.forward(ROOM).await.unwrap();
        let mine = parts(&[later(&id(1), 0), later(&id(1), 1), later(&id(1), 3)], keys);
        let other = later(&id(2), 0).stored(keys);
        store.put(mine.clone()).await.unwrap();
        store.put(vec![other.clone()]).await.unwrap();
        store.erase(vec![erase(&mine[0], "", 30)], today()).await.unwrap();
        let (_, waiting) = waits(&*store).await;
        assert_eq!(waiting, [mine[2].part.clone(), other.part], "{store:?}");
        // What comes late is not kept, and not forwarded either.
        store.put(vec![mine[1].clone()]).await.unwrap();
        assert_eq!(store.outbox().parts, 2, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn of_a_part_of_which_something_is_erased_the_rest_waits() {
    each(async |store, keys| {
        store.forward(ROOM).await.unwrap();
        let (early, late) =
            (openfn(&id(1), 2), Report { time: NOON + DAY / 24, ..openfn(&id(1), 2) });
        let mut both = early.piece(0..2).stored(keys);
        both.part.merge(late.piece(2..4).stored(keys).part);
        let before = both.part.points();
        store.put(vec![both.clone()]).await.unwrap();
        store.erase(vec![erase(&both, "", 0)], today()).await.unwrap();
        let (_, waiting) = waits(&*store).await;
        assert_eq!(waiting.len(), 1, "{store:?}");
        assert!(waiting[0].points() > 0 && waiting[0].points() < before, "{store:?}: {waiting:?}");
        assert!(store.outbox().bytes > 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_no_longer_waits_no_longer() {
    each(async |store, keys| {
        store.forward(ROOM).await.unwrap();
        let came = parts(&[later(&id(1), 0), later(&id(1), 5), manyfold(&id(1))], keys);
        store.put(came.clone()).await.unwrap();
        let (contract, version) = ("openfn".to_owned(), "2".to_owned());
        let keeps = vec![Keep { contract, version, days: 3 }];
        let day_before = today() - SignedDuration::from_hours(24);
        assert!(store.sweep(day_before, keeps.clone()).await.unwrap().doubted);
        let swept = store.sweep(today(), keeps).await.unwrap();
        assert_eq!((swept.reports, swept.waiting), (1, 1), "{store:?}");
        let (_, waiting) = waits(&*store).await;
        assert_eq!(waiting, [came[1].part.clone(), came[2].part.clone()], "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn what_waits_survives_a_restart_sealed() {
    let place = Place::new();
    let store = place.open();
    store.forward(ROOM).await.unwrap();
    let came = parts(&[openfn(&id(1), 1), openfn(&id(2), 1)], &place.keys);
    store.put(came.clone()).await.unwrap();
    let before = store.outbox();
    store.close().await;
    let stats = place.reader().unwrap().stats().unwrap();
    assert_eq!((stats.waiting, stats.waiting_bytes), (before.parts, before.bytes));
    let told: Vec<Vec<u8>> = place
        .raw()
        .prepare("SELECT part FROM outbox")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(told.len(), 2);
    for sealed in told {
        assert!(!String::from_utf8_lossy(&sealed).contains("openfn"), "it is sealed");
    }
    let store = place.open();
    assert_eq!(store.outbox(), before);
    let (ids, waiting) = waits(&store).await;
    assert_eq!(waiting, [came[0].part.clone(), came[1].part.clone()]);
    store.gone(ids).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_damaged_part_is_told_as_such_and_hides_no_other() {
    let place = Place::new();
    let store = place.open();
    store.forward(ROOM).await.unwrap();
    store.put(parts(&[openfn(&id(1), 1), openfn(&id(2), 1)], &place.keys)).await.unwrap();
    place.raw().execute("UPDATE outbox SET part = x'0102' WHERE id = 1", []).unwrap();
    let outgoing = store.outgoing(10).await.unwrap();
    let readable: Vec<_> = outgoing.iter().map(|outgoing| outgoing.part.is_ok()).collect();
    assert_eq!(readable, [false, true]);
    assert!(outgoing[0].part.as_ref().is_err_and(headcount_receiver::Error::is_damaged));
    // Nobody knows up to when it reaches, so an erasure takes it, too.
    let mine = openfn(&id(1), 1).stored(&place.keys);
    store.erase(vec![erase(&mine, "", 0)], today()).await.unwrap();
    assert_eq!(store.outgoing(10).await.unwrap().len(), 1);
    store.close().await;
}

#[tokio::test]
async fn another_secret_is_refused_while_something_waits() {
    let place = Place::new();
    let store = place.open();
    store.forward(ROOM).await.unwrap();
    store.put(parts(&[openfn(&id(1), 1)], &place.keys)).await.unwrap();
    store.close().await;
    place.raw().execute_batch("DELETE FROM report; DELETE FROM instance;").unwrap();
    let other = Keys::fresh().unwrap();
    let refused = Sqlite::open(&place.path(), &other, Options::default()).unwrap_err();
    assert!(refused.to_string().contains("another secret"), "{refused}");
}
