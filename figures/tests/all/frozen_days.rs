//! What a frozen day shows.

use headcount_contract::Publish;
use headcount_figures::{Group, GroupName, Value};

use crate::shop::{Shop, day};

const FIGURES: &str = "
    instances: { count: instances, window: 7d }
    releases: { count: instances, by: release, window: 7d }";

fn named(name: &str, instances: u32) -> Group {
    let name = GroupName::Value(name.to_owned());
    Group { name, instances: instances.into(), value: instances.into() }
}

fn other(instances: u32) -> Group {
    Group { name: GroupName::Other, instances: instances.into(), value: instances.into() }
}

#[test]
fn small_groups_are_folded_and_so_is_what_would_tell_them() {
    let mut shop = Shop::new(5, FIGURES);
    let releases = [("1.0", 30), ("1.1", 9), ("1.2", 6), ("2.0", 1), ("2.1", 1)];
    let mut instance = 0;
    for (release, instances) in releases {
        for _ in 0..instances {
            shop.runs(instance, day(0), release);
            instance += 1;
        }
    }
    shop.freeze(day(0));
    assert_eq!(*shop.value("instances"), Value::Total(47.0));
    let expected = vec![named("1.0", 30), named("1.1", 9), other(8)];
    assert_eq!(*shop.value("releases"), Value::Groups(expected));
    assert_eq!(shop.number("releases").instances, Some(47));
}

#[test]
fn too_few_instances_show_nothing() {
    let mut shop = Shop::new(5, FIGURES);
    (0..4).for_each(|instance| shop.runs(instance, day(0), "1.0"));
    shop.freeze(day(0));
    for figure in ["instances", "releases"] {
        assert_eq!(*shop.value(figure), Value::Hidden);
        assert_eq!(shop.number(figure).instances, None);
    }
}

#[test]
fn a_number_moves_when_enough_instances_changed() {
    let mut shop = Shop::new(5, FIGURES);
    (0..100).for_each(|instance| shop.runs(instance, day(0), "1.0"));
    shop.freeze(day(0));
    shop.runs(100, day(1), "1.0");
    shop.freeze(day(1));
    assert_eq!(*shop.value("instances"), Value::Total(100.0));
    assert_eq!(shop.number("instances").as_of, day(0));
    (101..120).for_each(|instance| shop.runs(instance, day(2), "1.0"));
    shop.freeze(day(2));
    assert_eq!(*shop.value("instances"), Value::Total(120.0));
    assert_eq!(shop.number("instances").as_of, day(2));
}

#[test]
fn numbers_go_on_when_the_least_min_count_becomes_the_greatest() {
    let mut shop = Shop::new(1, FIGURES);
    (0..200).for_each(|instance| shop.runs(instance, day(0), "1.0"));
    shop.freeze(day(0));
    shop.publish(Publish::MAX_MIN_COUNT, FIGURES);
    (200..210).for_each(|instance| shop.runs(instance, day(1), "1.0"));
    shop.freeze(day(1));
    assert_eq!(*shop.value("instances"), Value::Total(200.0), "fewer than a hundred came");
    (210..600).for_each(|instance| shop.runs(instance, day(2), "1.0"));
    shop.freeze(day(2));
    assert_eq!(*shop.value("instances"), Value::Total(600.0));
    assert_eq!(shop.number("releases").as_of, day(2));
}

#[test]
fn an_instance_counts_until_its_window_ends() {
    let mut shop = Shop::new(1, FIGURES);
    shop.runs(1, day(0), "1.0");
    shop.runs(2, day(0), "1.0");
    for number in 0..9 {
        shop.runs(2, day(number), "1.1");
        shop.restart();
        shop.freeze(day(number));
        let instances = if number < 7 { 2.0 } else { 1.0 };
        assert_eq!(*shop.value("instances"), Value::Total(instances), "day {number}");
        assert_eq!(shop.number("instances").complete, number >= 6, "day {number}");
    }
    assert_eq!(*shop.value("releases"), Value::Groups(vec![named("1.1", 1)]));
}

#[test]
fn what_comes_after_the_freeze_is_never_counted() {
    let mut shop = Shop::new(1, FIGURES);
    shop.runs(1, day(0), "1.0");
    shop.freeze(day(0));
    shop.runs(2, day(0), "1.0");
    shop.freeze(day(1));
    assert_eq!(*shop.value("instances"), Value::Total(1.0));
}

#[test]
fn an_erased_instance_leaves_its_windows() {
    let mut shop = Shop::new(1, FIGURES);
    (0..3).for_each(|instance| shop.runs(instance, day(0), "1.0"));
    shop.freeze(day(0));
    shop.erase(1);
    shop.erase(1);
    shop.freeze(day(1));
    assert_eq!(*shop.value("instances"), Value::Total(2.0));
    assert_eq!(*shop.value("releases"), Value::Groups(vec![named("1.0", 2)]));
    // Coming back, it is a new one.
    shop.runs(1, day(2), "1.1");
    shop.freeze(day(2));
    assert_eq!(*shop.value("instances"), Value::Total(3.0));
}

#[test]
fn a_new_figure_counts_from_then_on() {
    let mut shop = Shop::new(1, FIGURES);
    (0..3).for_each(|instance| shop.runs(instance, day(0), "1.0"));
    shop.freeze(day(0));
    shop.publish(1, "    systems: { count: instances, by: system, window: 2d }");
    shop.runs(1, day(1), "1.0");
    shop.restart();
    shop.freeze(day(1));
    let missing = Group { name: GroupName::Missing, instances: 1, value: 1.0 };
    assert_eq!(*shop.value("systems"), Value::Groups(vec![missing]));
    assert!(!shop.number("systems").complete);
    shop.runs(2, day(2), "1.0");
    shop.erase(0);
    shop.freeze(day(2));
    assert!(shop.number("systems").complete);
    assert_eq!(shop.number("systems").instances, Some(2));
}

/// How many of each cohort reported in April and in May, where so many of April's sixty stay and thirty are new.
fn retention(stay: u32) -> Vec<Vec<Option<u64>>> {
    let mut shop = Shop::new(5, "    retention: { retention: instances }");
    (0..60).for_each(|instance| shop.runs(instance, day(3), "1.0"));
    for number in 0..=60 {
        if number == 40 {
            (0..stay).chain(100..130).for_each(|instance| shop.runs(instance, day(40), "1.0"));
        }
        shop.freeze(day(number));
        let months = [29, 60].into_iter().filter(|last| *last <= number).count();
        match shop.value("retention") {
            Value::Retention(cohorts) => assert_eq!(cohorts.len(), months, "day {number}"),
            other => assert_eq!((other, months), (&Value::Hidden, 0), "day {number}"),
        }
    }
    let Value::Retention(cohorts) = shop.value("retention") else { return Vec::new() };
    cohorts.iter().map(|cohort| cohort.active.clone()).collect()
}

#[test]
fn a_cohort_is_not_shown_when_few_of_it_left() {
    assert_eq!(retention(30), [vec![Some(60), Some(30)], vec![Some(30)]]);
    assert_eq!(retention(60), [vec![Some(60), Some(60)], vec![Some(30)]]);
    // Two left; or two stayed. The new ones would tell, since it is known how many there are in all.
    assert_eq!(retention(58), [vec![Some(60), None], vec![None]]);
    assert_eq!(retention(2), [vec![Some(60), None], vec![None]]);
    assert_eq!(retention(0), [vec![Some(60), Some(0)], vec![Some(30)]]);
}
