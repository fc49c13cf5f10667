//! Changes of what is published.

use headcount_contract::diff;

use super::{BASE, contract, lines};

/// As the other edits.
pub(super) const EDITS: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "min_count: 10",
        "min_count: 5",
        &["widening publish.min_count"],
        &["narrowing publish.min_count"],
    ),
    (
        "    shops:",
        "    all: { count: instances, window: 7d }\n    shops:",
        &["widening publish.figures.all"],
        &["narrowing publish.figures.all"],
    ),
    (
        ", by: release",
        "",
        &["narrowing publish.figures.shops"],
        &["widening publish.figures.shops"],
    ),
    (
        "by: release, window: 7d",
        "by: release, window: 30d",
        &["widening publish.figures.shops"],
        &["narrowing publish.figures.shops"],
    ),
    (
        "by: release, window: 7d",
        "by: release, cut_at: \".\", window: 7d",
        &["narrowing publish.figures.shops"],
        &["widening publish.figures.shops"],
    ),
    (
        "by: release, window: 7d",
        "by: release, window: 7d, round: 10",
        &["narrowing publish.figures.shops"],
        &["widening publish.figures.shops"],
    ),
    (
        "by: release, window: 7d",
        "by: release, window: 7d, order: version",
        &["neutral publish.figures.shops"],
        &["neutral publish.figures.shops"],
    ),
    (
        "    shops: { count: instances, by: release, window: 7d }",
        "    shops: { retention: instances }",
        &["widening publish.figures.shops", "narrowing publish.figures.shops"],
        &["widening publish.figures.shops", "widening publish.figures.shops"],
    ),
    (
        "    orders: { distribution: orders, buckets: [0, 10], window: 7d }\n",
        "",
        &["narrowing publish.figures.orders"],
        &["widening publish.figures.orders"],
    ),
    (
        "  min_count: 10\n",
        "  min_count: 10\n  licence: CC0-1.0\n",
        &["neutral publish.licence"],
        &["neutral publish.licence"],
    ),
    (
        "buckets: [0, 10], window",
        "buckets: [0, 5, 10], window",
        &["widening publish.figures.orders"],
        &["narrowing publish.figures.orders"],
    ),
    (
        "distribution: orders, buckets: [0, 10]",
        "sum: orders",
        &["widening publish.figures.orders"],
        &["widening publish.figures.orders"],
    ),
];

#[test]
fn another_shape_of_the_same_figures_is_neutral() {
    let figures = "distribution: orders, buckets: [0, 10]";
    let full = BASE.replacen(figures, "sum: orders, round: 10", 1);
    let flat = full.replacen("min_count: 10", "min_count: 10\n  stats: flat", 1);
    let between = |old: &str, new: &str| diff(&contract(old), &contract(new));
    assert_eq!(lines(between(&full, &flat).iter()), ["neutral publish.stats"]);
    assert_eq!(lines(between(&flat, &full).iter()), ["neutral publish.stats"]);
    // Multiples of 25 are none of 10: together they may tell more than each.
    let other = full.replacen("round: 10", "round: 25", 1);
    assert_eq!(lines(between(&full, &other).iter()), ["widening publish.figures.orders"]);
    assert_eq!(lines(between(&other, &full).iter()), ["widening publish.figures.orders"]);
}
