//! All counters of one application that later days need.

mod stored;
#[cfg(test)]
mod tests;

use std::collections::btree_map::Entry::Vacant;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::contribution::{Contribution, Layout};
use crate::days::{days, month};
use crate::entry::Entry;
use crate::month::{Month, Seen};
use crate::sketch::Mark;
use crate::tally::Tally;

/// Names one piece of the counters in a store: a day, or one of a few others.
pub type CellKey = i64;

/// All open counters of one application: what was counted, by the last day on which instances reported.
///
/// Kept in pieces, of which a day's reports change few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    pub(crate) head: Head,
    /// The month that is not finished.
    pub(crate) month: Option<Month>,
    /// Per last day: the counters of the instances that reported on it for the last time.
    pub(crate) days: BTreeMap<i64, Cell>,
    /// What differs from what was last encoded.
    changed: BTreeSet<CellKey>,
}

/// The counters of the instances with one last day, by definition.
pub(crate) type Cell = BTreeMap<u64, Tally>;

/// What the counters have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// The newest day that was frozen.
    pub(crate) frozen: Option<Date>,
    /// The first day whose cell was not dropped.
    pub(crate) kept_from: Option<Date>,
    /// From which day on each definition was counted.
    pub(crate) since: BTreeMap<u64, Date>,
    /// Which definitions the entries speak of, by their layouts.
    pub(crate) layouts: BTreeMap<u64, Vec<u64>>,
}

impl Cells {
    /// Counts a report of an instance, of which the ledger holds this entry, and gives the entry to hold in its place.
    ///
    /// `None` where nothing changes: the report is for a day that is frozen, or the instance has a later one counted, or
    /// one for that day of a newer version of the contract. The order of a day's reports makes no difference, unless
    /// they have more different texts than are counted apart (1 000 for a figure).
    pub fn count(
        &mut self,
        instance: &[u8; 32],
        held: Option<&Entry>,
        contribution: Contribution,
    ) -> Option<Entry> {
        let Contribution { day, rank, layout, mut told } = contribution;
        let closed = self.head.frozen.is_some_and(|frozen| day <= frozen);
        if closed || held.is_some_and(|held| (held.last, held.rank) > (day, rank)) {
            return None;
        }
        let mark = Mark::of(instance);
        if let Some(held) = held {
            self.subtract(&mark, held);
        }
        self.learn(&layout);
        let cell = self.days.entry(days(day)).or_default();
        for ((id, kind), told) in layout.definitions.iter().zip(&mut told) {
            let tally = cell.entry(*id).or_insert_with(|| Tally::new(*kind, layout.min_count));
            tally.add(&mark, told, layout.min_count);
        }
        self.changed.insert(days(day));
        let first = held.map_or(day, |held| held.first);
        let seen = Seen { first, days: held.map_or(1, |held| days_of_month(held, day)) };
        if held.is_none_or(|held| held.last < day) {
            self.month_of(day, layout.min_count).add(&mark, seen, layout.min_count);
            self.changed.insert(stored::MONTH);
        }
        Some(Entry { first, last: day, days: seen.days, rank, layout: layout.id, told })
    }

    /// Takes an instance out of all that is not frozen: it is erased, or its last report was deleted.
    pub fn forget(&mut self, instance: &[u8; 32], held: &Entry) {
        let mark = Mark::of(instance);
        self.subtract(&mark, held);
        let Some(open) = self.month.as_mut() else { return };
        if open.first_day == month(held.last) {
            open.forget(&mark, Seen { first: held.first, days: held.days });
            self.changed.insert(stored::MONTH);
        }
    }

    fn subtract(&mut self, mark: &Mark, held: &Entry) {
        let day = days(held.last);
        let (Some(cell), Some(ids)) =
            (self.days.get_mut(&day), self.head.layouts.get(&held.layout))
        else {
            return;
        };
        for (id, told) in ids.iter().zip(&held.told) {
            if let Some(tally) = cell.get_mut(id) {
                tally.subtract(mark, told);
            }
        }
        self.changed.insert(day);
    }

    fn learn(&mut self, layout: &Layout) {
        if let Vacant(unknown) = self.head.layouts.entry(layout.id) {
            unknown.insert(layout.definitions.iter().map(|(id, _)| *id).collect());
            self.changed.insert(stored::HEAD);
        }
    }

    pub(crate) fn month_changed(&mut self) {
        self.changed.insert(stored::MONTH);
    }

    /// Notes that a day was frozen, and drops what no later window reaches.
    pub(crate) fn close(&mut self, day: Date, oldest: Date) {
        let kept = self.days.split_off(&days(oldest));
        self.changed.extend(std::mem::replace(&mut self.days, kept).into_keys());
        self.head.frozen = Some(day);
        self.head.kept_from = self.head.kept_from.max(Some(oldest));
        self.changed.insert(stored::HEAD);
    }

    fn month_of(&mut self, day: Date, min_count: u32) -> &mut Month {
        let open = self.month.get_or_insert_with(|| Month::new(day, min_count));
        if open.first_day != month(day) {
            *open = Month::new(day, min_count);
        }
        open
    }
}

/// On how many days of a day's month an instance reported, with that day.
fn days_of_month(held: &Entry, day: Date) -> u32 {
    if month(held.last) != month(day) {
        1
    } else if held.last == day {
        held.days
    } else {
        held.days.saturating_add(1)
    }
}
