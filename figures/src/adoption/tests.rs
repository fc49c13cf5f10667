use std::cmp::Ordering;

use jiff::ToSpan as _;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{FrozenDay, Group};

fn day(number: i8, groups: &[(&str, u32)]) -> FrozenDay {
    let groups = groups.iter().map(|(name, instances)| Group {
        name: if *name == "other" {
            GroupName::Other
        } else {
            GroupName::Value((*name).to_owned())
        },
        instances: (*instances).into(),
        value: (*instances).into(),
    });
    let day = date(2026, 3, number);
    let number = Number {
        figure: "releases".to_owned(),
        definition: String::new(),
        as_of: day,
        complete: true,
        instances: Some(100),
        value: Value::Groups(groups.collect()),
    };
    FrozenDay { day, frozen_on: day, numbers: vec![number] }
}

#[test]
fn releases_spread() {
    let days = vec![
        day(1, &[("1.9", 90), ("other", 5)]),
        day(2, &[("1.9", 60), ("1.10", 30), ("v1.10.0:match", 10)]),
        day(3, &[("1.9", 40), ("1.10", 60), ("dev", 7)]),
        day(4, &[("1.9", 30), ("1.10", 30), ("2.0-rc.1", 40)]),
    ];
    let adoption = Snapshot { days }.adoption("releases");
    let told = |release: &Release| {
        let Release { name, share, first, days_to_half } = release;
        (name.clone(), (share * 100.0).round().to_string(), first.day(), *days_to_half)
    };
    let told: Vec<_> = adoption.releases.iter().map(told).collect();
    let expected = [
        ("2.0-rc.1", "40", 4, None),
        ("v1.10.0:match", "70", 2, Some(1)),
        ("1.10", "70", 2, Some(1)),
        ("1.9", "100", 1, None),
    ];
    let expected =
        expected.map(|(name, share, day, days)| (name.to_owned(), share.to_owned(), day, days));
    assert_eq!(told, expected);
}

/// How far a release has come, worked out of the definition.
#[expect(clippy::cast_precision_loss, reason = "they are few")]
fn looked_up(name: &str, days: &[FrozenDay]) -> Release {
    let numbers: Vec<_> = days.iter().map(|day| (day.day, &day.numbers[0])).collect();
    let share = |number: &Number| {
        let of = |is: fn(Ordering) -> bool| -> u64 {
            releases(number).filter(|(one, _)| is(compare(one, name))).map(|(_, n)| n).sum()
        };
        let [above, all] = [of(Ordering::is_ge), of(|_| true)];
        if all == 0 { 0.0 } else { above as f64 / all as f64 }
    };
    let is_shown = |number: &Number| releases(number).any(|(one, _)| compare(one, name).is_eq());
    let since = numbers.iter().position(|(_, number)| is_shown(number)).expect("it is shown");
    let half = numbers[since..].iter().position(|(_, number)| share(number) >= 0.5);
    Release {
        name: name.to_owned(),
        share: share(numbers[numbers.len() - 1].1),
        first: numbers[since].0,
        days_to_half: half.filter(|_| since > 0).map(|days| u32::try_from(days).expect("few")),
    }
}

#[test]
fn whatever_is_shown_each_release_is_told_as_it_is_defined() {
    let names = ["1.0", "v1", "1.1", "1.2-rc.1", "1.2", "1.10", "2.0", "dev", "other"];
    let groups = proptest::sample::subsequence(names.to_vec(), 0..=names.len());
    let groups = (groups, proptest::array::uniform9(0..4_u32));
    let days = proptest::collection::vec(groups, 1..12);
    proptest!(|(days in days)| {
        let one = |(number, (names, instances)): (i8, &(Vec<&str>, [u32; 9]))| {
            day(number, &names.iter().copied().zip(*instances).collect::<Vec<_>>())
        };
        let days: Vec<_> = (1..).zip(&days).map(one).collect();
        let told = Snapshot { days: days.clone() }.adoption("releases").releases;
        let expected: Vec<_> = told.iter().map(|told| looked_up(&told.name, &days)).collect();
        prop_assert_eq!(&told, &expected);
        let shown = days.iter().flat_map(|day| releases(&day.numbers[0]));
        let shown: BTreeSet<_> = shown.map(|(name, _)| name).collect();
        prop_assert_eq!(told.len(), shown.len());
        prop_assert!(told.is_sorted_by(|one, two| compare(&one.name, &two.name).is_ge()));
    });
}

#[test]
fn a_file_of_as_many_releases_as_days_takes_little_room() {
    let first = date(1990, 1, 1);
    let one = |index: i32| {
        let name = format!("1.{index}");
        FrozenDay { day: first + index.days(), ..day(1, &[(&name, 9)]) }
    };
    let snapshot = Snapshot { days: (0..4_000).map(one).collect() };
    let mut adoption = Adoption::default();
    let used = allocation_counter::measure(|| adoption = snapshot.adoption("releases"));
    assert!(used.bytes_max < 4 * 1024 * 1024, "{used:?}");
    assert_eq!(adoption.releases.len(), 4_000);
    // On each day all instances are at the newest.
    assert!(adoption.releases[..3_999].iter().all(|told| told.days_to_half == Some(0)));
}

#[test]
fn more_instances_than_can_be_counted_are_all_of_them() {
    let mut days = vec![day(1, &[("1.0", 1), ("1.1", 1)])];
    let Value::Groups(groups) = &mut days[0].numbers[0].value else { panic!("they are groups") };
    for group in groups {
        group.instances = u64::MAX;
    }
    let shares = Snapshot { days }.adoption("releases").releases;
    assert!(shares.iter().all(|told| (told.share - 1.0).abs() < 1e-9), "{shares:?}");
}

#[test]
fn other_figures_have_none() {
    assert_eq!(Snapshot::default().adoption("releases"), Adoption::default());
    let days = vec![day(1, &[("dev", 90)])];
    assert_eq!(Snapshot { days }.adoption("releases"), Adoption::default());
}
