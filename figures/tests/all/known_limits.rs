//! What an attacker can learn all the same. The README says so.

use headcount_figures::{GroupName, Value};

use crate::shop::{Report, Shop, day};

const FIGURES: &str = "
    instances: { count: instances, window: 7d }
    releases: { count: instances, by: release, window: 7d }
    orders: { sum: orders, window: 7d }";

/// Twelve instances that report every day, six of each of two releases.
fn crowd(shop: &mut Shop, number: i64) {
    for instance in 0..12 {
        shop.runs(instance, day(number), if instance < 6 { "1.0" } else { "2.0" });
    }
}

fn of(shop: &Shop, release: &str) -> Option<u64> {
    let Value::Groups(groups) = shop.value("releases") else { return None };
    let name = GroupName::Value(release.to_owned());
    groups.iter().find(|group| group.name == name).map(|group| group.instances)
}

#[test]
fn who_adds_instances_of_his_own_sees_what_one_that_came_with_them_runs() {
    let mut shop = Shop::new(3, FIGURES);
    crowd(&mut shop, 0);
    shop.freeze(day(0));
    crowd(&mut shop, 1);
    shop.runs(100, day(1), "2.0");
    shop.freeze(day(1));
    assert_eq!(of(&shop, "2.0"), Some(6), "alone it does not show");
    crowd(&mut shop, 2);
    for own in [201, 202] {
        shop.runs(own, day(2), "1.0");
    }
    shop.freeze(day(2));
    assert_eq!(of(&shop, "1.0"), Some(8), "these two are his own");
    assert_eq!(of(&shop, "2.0"), Some(7), "and so one other came, with this release");
}

#[test]
fn where_enough_change_together_a_group_may_move_by_one() {
    let mut shop = Shop::new(3, FIGURES);
    crowd(&mut shop, 0);
    shop.freeze(day(0));
    crowd(&mut shop, 1);
    for (instance, release) in [(100, "1.0"), (101, "1.0"), (102, "2.0")] {
        shop.runs(instance, day(1), release);
    }
    shop.freeze(day(1));
    assert_eq!((of(&shop, "1.0"), of(&shop, "2.0")), (Some(8), Some(7)));
}

#[test]
fn who_knows_all_others_knows_the_one_that_remains() {
    let mut shop = Shop::new(3, FIGURES);
    let orders = [10.0, 20.0, 4711.0];
    for (instance, orders) in (0..).zip(orders) {
        let report = Report { orders: Some(orders), ..Report::default() };
        shop.report(instance, 2, day(0), &report);
    }
    shop.freeze(day(0));
    let Value::Total(sum) = *shop.value("orders") else { panic!("expected a sum") };
    let known: f64 = orders[..2].iter().sum();
    assert!((sum - known - orders[2]).abs() < 1e-9);
}
