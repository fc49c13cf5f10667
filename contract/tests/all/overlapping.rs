//! Two figures of one leaf may not show small groups between them.

use headcount_contract::Contract;

/// The mistakes of a contract with these figures.
fn mistakes(min_count: u32, figures: &str) -> String {
    let text = format!(
        r#"contract: shop
version: "1"
brief: A shop.
identity: stable
consent: {{ default: opt_in }}
report:
  id: {{ $id: service.instance.id, hash: sha256 }}
  release: {{ $attribute: service.version, brief: The release, pattern: '[0-9.]+', example: "1.0" }}
  orders: {{ $gauge: shop.orders, brief: Orders }}
publish:
  min_count: {min_count}
  figures:
    all: {{ count: instances, window: 1d }}
    week: {{ count: instances, window: 7d }}
{figures}
"#
    );
    let parsed = Contract::parse("shop.yaml", &text);
    parsed.map_or_else(|mistakes| mistakes.to_string(), |_| "none".to_owned())
}

#[test]
fn a_leaf_is_shown_in_one_window_by_one_cut_and_in_one_set_of_buckets() {
    let cases = [
        (
            "    a: { count: instances, by: release, window: 7d }
    b: { sum: orders, by: release, window: 28d }",
            "shop.yaml:16:5: expected `window: 7d`, as of `a`, which shows `release` too",
        ),
        (
            "    a: { sum: orders, window: 7d }
    b: { median: orders, window: 1d }",
            "shop.yaml:16:5: expected `window: 7d`, as of `a`, which shows `orders` too",
        ),
        (
            "    a: { count: instances, by: release }
    b: { count: instances, by: release, cut_at: \".\" }",
            "shop.yaml:16:5: expected the `cut_at` of `a`, which is by `release` too",
        ),
        (
            "    a: { distribution: orders, buckets: [0, 10] }
    b: { distribution: orders, buckets: [0, 5] }",
            "shop.yaml:16:5: expected the `buckets` of `a`, which is of `orders` too",
        ),
    ];
    for (figures, mistake) in cases {
        let expected = format!("{mistake}: what lies between the two would show small groups");
        assert_eq!(mistakes(5, figures), expected);
        assert_eq!(mistakes(1, figures), "none", "where small groups are shown anyway");
    }
}

#[test]
fn other_leaves_and_measures_of_one_window_stand_side_by_side() {
    let figures = "    a: { count: instances, by: release, window: 7d }
    b: { sum: orders, by: release, window: 7d }
    c: { median: orders, window: 7d }
    d: { distribution: orders, buckets: [0, 10], window: 7d }";
    assert_eq!(mistakes(5, figures), "none");
}
