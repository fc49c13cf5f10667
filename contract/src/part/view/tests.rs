use proptest::prelude::*;

use crate::part::{Elements, Entity, Part, Stamped, Values};
use crate::value::Scalar;

const NEWEST: u64 = 1_714_089_600_000_000_000;

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        (0..3_i64).prop_map(Scalar::Int),
        Just(Scalar::Int(i64::MIN)),
        prop_oneof![Just(0.0), Just(-0.0), Just(1.5)].prop_map(Scalar::Double),
        any::<bool>().prop_map(Scalar::Bool),
        "[ab]?".prop_map(Scalar::Text),
    ]
}

fn values() -> impl Strategy<Value = Values> {
    let stamped = (0..3_u64, scalar());
    let stamped = stamped.prop_map(|(time, value)| Stamped { time: NEWEST - time, value });
    proptest::collection::btree_map("[abc]", stamped, 0..3)
        .prop_map(|values| values.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn entity() -> impl Strategy<Value = Entity> {
    let leaf = (values(), values()).prop_map(|(attributes, gauges)| Entity {
        attributes,
        gauges,
        ..Entity::default()
    });
    leaf.prop_recursive(2, 12, 3, |inner| {
        let elements = proptest::collection::btree_map("[xyz]", inner, 0..4);
        let elements = (elements, 3..5_usize).prop_map(|(by_key, max)| Elements {
            max,
            by_key: by_key.into_iter().map(|(key, entity)| (key.into(), entity)).collect(),
        });
        let lists = proptest::collection::btree_map("[lm]", elements, 0..3);
        (values(), values(), lists).prop_map(|(attributes, gauges, lists)| Entity {
            attributes,
            gauges,
            lists: lists.into_iter().map(|(name, list)| (name.into(), list)).collect(),
        })
    })
}

fn part(root: Entity, generation: &str) -> Part {
    let date = "2024-04-25".parse().expect("a date");
    Part { date, generation: generation.to_owned(), newest: NEWEST, root: root.into() }
}

/// The same with later times, and something more.
fn later(mut entity: Entity, by: u64) -> Entity {
    let values = entity.attributes.values_mut().chain(entity.gauges.values_mut());
    values.for_each(|stamped| stamped.time += by);
    for list in entity.lists.values_mut() {
        for element in list.by_key.values_mut() {
            *element = later(std::mem::take(element), by);
        }
    }
    entity
}

/// Merged as elements, and as they are stored.
fn agree(held: &Part, newer: &Part) -> Result<bool, TestCaseError> {
    let mut elements = held.clone();
    let expected = elements.merge(newer.clone());
    let stored = |part: &Part| Part::decode(&part.encode()).expect("a part");
    let replaced = stored(held).replaced_by(&stored(newer)).is_some();
    let mut merged = stored(held);
    prop_assert_eq!(merged.merge(stored(newer)), expected);
    prop_assert_eq!(merged.encode(), elements.encode());
    Ok(replaced)
}

proptest! {
    #[test]
    fn merging_what_is_stored_is_merging_elements(
        (one, other, ids) in (entity(), entity(), any::<bool>())
    ) {
        agree(&part(one, "a"), &part(other, if ids { "a" } else { "b" }))?;
    }

    #[test]
    fn what_was_told_again_replaces_what_is_held((told, by) in (entity(), 0..2_u64)) {
        let mut newer = part(later(told.clone(), by), "");
        newer.newest += by;
        prop_assert!(agree(&part(told, ""), &newer)?);
    }

    #[test]
    fn what_was_told_and_more_replaces_what_is_held((told, more) in (entity(), entity())) {
        let held = part(told, "");
        let mut all = held.clone();
        let mut more = part(later(more, 3), "");
        more.newest += 3;
        // Nothing gives way.
        prop_assume!(all.merge(more).refused == 0);
        prop_assert!(agree(&held, &all)?);
    }

    #[test]
    fn its_elements_are_what_was_written(told in entity()) {
        let bytes = part(told.clone(), "a").encode();
        let view = crate::part::View::read(&bytes).expect("as this release writes it");
        prop_assert_eq!(view.entity(), Some(told));
    }

    #[test]
    fn no_bytes_are_too_much((mut bytes, at, with) in (entity(), any::<prop::sample::Index>(), any::<u8>())
        .prop_map(|(entity, at, with)| (part(entity, "a").encode(), at, with)))
    {
        let at = at.index(bytes.len());
        bytes[at] = with;
        // Whatever is taken for a part can be read to its elements.
        if let Ok(part) = Part::decode(&bytes) {
            prop_assert_eq!(part.points(), part.root.into_entity().points());
        }
        if let Ok(part) = Part::decode(&bytes[..at]) {
            prop_assert_eq!(part.points(), part.root.into_entity().points());
        }
    }
}
