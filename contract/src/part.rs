//! A part of a report, and how parts become the whole.
//!
//! Collectors split, batch, merge, reorder and repeat what they carry. So a report is assembled from parts
//! by an operation that does not care: [`Part::merge`] is commutative, associative and idempotent.

mod draft;
mod erase;
mod known;
mod root;
mod stored;
mod values;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

pub(crate) use draft::{Draft, Element};
pub use erase::Cutoff;
pub use stored::NotAPart;
pub(crate) use values::Values;

use crate::admit::REPORT_REASON;
use crate::model::{Encoding, Reason};
use crate::value::Scalar;
use root::Root;
use view::View;

/// The gauge that every report of the exporter carries with the value 1, so that a report without
/// gauges of its own travels too.
pub const HEARTBEAT: &str = "headcount.report";

/// Values of one report, in the form in which they travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub(crate) date: Date,
    /// The report's id; empty where the sender sets none. The greater id is the newer report.
    pub(crate) generation: String,
    /// The newest time of a point, in nanoseconds since the Unix epoch.
    pub(crate) newest: u64,
    pub(crate) root: Root,
}

/// The report itself, or an element of one of its lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) attributes: Values,
    pub(crate) gauges: Values,
    pub(crate) lists: BTreeMap<Arc<str>, Elements>,
}

/// The elements of a list, by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Elements {
    /// The most elements that are kept: those with the smallest keys.
    pub(crate) max: usize,
    pub(crate) by_key: BTreeMap<Box<str>, Entity>,
}

/// A value and its time. The newer wins, and at the same time the greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamped {
    pub(crate) time: u64,
    pub(crate) value: Scalar,
}

impl Stamped {
    /// Takes another value in its place, if that wins.
    pub(crate) fn put(&mut self, other: Self) -> Put {
        if other > *self {
            *self = other;
            Put::Newer
        } else {
            Put::Unchanged
        }
    }
}

/// What a merge did with the points of the part that came; the three add up to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Points that were new, or newer than those held.
    pub added: u64,
    /// Points that changed nothing.
    pub duplicate: u64,
    /// Points of elements beyond the most that the contract allows.
    pub refused: u64,
}

/// What became of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    New,
    Newer,
    Unchanged,
}

impl Part {
    pub(crate) fn new(date: Date, generation: String) -> Self {
        Self { date, generation, newest: 0, root: Entity::default().into() }
    }

    /// The UTC day that the report is for.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The report's own id, which its exporter gave it; empty where the sender sets none.
    pub fn report_id(&self) -> &str {
        &self.generation
    }

    /// Why the report was made, where it says so.
    pub fn reason(&self) -> Option<Reason> {
        self.root.text(REPORT_REASON).and_then(Reason::from_name)
    }

    /// The newest time of a point, in nanoseconds since the Unix epoch.
    pub fn newest_unix_nano(&self) -> u64 {
        self.newest
    }

    /// Whether the part asks for an erasure, and so is no report.
    pub(crate) fn is_erasure(&self) -> bool {
        self.root.text(REPORT_REASON) == Some(Reason::Erase.as_str())
    }

    /// How many data points the part holds.
    pub fn points(&self) -> u64 {
        self.root.points()
    }

    /// Takes another part of the same report in. Of two reports for the same day the one with the greater
    /// id replaces the other. Of a list that grows beyond its `max` the elements with the smallest keys
    /// stay, whichever came first: otherwise the order in which parts come would show.
    pub fn merge(&mut self, other: Self) -> Merged {
        debug_assert_eq!(self.date, other.date, "parts of one report are for one day");
        let mut merged = Merged::default();
        match self.generation.cmp(&other.generation) {
            std::cmp::Ordering::Greater => merged.duplicate = other.points(),
            std::cmp::Ordering::Less => {
                merged.added = other.points();
                *self = other;
            }
            std::cmp::Ordering::Equal => {
                if let Some(merged) = self.replaced_by(&other) {
                    *self = other;
                    return merged;
                }
                self.newest = self.newest.max(other.newest);
                self.root.merge(other.root.into_entity(), &mut merged);
            }
        }
        merged
    }

    /// What a merge with a part comes to that says everything this one says, at least as new. Asked only of stored
    /// forms, of which elements need not be made for that.
    fn replaced_by(&self, newer: &Self) -> Option<Merged> {
        let (held, newer) = (self.root.bytes()?, newer.root.bytes()?);
        View::read(held)?.replaced_by(&View::read(newer)?)
    }

    /// A digest of what the part says, whenever it was said.
    pub(crate) fn content_digest(&self) -> String {
        let mut timeless = self.clone();
        timeless.newest = 0;
        timeless.root.forget_times();
        Encoding::HexLower.encode(&Sha256::digest(timeless.encode()).into())
    }
}

impl Entity {
    pub(crate) fn points(&self) -> u64 {
        let inner = self.lists.values().flat_map(|list| list.by_key.values()).map(Self::points);
        self.gauges.len() as u64 + inner.sum::<u64>()
    }

    fn merge(&mut self, other: Self, merged: &mut Merged) {
        for (name, stamped) in other.attributes {
            self.attributes.put(name, stamped);
        }
        for (name, stamped) in other.gauges {
            match self.gauges.put(name, stamped) {
                Put::New | Put::Newer => merged.added += 1,
                Put::Unchanged => merged.duplicate += 1,
            }
        }
        for (name, elements) in other.lists {
            let list = self.lists.entry(name).or_default();
            list.max = list.max.max(elements.max);
            for (key, entity) in elements.by_key {
                list.take(key, entity, merged);
            }
        }
    }

    fn forget_times(&mut self) {
        let values = self.attributes.values_mut().chain(self.gauges.values_mut());
        values.for_each(|stamped| stamped.time = 0);
        for list in self.lists.values_mut() {
            list.by_key.values_mut().for_each(Self::forget_times);
        }
    }
}

impl Elements {
    /// Takes an element in. Of more than `max` those with the smallest keys stay; an element that gives
    /// way was counted when it came.
    fn take(&mut self, key: Box<str>, entity: Entity, merged: &mut Merged) {
        if let Some(held) = self.by_key.get_mut(&key) {
            held.merge(entity, merged);
            return;
        }
        let full = self.by_key.len() >= self.max;
        if full && self.by_key.last_key_value().is_none_or(|(last, _)| *last < key) {
            merged.refused += entity.points();
            return;
        }
        if full {
            self.by_key.pop_last();
        }
        let mut taken = Entity::default();
        taken.merge(entity, merged);
        self.by_key.insert(key, taken);
    }
}
