//! Instances that ask to have their reports erased.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;

use crate::header::Header;
use crate::model::Reason;
use crate::part::{Cutoff, Put};

/// An instance asks to have its reports erased: those of every version and day up to the cutoff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The contract's name.
    pub contract: String,
    /// The instance's id in the form in which it travels.
    pub instance: String,
    /// The UTC day for which it is asked.
    pub date: Date,
    /// Up to where.
    pub cutoff: Cutoff,
}

impl Erasure {
    /// The head of the request.
    pub(crate) fn header(&self) -> Header {
        let Cutoff { report_id, time_unix_nano } = self.cutoff.clone();
        Header { report_id, date: self.date, time_unix_nano, reason: Reason::Erase, dropped: 0 }
    }
}

/// The erasures of a request, one for each instance.
#[derive(Debug, Default)]
pub(super) struct Erasures(BTreeMap<(String, String), Erasure>);

impl Erasures {
    pub(super) fn put(&mut self, erasure: Erasure) -> Put {
        match self.0.entry((erasure.contract.clone(), erasure.instance.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(erasure);
                Put::New
            }
            Entry::Occupied(mut entry) => {
                if entry.get_mut().cutoff.join(&erasure.cutoff) {
                    Put::Newer
                } else {
                    Put::Unchanged
                }
            }
        }
    }

    pub(super) fn take(&mut self) -> Vec<Erasure> {
        std::mem::take(&mut self.0).into_values().collect()
    }
}
