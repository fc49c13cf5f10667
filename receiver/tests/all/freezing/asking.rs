//! Reports to count, and what is shown of them.

use std::sync::Arc;

use headcount_figures::{Counting, FrozenDay, GroupName, Snapshot, Value};
use headcount_receiver::{Froze, Store};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::reports::{DAY, NOON, Report, id, library, manyfold};

/// The releases that instances run. Of Manyfold each is shown, however few run it.
pub const RELEASES: [&str; 2] = ["v0.90.1", "v0.91.0"];

/// The report of an instance for a day: that it ran a release.
pub fn ran(who: usize, day: u64, release: usize) -> Report {
    let mut report = Report { time: NOON + day * DAY, ..manyfold(&id(who)) };
    RELEASES[release].clone_into(&mut report.resource[0].1);
    report
}

/// The date of a day, counted from that of [`NOON`] on.
pub fn date(day: i64) -> Date {
    Date::constant(2024, 4, 25) + day.days()
}

/// Its first moment.
pub fn day(day: i64) -> Timestamp {
    let midnight: Timestamp = "2024-04-25T00:00:00Z".parse().unwrap();
    midnight + SignedDuration::from_hours(24 * day)
}

/// Has a store believe a clock, which it has seen go on for a day.
pub async fn settled(store: &dyn Store, now: Timestamp) {
    for before in [SignedDuration::from_hours(24), SignedDuration::ZERO] {
        store.sweep(now - before, Vec::new()).await.unwrap();
    }
}

pub fn counting() -> Arc<Counting> {
    counting_of("manyfold")
}

pub fn counting_of(name: &str) -> Arc<Counting> {
    Arc::new(Counting::of(&library(), name).unwrap())
}

/// Freezes all that is due, and sums up.
pub async fn freeze(store: &dyn Store, now: Timestamp) -> Froze {
    freeze_all(store, &counting(), now).await
}

pub async fn freeze_all(store: &dyn Store, counting: &Arc<Counting>, now: Timestamp) -> Froze {
    let mut sum = Froze::default();
    loop {
        let froze = store.freeze(counting.clone(), now).await.unwrap();
        sum.counted += froze.counted;
        sum.frozen = froze.frozen.or(sum.frozen);
        sum.doubted = froze.doubted;
        if !froze.more {
            return sum;
        }
    }
}

/// What is shown of Manyfold.
pub async fn shown(store: &dyn Store) -> Snapshot {
    store.snapshot("manyfold", None).await.unwrap()
}

/// How many instances a day shows.
pub fn instances(day: &FrozenDay) -> u64 {
    day.number("instances").unwrap().instances.unwrap_or_default()
}

/// How many run each release, by the release's name.
pub fn releases(day: &FrozenDay) -> Vec<(String, u64)> {
    let Value::Groups(groups) = &day.number("versions").unwrap().value else { return Vec::new() };
    let mut groups: Vec<_> = groups
        .iter()
        .map(|group| match &group.name {
            GroupName::Value(name) => (name.clone(), group.instances),
            other => panic!("a release that is none: {other:?}"),
        })
        .collect();
    groups.sort();
    groups
}
