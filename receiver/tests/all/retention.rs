//! What every store must delete with time, and must not, tried on each.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use headcount_receiver::{Clock, Keep, Memory, Receiver, Store, Stored, Swept};
use jiff::Timestamp;

use crate::conformance::{all, each};
use crate::erased_files::Pieces;
use crate::erasing::{at, hours, today};
use crate::receiver::{running, settings};
use crate::reports::{DAY, NOON, Report, id, library, manyfold, openfn};
use crate::sqlite::Place;

/// Days for which `openfn/2` is kept here; `openfn/3` is kept for 30, and `manyfold` for ever.
const DAYS: u32 = 10;
/// How many days before [`today`] lies [`NOON`].
const BEFORE: i64 = 7;

fn keeps() -> Vec<Keep> {
    let keep = |version: &str, days| Keep {
        contract: "openfn".to_owned(),
        version: version.to_owned(),
        days,
    };
    vec![keep("2", DAYS), keep("3", 30)]
}

/// Has a new store believe the clock: it goes on for a day.
async fn believed(store: &dyn Store, now: Timestamp) {
    assert!(store.sweep(now - hours(24), keeps()).await.unwrap().doubted);
    assert!(!store.sweep(now, keeps()).await.unwrap().doubted);
}

/// Sweeps until there is nothing more to do, and sums up.
async fn sweep(store: &dyn Store, now: Timestamp) -> Swept {
    let mut sum = Swept::default();
    loop {
        let swept = store.sweep(now, keeps()).await.unwrap();
        sum.reports += swept.reports;
        sum.instances += swept.instances;
        sum.doubted = swept.doubted;
        if !swept.more {
            return sum;
        }
    }
}

#[tokio::test]
async fn reports_go_day_by_day_as_their_version_says_and_instances_with_the_last() {
    each(async |store, keys| {
        let report = |instance, version, day| {
            let time = NOON + day * DAY;
            Report { version, time, ..openfn(&id(instance), 0) }.stored(keys)
        };
        // One that goes on, one that stops, one that came once, one that moved to another version.
        let mut reports: Vec<_> = (0..20).map(|day| report(1, "2", day)).collect();
        reports.extend((0..10).map(|day| report(2, "2", day)));
        reports.push(report(3, "2", 4));
        reports.extend([report(4, "2", 3), report(4, "3", 2)]);
        let kept = manyfold(&id(1)).stored(keys);
        reports.push(kept.clone());
        store.put(reports.clone()).await.unwrap();
        believed(&*store, at(0)).await;
        let ids = [0, 20, 30, 31].map(|index| reports[index].key.instance);
        for day in 1..45 {
            sweep(&*store, at(day)).await;
            // How many days after the first report it is.
            let age = day + BEFORE;
            let is_left = |stored: &&Stored| {
                let of = stored.part.date().since(reports[0].key.date).unwrap().get_days();
                let days = match (stored.key.contract.as_str(), stored.key.version.as_str()) {
                    ("manyfold", _) => return true,
                    (_, "2") => i64::from(DAYS),
                    _ => 30,
                };
                age - i64::from(of) <= days
            };
            let mut left: Vec<_> = reports.iter().filter(is_left).cloned().collect();
            left.sort_by(|one, other| one.key.cmp(&other.key));
            assert_eq!(all(&*store).await, left, "day {day} of {store:?}");
            let expected = ids.map(|id| left.iter().any(|stored| stored.key.instance == id));
            assert_eq!(store.known(&ids).await.unwrap(), expected, "day {day} of {store:?}");
        }
        assert_eq!(all(&*store).await, [kept], "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn many_go_in_steps_between_which_others_are_kept() {
    each(async |store, keys| {
        let old: Vec<_> = (0..600).map(|number| openfn(&id(number), 0).stored(keys)).collect();
        store.put(old).await.unwrap();
        believed(&*store, at(0)).await;
        let now = today() + hours(24);
        store.sweep(now, Vec::new()).await.unwrap();
        let later = now + hours(48);
        store.sweep(later, Vec::new()).await.unwrap();
        let last = later + hours(24);
        let mut steps = Vec::new();
        loop {
            let Swept { reports, instances, more, .. } = store.sweep(last, keeps()).await.unwrap();
            assert_eq!(reports, instances, "{store:?}");
            steps.push(reports);
            let number = 1000 + steps.len();
            let new = Report { time: NOON + 9 * DAY, ..openfn(&id(number), 0) }.stored(keys);
            assert_eq!(store.put(vec![new]).await.unwrap().new_instances, 1, "{store:?}");
            if !more {
                break;
            }
        }
        assert_eq!(steps, [256, 256, 88], "{store:?}");
        assert_eq!(all(&*store).await.len(), 3, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_jumps_deletes_nothing_before_a_day_has_shown_it_right() {
    each(async |store, keys| {
        store.put(vec![openfn(&id(1), 0).stored(keys)]).await.unwrap();
        believed(&*store, at(0)).await;
        let jumped = at(3650);
        for now in [jumped, jumped + hours(1), jumped + hours(23)] {
            let swept = sweep(&*store, now).await;
            assert!(swept.doubted && swept.reports == 0, "{store:?}");
        }
        // It is set right, and jumps again: the day counts anew.
        assert!(!sweep(&*store, at(0) + hours(1)).await.doubted, "{store:?}");
        assert!(sweep(&*store, jumped + hours(24)).await.doubted, "{store:?}");
        assert_eq!(all(&*store).await.len(), 1, "{store:?}");
        // Back to 1970 nothing is old.
        assert_eq!(sweep(&*store, Timestamp::UNIX_EPOCH).await.reports, 0, "{store:?}");
        assert!(sweep(&*store, jumped + hours(25)).await.doubted, "{store:?}");
        assert!(sweep(&*store, jumped + hours(48)).await.doubted, "{store:?}");
        assert_eq!(sweep(&*store, jumped + hours(49)).await.reports, 1, "{store:?}");
        assert_eq!(all(&*store).await, [], "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_believed_outlives_the_process() {
    let place = Place::new();
    let jumped = at(3650);
    for (now, doubted) in [
        (at(-1), true),
        (at(0), false),
        (jumped, true),
        (jumped + hours(20), true),
        (jumped + hours(24), false),
    ] {
        let store = place.open();
        assert_eq!(store.sweep(now, keeps()).await.unwrap().doubted, doubted, "{now}");
        store.close().await;
    }
}

#[tokio::test]
async fn what_was_deleted_is_in_no_file() {
    let place = Place::new();
    let store = place.open();
    let old = openfn(&id(1), 400).stored(&place.keys);
    let new = Report { time: NOON + 9 * DAY, ..openfn(&id(2), 400) }.stored(&place.keys);
    store.put(vec![old.clone(), new.clone()]).await.unwrap();
    let [gone, kept] = [old, new].map(|stored| Pieces::of(&place, &[stored.key.instance]));
    let folder = place.directory.path();
    believed(&store, at(2)).await;
    assert!(gone.count(folder) > 0 && kept.count(folder) > 0, "the search finds what is there");
    assert_eq!(sweep(&store, at(4)).await.reports, 1);
    assert_eq!(gone.count(folder), 0);
    assert!(kept.count(folder) > 0);
    store.close().await;
}

#[tokio::test]
async fn a_receiver_deletes_what_its_contracts_keep_no_longer() {
    let keys = headcount_receiver::Keys::fresh().unwrap();
    let store = Arc::new(Memory::new());
    // Manyfold's contract says 7 days, OpenFn's 400.
    let kept = openfn(&id(1), 0).stored(&keys);
    store.put(vec![manyfold(&id(1)).stored(&keys), kept.clone()]).await.unwrap();
    believed(&*store, at(1)).await;
    let now = Arc::new(Mutex::new(at(1)));
    let told = now.clone();
    let clock = Clock::new(move || *told.lock().unwrap());
    let receiver = Receiver::bind_at(clock, settings(), library(), keys, store.clone()).await;
    let receiver = running(receiver.unwrap(), store.clone());
    let deadline = Instant::now() + Duration::from_mins(1);
    while all(&*store).await.len() > 1 {
        assert!(Instant::now() < deadline, "it sweeps at once");
        tokio::task::yield_now().await;
    }
    assert_eq!(all(&*store).await, [kept]);
    receiver.stop().await.unwrap();
}
