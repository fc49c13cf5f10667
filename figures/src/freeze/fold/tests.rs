use proptest::prelude::*;

use super::*;
use crate::sketch::Sketch;

fn group(instances: u64, telling: u64) -> Group {
    Group { instances, telling, ..Group::empty(Sketch::for_count(1)) }
}

fn groups(sizes: &[u64]) -> BTreeMap<Key, Group> {
    let key = |place: usize| match place {
        0 => Key::Other,
        1 => Key::Missing,
        place => Key::Text(format!("{place:03}").into()),
    };
    let present = sizes.iter().enumerate().filter(|(_, size)| **size > 0);
    present.map(|(place, size)| (key(place), group(*size, *size))).collect()
}

/// The sizes of the groups that are shown, and that of other.
fn folded(sizes: &[u64], least: u32) -> (Vec<u64>, u64) {
    let Folded { shown, other } = fold(groups(sizes), Kind::Split, least);
    let shown = shown.into_iter().map(|(_, group)| group.instances).collect();
    (shown, other.map_or(0, |other| other.instances))
}

#[test]
fn other_has_enough_or_is_empty() {
    // Other from the start, missing, and three texts.
    assert_eq!(folded(&[0, 0, 9, 8, 7], 5), (vec![9, 8, 7], 0));
    assert_eq!(folded(&[0, 0, 9, 8, 4], 5), (vec![9], 12));
    assert_eq!(folded(&[0, 0, 9, 3, 4], 5), (vec![9], 7));
    assert_eq!(folded(&[1, 6, 9, 8, 7], 5), (vec![9, 8, 7], 7));
    assert_eq!(folded(&[5, 4, 9, 8, 0], 5), (vec![9, 8], 9));
    assert_eq!(folded(&[0, 0, 9, 0, 0], 5), (vec![9], 0));
    assert_eq!(folded(&[1, 0, 9, 0, 0], 5), (vec![], 10));
    assert_eq!(folded(&[1, 1, 1, 0, 0], 5), (vec![], 3));
    assert_eq!(folded(&[1, 1, 1, 0, 0], 1), (vec![1, 1], 1));
}

#[test]
fn of_many_groups_the_largest_are_shown() {
    let sizes: Vec<u64> = [0, 0].into_iter().chain(10..60).collect();
    assert_eq!(folded(&sizes, 5).0.len(), 50);
    let sizes: Vec<u64> = [0, 0].into_iter().chain(10..61).collect();
    let (shown, other) = folded(&sizes, 5);
    assert_eq!((shown.len(), shown[0], other), (49, 60, 10 + 11));
    let sizes: Vec<u64> = [7, 0].into_iter().chain(10..60).collect();
    let (shown, other) = folded(&sizes, 5);
    assert_eq!((shown.len(), other), (49, 7 + 10));
}

#[test]
fn groups_that_tell_no_number_have_no_sum() {
    let text = |text: &str| Key::Text(text.into());
    let groups = [(text("a"), group(9, 7)), (text("b"), group(9, 0)), (text("c"), group(9, 6))];
    let Folded { shown, other } = fold(groups.into(), Kind::Sum, 5);
    assert_eq!(shown.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), [text("a"), text("c")]);
    assert_eq!(other.map(|other| (other.instances, other.telling)), Some((9, 0)));
    // Three that tell it would come out.
    let groups = [(text("a"), group(9, 7)), (text("b"), group(9, 3)), (text("c"), group(9, 6))];
    let Folded { shown, other } = fold(groups.into(), Kind::Sum, 5);
    assert_eq!(shown.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), [text("a")]);
    assert_eq!(other.map(|other| (other.instances, other.telling)), Some((18, 9)));
}

proptest! {
    #[test]
    fn no_small_group_comes_out(sizes in prop::collection::vec(0..30_u64, 0..70), least in 1..12_u32) {
        let (shown, other) = folded(&sizes, least);
        let all: u64 = sizes.iter().sum();
        let enough = u64::from(least);
        prop_assert_eq!(shown.iter().sum::<u64>() + other, all);
        prop_assert!(shown.iter().all(|size| *size >= enough));
        prop_assert!(other == 0 || other >= enough || shown.is_empty());
        prop_assert!(shown.len() + usize::from(other > 0) <= MOST);
        prop_assert!(shown.is_sorted_by(|one, two| one >= two));
    }
}
