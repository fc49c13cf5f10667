//! The receiver's clock is wrong for a while: nothing is lost or forgotten by it, and work goes on.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use headcount_proto::instances::EraseRequest;
use headcount_receiver::settings::Admission;
use headcount_receiver::{Clock, Keys, Memory, Options, Receiver, Settings, Sqlite, Store};
use jiff::Timestamp;

use crate::conformance::all;
use crate::instances::asking::{as_it_travels, erase};
use crate::instances::hash;
use crate::receiver::{PROTOBUF, Running, running, settings};
use crate::reports::{Report, id, library, openfn};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// 2026-11-21, in the middle of the day.
const TODAY: i64 = 1_795_262_400;
/// The clock of a machine without a battery, one that is years ahead, and one that leaps within the day and over its end.
const WRONG: [i64; 5] = [0, 5 * DAY, TODAY + 10 * 365 * DAY, TODAY + 11 * HOUR, TODAY + 13 * HOUR];

type Open<'o> = &'o dyn Fn() -> Arc<dyn Store>;

/// A receiver by a clock that a test can set, with all limits of a public one.
async fn start(open: Open<'_>, keys: &Keys, now: i64) -> (Running, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(now));
    let told = clock.clone();
    let clock_of = move || Timestamp::from_second(told.load(Ordering::Relaxed)).unwrap();
    let settings = Settings { admission: Admission::default(), ..settings() };
    let (clock_of, store) = (Clock::new(clock_of), open());
    let bound = Receiver::bind_at(clock_of, settings, library(), keys.clone(), store.clone()).await;
    (running(bound.unwrap(), store), clock)
}

/// The report of an instance, for today.
fn report(who: usize) -> Report {
    let time = u64::try_from(TODAY).unwrap() * 1_000_000_000;
    Report { time, ..openfn(&id(who), 1) }
}

/// Reports; whether something was rejected.
async fn rejected(receiver: &Running, who: usize) -> bool {
    let answer = receiver.post(&[("content-type", PROTOBUF)], report(who).bytes()).await;
    answer.partial().is_some()
}

/// Runs a check on a store in memory that goes on, and on one that is opened again.
async fn each(check: impl AsyncFn(Open<'_>, &Keys)) {
    let keys = Keys::fresh().unwrap();
    let memory = Arc::new(Memory::new());
    check(&|| memory.clone(), &keys).await;
    let directory = tempfile::tempdir().unwrap();
    let path: &Path = &directory.path().join("reports.db");
    check(&|| Arc::new(Sqlite::open(path, &keys, Options::default()).unwrap()), &keys).await;
}

/// Two days on which the clock was right, so that the store believes it.
async fn settled(open: Open<'_>, keys: &Keys) {
    for day in [-2, -1, 0] {
        let (receiver, _) = start(open, keys, TODAY + day * DAY).await;
        receiver.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_start_by_a_wrong_clock_forgets_nothing_and_takes_reports() {
    each(async |open, keys| {
        settled(open, keys).await;
        for (who, wrong) in WRONG.into_iter().enumerate() {
            let (receiver, _) = start(open, keys, TODAY).await;
            assert!(!rejected(&receiver, 2 * who).await);
            receiver.stop().await.unwrap();

            let (receiver, _) = start(open, keys, wrong).await;
            assert_eq!(all(&*receiver.store).await.len(), who + 1, "at {wrong}");
            // Ten years ahead, today is long closed, as for whoever comes ten years late.
            let closed = wrong > TODAY + 14 * DAY;
            assert_eq!(rejected(&receiver, 0).await, closed, "at {wrong}");
            receiver.stop().await.unwrap();
        }
        let (receiver, _) = start(open, keys, TODAY + HOUR).await;
        assert_eq!(all(&*receiver.store).await.len(), WRONG.len());
        receiver.stop().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_erasure_by_a_wrong_clock_is_remembered_when_it_is_right_again() {
    each(async |open, keys| {
        settled(open, keys).await;
        for (who, wrong) in WRONG.into_iter().enumerate() {
            let (receiver, clock) = start(open, keys, TODAY).await;
            assert!(!rejected(&receiver, who).await);
            clock.store(wrong, Ordering::Relaxed);
            let request = EraseRequest { instance: as_it_travels("openfn", &hash(&id(who))) };
            assert_eq!(erase(&receiver, &request).await.reports, 1, "at {wrong}");
            receiver.stop().await.unwrap();

            let (receiver, _) = start(open, keys, TODAY + HOUR).await;
            rejected(&receiver, who).await;
            assert_eq!(all(&*receiver.store).await, [], "a late report, after {wrong}");
            receiver.stop().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_jumps_while_it_runs_locks_nobody_out() {
    each(async |open, keys| {
        let (receiver, clock) = start(open, keys, TODAY).await;
        for (who, wrong) in WRONG.into_iter().enumerate() {
            for now in [wrong, TODAY] {
                clock.store(now, Ordering::Relaxed);
                let closed = now > TODAY + 14 * DAY;
                assert_eq!(rejected(&receiver, who).await, closed, "at {now}");
            }
        }
        assert_eq!(all(&*receiver.store).await.len(), WRONG.len());
        receiver.stop().await.unwrap();
    })
    .await;
}
