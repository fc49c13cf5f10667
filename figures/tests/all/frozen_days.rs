//! What a frozen day shows.

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
