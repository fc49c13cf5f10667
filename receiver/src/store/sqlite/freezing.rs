//! Freezing, a step at a time: what a step comes to is worked out beside the writer, which then only writes it.
//!
//! The writer takes it only if nothing that it was worked out from changed since. So a step is as good as one
//! transaction, at a fraction of what one would keep others waiting.

use std::sync::Arc;

use headcount_figures::Counting;
use jiff::Timestamp;
use rusqlite::Transaction;

use super::database::Database;
use super::ledger::{self, Sealed, Whose};
use super::preparing::{Held, Prepared, Work};
use super::{Reader, frozen, sweeping};
use crate::error::Error;
use crate::store::InstanceKey;
use crate::store::freezing::{Counted, Froze};

/// A step that is to be written.
pub(super) struct Step {
    pub(super) contract: String,
    pub(super) now: Timestamp,
    /// How far it was counted, and how often reports had been deleted, when the step was worked out.
    pub(super) before: Option<Counted>,
    pub(super) deletions: i64,
    /// How far it is counted after the step.
    pub(super) after: Counted,
    pub(super) entries: Vec<(InstanceKey, Vec<u8>)>,
    pub(super) cells: Vec<Sealed>,
    pub(super) frozen: Option<frozen::Day>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrote {
    /// It is written.
    All,
    /// Nothing of it: something changed since it was worked out.
    Stale,
    /// Nothing of it: the clock is not believed.
    Doubted,
}

impl Step {
    /// About how many reports would be as much to write.
    pub(super) fn weight(&self) -> usize {
        // An entry is a fraction of a report, and lies beside the one before.
        1 + self.entries.len() / 8
    }

    /// Writes the step.
    pub(super) fn write(&self, transaction: &Transaction<'_>) -> rusqlite::Result<Wrote> {
        let contract = self.contract.as_str();
        let is_as_before = ledger::how_far(transaction, contract)? == self.before
            && ledger::deletions(transaction)? == self.deletions;
        if !is_as_before {
            return Ok(Wrote::Stale);
        }
        if !sweeping::is_believed(transaction, self.now)? {
            return Ok(Wrote::Doubted);
        }
        for (instance, sealed) in &self.entries {
            ledger::keep(transaction, Whose { contract, instance }, sealed)?;
        }
        ledger::write_cells(transaction, contract, &self.cells)?;
        if let Some(day) = &self.frozen {
            day.write(transaction, contract)?;
        }
        ledger::count(transaction, contract, &self.after)?;
        Ok(Wrote::All)
    }
}

/// Works steps out, one after the other.
#[derive(Debug)]
pub(super) struct Freezer {
    reader: Option<Reader>,
    held: Option<Held>,
    /// Reports that a step counts at most, and how many the next one does.
    most: u32,
    next: u32,
}

impl Freezer {
    pub(super) fn new(most: u32) -> Self {
        Self { reader: None, held: None, most, next: most }
    }

    /// The next step; `None` if nothing is due.
    pub(super) fn prepare(
        &mut self,
        database: Arc<Database>,
        counting: Arc<Counting>,
        now: Timestamp,
    ) -> Result<Option<Prepared>, Error> {
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => Reader::of(database)?,
        };
        // After an error the next step begins with what is stored.
        let work = Work { counting, now, most: self.next };
        let prepared = reader.prepare(&work, self.held.take())?;
        self.reader = Some(reader);
        Ok(prepared)
    }

    /// What became of a step.
    pub(super) fn wrote(&mut self, wrote: Wrote, held: Held, froze: Froze) -> Froze {
        match wrote {
            Wrote::All => {
                self.next = self.most.min(self.next * 2);
                // Else it would lie there until another day is closed.
                self.held = froze.more.then_some(held);
                froze
            }
            Wrote::Stale => {
                // Where much is deleted, a small step comes through sooner.
                self.next = (self.next / 4).max(1);
                Froze { due: froze.due.max(1), more: true, ..Froze::default() }
            }
            Wrote::Doubted => Froze { due: froze.due, doubted: true, ..Froze::default() },
        }
    }

    /// Lets go of the database.
    pub(super) fn close(&mut self) {
        (self.reader, self.held) = (None, None);
    }
}
