//! Of whom something is held, and of which days.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use headcount_contract::Receipt;
use headcount_receiver::InstanceKey;
use jiff::Timestamp;
use jiff::civil::Date;

use super::Whose;
use crate::label::Label;

/// The instances of which something is held.
#[derive(Debug, Default)]
pub(crate) struct Known(BTreeMap<Label, Seen>);

/// What is known of an instance without looking into the store.
#[derive(Clone)]
pub(crate) struct Seen {
    /// Its id as it travels; empty for the relay's own instance.
    pub(crate) id: String,
    /// What stands for it in the store.
    pub(crate) key: InstanceKey,
    /// Since when this process knows of it.
    pub(crate) since: Timestamp,
    /// The days of which something is held.
    pub(crate) days: BTreeSet<Date>,
    /// Finished days of which something new came, since somebody last looked.
    pub(crate) late: BTreeSet<Date>,
    /// Receipts of what was held when this process began.
    pub(crate) receipts: BTreeMap<Date, Receipt>,
}

impl Known {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, label: &Label) -> Option<&Seen> {
        self.0.get(label)
    }

    pub(crate) fn labels(&self) -> impl Iterator<Item = &Label> {
        self.0.keys()
    }

    /// Notes that there will be something of an instance.
    pub(super) fn expect(&mut self, whose: &Whose, now: Timestamp) -> &mut Seen {
        self.0.entry(whose.label.clone()).or_insert_with(|| Seen {
            id: whose.id.clone(),
            key: whose.key,
            since: now,
            days: BTreeSet::new(),
            late: BTreeSet::new(),
            receipts: BTreeMap::new(),
        })
    }

    /// Notes something that is held now.
    pub(super) fn put(&mut self, whose: &Whose, now: Timestamp) -> &mut Seen {
        let seen = self.expect(whose, now);
        seen.days.insert(whose.date);
        seen
    }

    /// Forgets those of whom nothing came after all.
    pub(super) fn forget_nobody(&mut self) {
        self.0.retain(|_, seen| !seen.days.is_empty());
    }

    /// Forgets days, and those of whom no day is left.
    pub(super) fn forget_before(&mut self, first: Date) {
        for seen in self.0.values_mut() {
            seen.days.retain(|day| *day >= first);
            seen.late.retain(|day| *day >= first);
            seen.receipts.retain(|day, _| *day >= first);
        }
        self.forget_nobody();
    }

    /// The finished days of an instance of which something new came since this was last asked.
    pub(crate) fn take_late(&mut self, label: &Label) -> BTreeSet<Date> {
        self.0.get_mut(label).map(|seen| std::mem::take(&mut seen.late)).unwrap_or_default()
    }

    /// The receipts of what was held of an instance when this process began, once.
    pub(crate) fn take_receipts(&mut self, label: &Label) -> BTreeMap<Date, Receipt> {
        self.0.get_mut(label).map(|seen| std::mem::take(&mut seen.receipts)).unwrap_or_default()
    }
}

/// Shows no id.
impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("days", &self.days).finish_non_exhaustive()
    }
}
