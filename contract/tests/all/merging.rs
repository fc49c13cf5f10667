//! Merging is commutative, associative and idempotent, whatever is merged.

use headcount_contract::{Merged, Part};
use proptest::prelude::*;

use crate::request::*;

const PROJECTS: [&str; 3] = [
    "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    "9f0d1a52-6f0f-4b0c-8d3b-2f6f1f0f9a11",
    "7d444840-9dc0-41d1-b245-5ffdce74fad2",
];

/// A few values at a few times, so that they often meet.
fn part() -> impl Strategy<Value = Part> {
    let value = (0..4_i64, 0..3_u64, proptest::option::of(0..PROJECTS.len()));
    let values = proptest::collection::vec(value, 1..6);
    let report_id = proptest::option::of("[ab]");
    (values, report_id).prop_map(|(values, report_id)| {
        let metrics = values.into_iter().map(|(value, time, project)| match project {
            None => gauge("openfn.users", vec![point(value, NOON + time, &[])]),
            Some(index) => gauge(
                "openfn.project.users",
                vec![point(value, NOON + time, &[("openfn.project.id", PROJECTS[index])])],
            ),
        });
        let mut attributes = openfn();
        attributes.extend(report_id.map(|id| text("headcount.report.id", &id)));
        receive(&LIBRARY, vec![resource(attributes, metrics.collect())]).arrived.remove(0).part
    })
}

fn merged(mut a: Part, b: Part) -> Part {
    let points = b.points();
    let merged = a.merge(b);
    assert_eq!(merged.added + merged.duplicate + merged.refused, points, "every point is counted");
    a
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn order_does_not_show((a, b) in (part(), part())) {
        prop_assert_eq!(merged(a.clone(), b.clone()), merged(b, a));
    }

    #[test]
    fn grouping_does_not_show((a, b, c) in (part(), part(), part())) {
        let left = merged(merged(a.clone(), b.clone()), c.clone());
        prop_assert_eq!(left, merged(a, merged(b, c)));
    }

    #[test]
    fn repetition_does_not_show((a, b) in (part(), part())) {
        let once = merged(a, b.clone());
        prop_assert_eq!(merged(once.clone(), b), once.clone());
        prop_assert_eq!(merged(once.clone(), once.clone()), once);
    }

    #[test]
    fn storing_does_not_show(a in part()) {
        prop_assert_eq!(Part::decode(&a.encode()).expect("a part"), a);
    }
}

/// Elements of a list that takes two, one point each.
fn elements(keys: &[&str]) -> Part {
    let report = "  goods:
    $each: shop.good
    max: 2
    name: { $attribute: shop.good, brief: A good }
    sold: { $gauge: shop.sold, brief: Sold }
";
    let library = library_of(shop("none", report));
    let points = keys.iter().map(|key| point(1, NOON, &[("shop.good", key)])).collect();
    let attributes = vec![text("service.name", "shop"), text("headcount.report.id", "r")];
    let metrics = vec![gauge("shop.sold", points)];
    receive(&library, vec![resource(attributes, metrics)]).arrived.remove(0).part
}

#[test]
fn a_full_list_keeps_the_same_elements_in_any_order() {
    let mut first = elements(&["c"]);
    assert_eq!(first.merge(elements(&["a", "b"])), Merged { added: 2, duplicate: 0, refused: 0 });
    let mut last = elements(&["a", "b"]);
    assert_eq!(last.merge(elements(&["c"])), Merged { added: 0, duplicate: 0, refused: 1 });
    assert_eq!(first, last);
}
