//! Groups that are too small to be shown are folded into one.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use headcount_contract::{Figure, Order};

use super::round;
use crate::contribution::Key;
use crate::definition::Kind;
use crate::number::Fixed;
use crate::release;
use crate::tally::Group;
use crate::{GroupName, Value};

/// The most groups that are shown.
const MOST: usize = 50;

/// The groups that are shown, and the one of all others.
pub(super) struct Folded {
    shown: Vec<(Key, Group)>,
    other: Option<Group>,
}

impl Group {
    /// Its count, sum or median.
    pub(super) fn value(&self, kind: Kind) -> f64 {
        match kind {
            #[allow(clippy::cast_precision_loss, reason = "there are not as many instances")]
            Kind::Split => self.instances as f64,
            Kind::Sum => self.sum.to_f64(),
            Kind::Median => self.median().to_f64(),
        }
    }

    /// The least number that half of the instances have at most.
    fn median(&self) -> Fixed {
        let mut below = 0_u64;
        let middle = self.numbers.iter().find(|(_, instances)| {
            below = below.saturating_add(**instances);
            below >= self.telling.div_ceil(2)
        });
        middle.map(|(number, _)| *number).unwrap_or_default()
    }

    /// The instances that its value is made of.
    fn behind(&self, kind: Kind) -> u64 {
        if kind == Kind::Split { self.instances } else { self.telling }
    }
}

/// Folds every group of fewer than `min_count` instances into other; and the next smallest, too, until it is empty or
/// has enough. Of more than fifty groups the smallest are folded.
pub(super) fn fold(groups: BTreeMap<Key, Group>, kind: Kind, min_count: u32) -> Folded {
    let least = u64::from(min_count);
    let (mut shown, folded): (Vec<_>, Vec<_>) = groups
        .into_iter()
        .partition(|(key, group)| *key != Key::Other && group.behind(kind) >= least);
    // Those of one size stay in the order of their keys, in which they come.
    shown.sort_by_key(|(_, group)| Reverse(group.behind(kind)));
    let mut other: Option<Group> = None;
    for (_, group) in folded {
        take(&mut other, group);
    }
    loop {
        let full = shown.len() + usize::from(other.is_some()) > MOST;
        if !full && other.as_ref().is_none_or(|other| other.is_enough(kind, least)) {
            return Folded { shown, other };
        }
        let Some((_, smallest)) = shown.pop() else { return Folded { shown, other } };
        take(&mut other, smallest);
    }
}

fn take(other: &mut Option<Group>, group: Group) {
    match other {
        Some(other) => other.merge(&group),
        None => *other = Some(group),
    }
}

impl Group {
    fn is_enough(&self, kind: Kind, least: u64) -> bool {
        let silent = kind != Kind::Split && self.telling == 0;
        self.instances == 0 || (self.instances >= least && (silent || self.behind(kind) >= least))
    }
}

impl Folded {
    /// The groups, that of all others among them.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.shown.iter().map(|(_, group)| group).chain(&self.other)
    }

    /// What is shown, rounded, and then put into the figure's order; missing and other come last.
    pub(super) fn value(self, kind: Kind, figure: &Figure) -> Value {
        // A median of nothing is none.
        let other = self.other.filter(|other| kind == Kind::Split || other.telling > 0);
        let named = self.shown.into_iter().map(|(key, group)| (GroupName::from(key), group));
        let all = named.chain(other.map(|other| (GroupName::Other, other)));
        let mut groups: Vec<_> = all
            .map(|(name, group)| crate::Group {
                name,
                instances: round::count(group.instances, figure.round),
                value: round::value(group.value(kind), figure.round),
            })
            .collect();
        groups.sort_by(|one, two| compare(one, two, figure.order));
        Value::Groups(groups)
    }
}

fn compare(one: &crate::Group, two: &crate::Group, order: Order) -> Ordering {
    let by_name = || match (&one.name, &two.name) {
        (GroupName::Value(one), GroupName::Value(two)) if order == Order::Version => {
            release::compare(two, one)
        }
        (GroupName::Value(_), GroupName::Value(_)) => two.value.total_cmp(&one.value),
        _ => Ordering::Equal,
    };
    let last = |group: &crate::Group| match group.name {
        GroupName::Value(_) => 0,
        GroupName::Missing => 1,
        GroupName::Other => 2,
    };
    last(one).cmp(&last(two)).then_with(by_name).then_with(|| one.name.cmp(&two.name))
}

impl From<Key> for GroupName {
    fn from(key: Key) -> Self {
        match key {
            Key::Missing => Self::Missing,
            Key::Text(text) => Self::Value(text.into()),
            Key::All | Key::Other | Key::Bucket(_) => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests;
