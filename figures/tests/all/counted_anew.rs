//! Counting day by day comes to the same as counting everything anew each day.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::lives::{Today, days};
use crate::model::{Model, window_of};
use crate::shop::{Shop, day};

/// Every instance may be shown, so leaves may be looked at through different windows, and nothing is held back.
const FIGURES: &str = "
    instances_day: { count: instances, window: 1d }
    instances: { count: instances, window: 7d }
    releases: { count: instances, by: release, window: 7d, order: version }
    systems: { count: instances, by: system, window: 3d }
    orders: { sum: orders, window: 7d }
    orders_by_system: { sum: orders, by: system, window: 3d }
    median: { median: orders, window: 2d }
    medians: { median: orders, by: system, window: 28d }
    sizes: { distribution: orders, buckets: [8, 100, 1000], window: 7d }
    retention: { retention: instances }
    reporting_days: { reporting_days: instances }";

fn hold(shop: &Shop, model: &Model, today: i64) -> Result<(), TestCaseError> {
    let frozen = shop.snapshot.newest().expect("a frozen day");
    for number in &frozen.numbers {
        let figure = number.figure.as_str();
        prop_assert_eq!(&number.value, &model.value(figure, today), "{} on day {}", figure, today);
        if !matches!(figure, "retention" | "reporting_days") {
            let instances = model.window(today, window_of(figure)).len();
            prop_assert_eq!(number.as_of, day(today));
            prop_assert_eq!(number.complete, today + 1 >= window_of(figure));
            let shown = number.instances.map(|instances| usize::try_from(instances).expect("few"));
            prop_assert!(shown.is_none_or(|shown| shown == instances));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn each_day_comes_to_the_same(lives in days(64, 9)) {
        let (mut shop, mut model) = (Shop::new(1, FIGURES), Model::default());
        for (number, today) in (0..).zip(&lives) {
            shop.live(number, today, |_| 0);
            model.live(number, today);
            hold(&shop, &model, number)?;
        }
    }

    #[test]
    fn neither_the_order_of_reports_nor_restarts_show(
        lives in days(20, 30),
        min_count in 1..5_u32,
        places in prop::collection::vec(any::<prop::sample::Index>(), 1..50),
        restarts in prop::collection::vec(any::<bool>(), 20),
    ) {
        let (mut one, mut other) = (Shop::new(min_count, FIGURES_OF_FEW), Shop::new(min_count, FIGURES_OF_FEW));
        let mut places = places.iter().cycle();
        for ((number, today), restart) in (0..).zip(&lives).zip(restarts) {
            one.live(number, today, |_| 0);
            other.live(number, today, |len| places.next().expect("it goes round").index(len));
            if restart { other.restart() }
            prop_assert_eq!(&one.snapshot, &other.snapshot);
            prop_assert_eq!(&one.ledger, &other.ledger);
        }
        other.restart();
        one.restart();
        prop_assert_eq!(&one.kept.cells, &other.kept.cells);
    }

    #[test]
    fn erasing_everybody_leaves_nothing(lives in days(10, 20)) {
        let mut shop = Shop::new(1, FIGURES);
        for (number, today) in (0..).zip(&lives) {
            shop.live(number, today, |_| 0);
        }
        let all: BTreeMap<_, _> = shop.ledger.clone();
        for instance in all.keys() {
            shop.erase(*instance);
        }
        shop.restart();
        let empty = Today { reports: BTreeMap::new(), late: Vec::new(), erased: [].into() };
        shop.live(10, &empty, |_| 0);
        let numbers = &shop.snapshot.newest().expect("a frozen day").numbers;
        prop_assert!(numbers.iter().all(|number| number.instances.is_none()), "{:?}", numbers);
    }
}

/// Leaves that are looked at in one way each.
const FIGURES_OF_FEW: &str = "
    instances_day: { count: instances, window: 1d }
    instances: { count: instances, window: 7d }
    releases: { count: instances, by: release, window: 7d, order: version }
    orders_by_system: { sum: orders, by: system, window: 3d }
    sizes: { distribution: orders, buckets: [8, 100, 1000], window: 3d }
    retention: { retention: instances }
    reporting_days: { reporting_days: instances }";
