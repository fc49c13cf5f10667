//! Which worlds are tried.

use proptest::prelude::{Just, Strategy, any, prop_oneof};

use crate::world::{Change, Mood, Plan, Shape};

/// All plans.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let change = prop_oneof![
        3 => Just(None),
        2 => (20_u32..45, changes()).prop_map(Some),
    ];
    let moods = prop_oneof![3 => Just(Mood::Calm), 2 => Just(Mood::Busy), 1 => Just(Mood::Rare)];
    let min_counts = prop_oneof![Just(2_u32), Just(3), Just(5), Just(10)];
    (3_u32..=60, 60_u32..120, min_counts, moods, shapes(), change, any::<u64>()).prop_map(
        |(instances, days, min_count, mood, shape, change, seed)| Plan {
            instances,
            days,
            min_count,
            mood,
            shape,
            change,
            seed,
        },
    )
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        1 => Just(Shape::Flat),
        3 => Just(Shape::Rich),
        2 => Just(Shape::Sums),
        2 => Just(Shape::Windows),
    ]
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        prop_oneof![Just(2_u32), Just(3), Just(5), Just(10)].prop_map(Change::MinCount),
        shapes().prop_map(Change::To),
    ]
}
