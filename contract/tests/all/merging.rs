//! Merging is commutative, associative and idempotent, whatever is merged.

use headcount_contract::{Cutoff, Merged, Part};
use proptest::prelude::*;

use crate::request::*;

const PROJECTS: [&str; 3] = [
    "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    "9f0d1a52-6f0f-4b0c-8d3b-2f6f1f0f9a11",
    "7d444840-9dc0-41d1-b245-5ffdce74fad2",
];

/// A few values at a few times, so that they often meet.
fn part() -> impl Strategy<Value = Part> {
    let report_id = proptest::option::of("[ab]");
    (values(), report_id).prop_map(|(values, report_id)| of(values, report_id))
}

/// The same as one instance makes them: none of its reports has an id, or the greater id comes with later times.
fn part_in_time(ids: bool) -> impl Strategy<Value = Part> {
    (values(), 0..3_u64).prop_map(move |(mut values, report)| {
        for (_, time, _) in &mut values {
            *time += 2 * report;
        }
        of(values, ids.then(|| ["a", "b", "c"][usize::try_from(report).expect("small")].to_owned()))
    })
}

type Values = Vec<(i64, u64, Option<usize>)>;

fn values() -> impl Strategy<Value = Values> {
    let value = (0..4_i64, 0..3_u64, proptest::option::of(0..PROJECTS.len()));
    proptest::collection::vec(value, 1..6)
}

fn of(values: Values, report_id: Option<String>) -> Part {
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
}

fn cutoff() -> impl Strategy<Value = Cutoff> {
    let report_id = prop_oneof![Just(String::new()), "[abc]"];
    (report_id, 0..8_u64)
        .prop_map(|(report_id, time)| Cutoff { report_id, time_unix_nano: NOON + time })
}

/// What is kept: nothing where no point is left.
fn erased(part: Option<Part>, cutoff: &Cutoff) -> Option<Part> {
    let mut part = part?;
    let points = part.points();
    let gone = part.erase(cutoff);
    assert_eq!(gone + part.points(), points, "every point is counted");
    (part.points() > 0).then_some(part)
}

fn kept(a: Option<Part>, b: Option<Part>) -> Option<Part> {
    match (a, b) {
        (Some(a), Some(b)) => Some(merged(a, b)),
        (a, b) => a.or(b),
    }
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
    fn when_an_erasure_comes_does_not_show(
        ((a, b), cutoff) in (
            any::<bool>().prop_flat_map(|ids| (part_in_time(ids), part_in_time(ids))),
            cutoff(),
        )
    ) {
        let late = erased(kept(Some(a.clone()), Some(b.clone())), &cutoff);
        let early = kept(erased(Some(a), &cutoff), erased(Some(b), &cutoff));
        prop_assert_eq!(late, early);
    }

    #[test]
    fn joined_cutoffs_erase_what_each_of_them_does(
        (a, one, other) in (part(), cutoff(), cutoff())
    ) {
        let mut joined = one.clone();
        joined.join(&other);
        let both = erased(erased(Some(a.clone()), &one), &other);
        prop_assert_eq!(erased(Some(a), &joined), both);
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
