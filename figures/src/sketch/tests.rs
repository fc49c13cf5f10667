use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::state::State;

/// Instances by what they contribute.
type Told = BTreeMap<u16, u8>;

fn mark(instance: u16) -> Mark {
    let mut key = [0; 32];
    key[..2].copy_from_slice(&instance.to_le_bytes());
    Mark::of(&key)
}

fn sketch(state: &Told, min_count: u32) -> Sketch {
    let mut sketch = Sketch::for_count(min_count);
    for (instance, contribution) in state {
        sketch.add(mark(*instance).with(&[*contribution]));
    }
    sketch
}

fn states() -> impl Strategy<Value = (Told, Told)> {
    let state = || prop::collection::btree_map(0..200_u16, 0..3_u8, 0..120);
    let few = prop::collection::btree_map(0..200_u16, 0..3_u8, 0..9);
    (state(), state(), few, any::<bool>()).prop_map(|(one, other, few, close)| {
        let mut near = one.clone();
        near.extend(few);
        (one, if close { near } else { other })
    })
}

proptest! {
    #[test]
    fn at_least_as_many_instances_differ((one, other) in states(), min_count in 1..12_u32) {
        let all: BTreeSet<_> = one.keys().chain(other.keys()).collect();
        let differ = all.iter().filter(|instance| one.get(instance) != other.get(instance)).count();
        for min_count_of_other in [1, min_count] {
            let (left, right) = (sketch(&one, min_count), sketch(&other, min_count_of_other));
            let (left, right) = (State::of(&left), State::of(&right));
            let told = left.differences(&right);
            prop_assert!(told <= differ);

            prop_assert_eq!(left.is_same(&right), differ == 0);
            prop_assert_eq!(told, right.differences(&left));
        }
    }

    #[test]
    fn they_add_up_and_can_be_taken_back((one, other) in states(), min_count in 1..12_u32) {
        let (left, right) = (sketch(&one, min_count), sketch(&other, min_count));
        let mut sum = left.clone();
        sum.merge(&right);
        for (instance, contribution) in &other {
            sum.subtract(mark(*instance).with(&[*contribution]));
        }
        prop_assert_eq!(&sum, &left);
        let mut to = Writer::new();
        left.write(&mut to);
        let bytes = to.into_bytes();
        prop_assert_eq!(Sketch::read(&mut Reader::open(&bytes, "a sketch")?), Ok(left.clone()));
        let (mut to, state) = (Writer::new(), State::of(&left));
        state.write(&mut to);
        let bytes = to.into_bytes();
        prop_assert_eq!(State::read(&mut Reader::open(&bytes, "a state")?), Ok(state));
    }
}

#[test]
fn a_size_that_no_sketch_has_is_refused() {
    let read = |size: u32| {
        let mut to = Writer::new();
        to.number(size);
        to.len(0);
        let bytes = to.into_bytes();
        Sketch::read(&mut Reader::open(&bytes, "a sketch")?)
    };
    for min_count in [1, 5, Publish::MAX_MIN_COUNT, u32::MAX] {
        let sketch = Sketch::for_count(min_count);
        assert_eq!(read(sketch.size), Ok(sketch));
    }
    for size in [0, 100, MOST * 2, 1 << 31] {
        assert_eq!(read(size), Err(Unreadable("a sketch")), "{size}");
    }
}

#[test]
fn contributions_are_told_apart() {
    let texts = ["", "a", "b", "aa", "aaaaaaa", "aaaaaaaa", "aaaaaaa\0", "v1.0.0", "v1.0.1"];
    let mark = mark(7);
    let values: BTreeSet<_> = texts.iter().map(|text| mark.with(text.as_bytes()).value).collect();
    assert_eq!(values.len(), texts.len());
}
