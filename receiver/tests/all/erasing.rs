//! What every store must do when an instance asks to be forgotten, tried on each.

use std::ops::RangeInclusive;
use std::sync::Arc;

use headcount_contract::{Cutoff, Merged};
use headcount_receiver::{Erase, Erased, Filter, Keys, Store, Stored};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use crate::conformance::{all, each, list, permutations};
use crate::reports::{DAY, NOON, Report, id, manyfold, openfn, openfn_points};

/// A report with an id of its own, at some hours after [`NOON`].
fn report(version: &'static str, report_id: &str, hours: u64) -> Report {
    let mut report = Report { version, time: NOON + hours * DAY / 24, ..openfn(&id(1), 1) };
    if !report_id.is_empty() {
        report.resource.push(("headcount.report.id", report_id.to_owned()));
    }
    report
}

/// What the instance of `stored` asks for.
pub fn erase(stored: &Stored, report_id: &str, hours: u64) -> Erase {
    let time_unix_nano = NOON + hours * DAY / 24;
    let cutoff = Cutoff { report_id: report_id.to_owned(), time_unix_nano };
    Erase { contract: stored.key.contract.clone(), instance: stored.key.instance, cutoff }
}

/// A day on which it is asked.
pub fn today() -> Timestamp {
    "2024-05-02T12:00:00Z".parse().unwrap()
}

const GONE: fn(u64) -> Vec<Erased> = |reports| vec![Erased { reports, known: false }];

#[tokio::test]
async fn every_day_and_version_of_the_instance_is_erased_and_nothing_else() {
    each(async |store, keys| {
        let days = [("2", "a", 0), ("2", "b", 24), ("3", "c", 25), ("2", "d", 50), ("3", "e", 99)];
        let mine = days.map(|(version, report_id, hours)| report(version, report_id, hours));
        let mut parts: Vec<_> = mine.iter().map(|report| report.stored(keys)).collect();
        let others = [openfn(&id(2), 2).stored(keys), manyfold(&id(1)).stored(keys)];
        parts.extend(others.clone());
        store.put(parts.clone()).await.unwrap();
        let asked = erase(&parts[0], "f", 100);
        let erased = store.erase(vec![asked.clone()], today()).await.unwrap();
        assert_eq!(erased, GONE(5), "{store:?}");
        let mut left = others.to_vec();
        left.sort_by(|one, other| one.key.cmp(&other.key));
        assert_eq!(all(&*store).await, left, "{store:?}");
        let again = store.erase(vec![asked], today()).await.unwrap();
        assert_eq!(again, [Erased { reports: 0, known: true }], "{store:?}");
        assert_eq!(store.erase(vec![], today()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_comes_late_is_a_duplicate_and_what_is_newer_is_kept() {
    each(async |store, keys| {
        let [late, newer] = [report("2", "b", 1), report("2", "d", 30)].map(|r| r.stored(keys));
        // The erasure may well be the first thing that comes.
        store.erase(vec![erase(&late, "c", 2)], today()).await.unwrap();
        let points = openfn_points(1);
        let kept = store.put(vec![late.clone()]).await.unwrap();
        let duplicate = Merged { added: 0, duplicate: points, refused: 0 };
        assert_eq!((kept.merged, kept.receipt), (vec![duplicate], None), "{store:?}");
        let kept = store.put(vec![late.clone(), newer.clone()]).await.unwrap();
        let added = Merged { added: points, duplicate: 0, refused: 0 };
        assert_eq!(kept.merged, [duplicate, added], "{store:?}");
        assert_eq!(all(&*store).await, std::slice::from_ref(&newer), "{store:?}");
        // An erasure that was held back does not reach what came after it.
        let earlier = erase(&newer, "b", 1);
        let known = store.erase(vec![earlier], today()).await.unwrap();
        assert_eq!(known, [Erased { reports: 0, known: true }]);
        assert_eq!(all(&*store).await, std::slice::from_ref(&newer), "{store:?}");
        let erased = store.erase(vec![erase(&newer, "d", 30)], today()).await.unwrap();
        assert_eq!(erased, GONE(1), "{store:?}");
        assert_eq!(all(&*store).await, [], "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn an_erasure_is_remembered_for_30_days() {
    each(async |store, keys| {
        let late = report("2", "b", 1).stored(keys);
        let duplicates = async || store.put(vec![late.clone()]).await.unwrap().merged[0].duplicate;
        store.erase(vec![erase(&late, "c", 2)], today()).await.unwrap();
        let forgotten = async |days: RangeInclusive<i64>| {
            let mut forgotten = 0;
            for day in days {
                let swept = store.sweep(at(day), Vec::new()).await.unwrap();
                assert!(!swept.more, "{store:?}");
                forgotten += swept.erasures;
            }
            forgotten
        };
        assert_eq!(forgotten(-3..=20).await, 0, "{store:?}");
        assert_eq!(duplicates().await, openfn_points(1), "{store:?}");
        // Asked again, it is remembered from then on.
        store.erase(vec![erase(&late, "c", 2)], at(20)).await.unwrap();
        assert_eq!(forgotten(21..=50).await, 0, "{store:?}");
        assert_eq!(duplicates().await, openfn_points(1), "{store:?}");
        assert_eq!(forgotten(51..=51).await, 1, "{store:?}");
        assert_eq!(duplicates().await, 0, "{store:?}");
        assert_eq!(all(&*store).await.len(), 1, "{store:?}");
        assert_eq!(forgotten(51..=60).await, 0, "{store:?}");
    })
    .await;
}

/// So many days after today.
pub fn at(days: i64) -> Timestamp {
    today() + hours(24 * days)
}

pub fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[tokio::test]
async fn a_sender_without_report_ids_is_erased_by_time() {
    each(async |store, keys| {
        let morning = report("2", "", 1).piece(0..1).stored(keys);
        let evening = report("2", "", 9).piece(1..2).stored(keys);
        store.put(vec![morning.clone(), evening.clone()]).await.unwrap();
        assert_eq!(all(&*store).await[0].part.points(), 2);
        let erased = store.erase(vec![erase(&morning, "", 5)], today()).await.unwrap();
        assert_eq!(erased, GONE(1), "{store:?}");
        assert_eq!(all(&*store).await, [evening], "{store:?}: what was told afterwards stays");
    })
    .await;
}

/// Something that comes to a store.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "a few of them")]
enum Event {
    Part(Stored),
    Erasure(Erase),
}

/// What comes to a store of one instance, in that order, and once more.
async fn play(store: Arc<dyn Store>, events: Vec<Event>) {
    for event in [events.clone(), events].concat() {
        match event {
            Event::Part(part) => drop(store.put(vec![part]).await.unwrap()),
            Event::Erasure(erase) => drop(store.erase(vec![erase], today()).await.unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_parts_and_erasures_does_not_show() {
    let keys = Keys::fresh().unwrap();
    let reports = |version, [before, at, after]: [&str; 3]| {
        let parts = [(before, 1, 0..4), (at, 2, 0..3), (after, 3, 2..8), (after, 3, 0..3)];
        parts.map(|(id, hours, piece)| report(version, id, hours).piece(piece).stored(&keys))
    };
    let cases = [("2", "b", reports("2", ["a", "b", "c"])), ("3", "", reports("3", [""; 3]))];
    each(async |store, _| {
        let mut playing = JoinSet::new();
        for (_, report_id, parts) in &cases {
            let mut events: Vec<_> = parts.iter().cloned().map(Event::Part).collect();
            events.push(Event::Erasure(erase(&parts[0], report_id, 2)));
            for (number, order) in permutations(events.len()).into_iter().enumerate() {
                // Each order on an instance of its own.
                let instance = keys.instance("openfn", &format!("{report_id}{number}"));
                let event = |index: usize| match events[index].clone() {
                    Event::Part(mut part) => {
                        part.key.instance = instance;
                        Event::Part(part)
                    }
                    Event::Erasure(erase) => Event::Erasure(Erase { instance, ..erase }),
                };
                playing.spawn(play(store.clone(), order.into_iter().map(event).collect()));
            }
        }
        playing.join_all().await;
        for (version, _, parts) in &cases {
            let version = Some((*version).to_owned());
            let left = list(&*store, &Filter { version, ..Filter::default() }, 100).await;
            assert_eq!(left.len(), 120, "{store:?}");
            let mut whole = parts[2].part.clone();
            whole.merge(parts[3].part.clone());
            assert!(left.iter().all(|stored| stored.part == whole), "{store:?}");
        }
    })
    .await;
}
