//! Numbers that are made up: by a figure and the day's place, and nothing else.

use headcount_contract::{Figure, Measure, Order};
use headcount_figures::{Bucket, Cohort, Group, GroupName, MonthOfDays, Number, Value};
use jiff::ToSpan as _;
use jiff::civil::Date;

/// Every fourth number of a figure with groups is the one before.
const HELD_BACK: i64 = 4;

/// What a figure says on the day with this place.
pub(super) fn number(
    figure: &Figure,
    min_count: u32,
    index: i64,
    place: usize,
    day: Date,
) -> Number {
    let held = i64::from(figure.by.is_some() && index % HELD_BACK == 3);
    let (from, as_of) = (index - held, day - held.days());
    let behind = instances(from, figure.window_days);
    let few = behind < u64::from(min_count) || figure.by.as_deref() == Some("database");
    let value = if few { Value::Hidden } else { value(figure, min_count, behind, (from, as_of)) };
    let definition = format!("{place}:{}", figure.name);
    Number {
        figure: figure.name.clone(),
        definition,
        as_of,
        complete: figure.measure.is_monthly() || index + 1 >= i64::from(figure.window_days),
        instances: (!few).then_some(behind),
        value,
    }
}

/// Instances: more every day, fewer on some days of the week, more in a longer window.
fn instances(index: i64, window: u32) -> u64 {
    let grown = 3 + index * 4;
    let week = if window < 7 { (index * 3).rem_euclid(7) } else { 0 };
    let shown = grown * (100 + i64::from(window.min(30))) / 107;
    (shown - week.min(shown / 2)).unsigned_abs()
}

fn value(figure: &Figure, min_count: u32, behind: u64, (index, day): (i64, Date)) -> Value {
    let of = |count: u64| match &figure.measure {
        Measure::Sum(_) => whole(count * 17 + count % 5),
        Measure::Median(_) => whole(1_200_000_000 + 50_000_000 * (count % 13)),
        _ => whole(count),
    };
    match &figure.measure {
        Measure::Distribution(_, bounds) => {
            let bounds: Vec<_> = bounds.iter().filter_map(serde_json::Number::as_f64).collect();
            Value::Buckets(buckets(&bounds, behind))
        }
        Measure::Retention => Value::Retention(cohorts(day)),
        Measure::ReportingDays => Value::ReportingDays(months(day).map(month_of_days).collect()),
        Measure::Instances | Measure::Sum(_) | Measure::Median(_) => match &figure.by {
            Some(_) => Value::Groups(groups(figure, min_count, behind, index, of)),
            None => Value::Total(of(behind)),
        },
    }
}

#[allow(clippy::cast_precision_loss, reason = "numbers that are made up are small")]
fn whole(count: u64) -> f64 {
    count as f64
}

fn groups(
    figure: &Figure,
    min_count: u32,
    behind: u64,
    index: i64,
    of: impl Fn(u64) -> f64,
) -> Vec<Group> {
    let releases = figure.order == Order::Version;
    let shares = if releases { self::releases(index) } else { SYSTEMS.to_vec() };
    let all: u64 = shares.iter().map(|(_, share)| share).sum();
    let missing = behind / 20;
    let mut left = behind - missing;
    let mut groups = Vec::new();
    for (name, share) in shares {
        let instances = (behind - missing) * share / all.max(1);
        if instances >= u64::from(min_count.max(1)) {
            left -= instances;
            let name = GroupName::Value(name.to_owned());
            groups.push(Group { name, instances, value: of(instances) });
        }
    }
    match figure.order {
        // They were made in that order.
        Order::Version => groups.reverse(),
        Order::Count => groups.sort_by_key(|group| std::cmp::Reverse(group.instances)),
    }
    for (name, instances) in [(GroupName::Missing, missing), (GroupName::Other, left)] {
        if instances > 0 {
            groups.push(Group { name, instances, value: of(instances) });
        }
    }
    groups
}

const SYSTEMS: [(&str, u64); 4] = [("linux", 71), ("windows", 17), ("darwin", 8), ("freebsd", 4)];

/// Releases by their share: each spreads for three weeks from its day on, and fades after that.
fn releases(index: i64) -> Vec<(&'static str, u64)> {
    const RELEASES: [(&str, i64); 7] = [
        ("v2.9.4", -60),
        ("v2.10.0", -10),
        ("v2.10.1", 18),
        ("v2.11.0", 45),
        ("v3.0.0-rc.1", 70),
        ("v3.0.0", 82),
        ("v3.0.1", 104),
    ];
    let share = |begin: i64| match index - begin {
        ..0 => 0,
        age @ 0..21 => 10 + age * 8,
        age => (178 - (age - 21) * 5).max(6),
    };
    let shares = RELEASES.map(|(name, begin)| (name, share(begin).unsigned_abs()));
    shares.into_iter().filter(|(_, share)| *share > 0).collect()
}

fn buckets(bounds: &[f64], behind: u64) -> Vec<Bucket> {
    let bounds = [None].into_iter().chain(bounds.iter().copied().map(Some));
    let shares = [4, 22, 39, 26, 9].into_iter().chain(std::iter::repeat(3));
    let bucket = |(from, share): (Option<f64>, u64)| {
        let instances = behind * share / 100;
        Bucket { from, instances: (instances == 0 || instances >= 5).then_some(instances) }
    };
    bounds.zip(shares).map(bucket).collect()
}

/// The finished months before a day, no more than four, oldest first.
fn months(day: Date) -> impl Iterator<Item = Date> {
    let this = day.first_of_month();
    (1..=4).rev().map(move |back: i64| this - back.months())
}

fn cohorts(day: Date) -> Vec<Cohort> {
    let cohort = |(age, month): (u64, Date)| {
        let lived = 4 - age;
        let active = |later: u64| Some(90 + age * 20 - later * 14);
        // What followed the last month but one is too little to be shown.
        let active = (0..lived).map(|later| active(later).filter(|_| age != 2 || later == 0));
        Cohort { month, active: active.collect() }
    };
    (0..).zip(months(day)).map(cohort).collect()
}

fn month_of_days(month: Date) -> MonthOfDays {
    let bounds = [(1.0, 12), (2.0, 20), (8.0, 31), (15.0, 44), (22.0, 60), (28.0, 210)];
    let days =
        bounds.map(|(from, instances)| Bucket { from: Some(from), instances: Some(instances) });
    MonthOfDays { month, days: days.into() }
}
