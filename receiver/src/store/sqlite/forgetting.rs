//! Taking instances out of what is counted, in the transaction that deletes their reports.

use std::collections::BTreeMap;

use headcount_figures::Cells;
use jiff::civil::Date;
use rusqlite::Transaction;

use super::ledger::{self, Whose};
use super::row::unsealed;
use crate::error::Error;
use crate::store::Seal;

/// The counters from which a transaction takes instances. Each is read once, and written once.
pub(super) struct Forgetting<'t> {
    transaction: &'t Transaction<'t>,
    seal: &'t Seal,
    /// `None` where they are damaged, which is told once.
    cells: BTreeMap<String, Option<Cells>>,
    /// Whether reports were deleted.
    deleted: bool,
}

impl<'t> Forgetting<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>, seal: &'t Seal) -> Self {
        Self { transaction, seal, cells: BTreeMap::new(), deleted: false }
    }

    pub(super) fn transaction(&self) -> &'t Transaction<'t> {
        self.transaction
    }

    pub(super) fn seal(&self) -> &'t Seal {
        self.seal
    }

    /// Notes whether any report was deleted: no step of freezing is to count one that was read before.
    pub(super) fn note_deleted(&mut self, any: bool) {
        self.deleted |= any;
    }

    /// Forgets what was counted of an instance, unless that is of a report of such a day. Damage must not keep it from
    /// being forgotten.
    pub(super) fn forget(
        &mut self,
        whose: Whose<'_>,
        unless: impl FnOnce(Date) -> bool,
    ) -> rusqlite::Result<()> {
        let Whose { contract, instance } = whose;
        let Some(entry) = ledger::entry(self.transaction, self.seal, whose)? else { return Ok(()) };
        if entry.as_ref().is_ok_and(|entry| unless(entry.last())) {
            return Ok(());
        }
        self.deleted = true;
        ledger::forget(self.transaction, whose)?;
        match entry {
            Ok(entry) => {
                if let Some(cells) = self.cells(contract)? {
                    cells.forget(instance.as_bytes(), &entry);
                }
            }
            Err(error) => counted_still(&error),
        }
        Ok(())
    }

    /// The counters of an application, if they can be read.
    fn cells(&mut self, contract: &str) -> rusqlite::Result<Option<&mut Cells>> {
        if !self.cells.contains_key(contract) {
            let cells = ledger::cells(self.transaction, self.seal, contract)?;
            self.cells.insert(contract.to_owned(), cells.inspect_err(counted_still).ok());
        }
        Ok(self.cells.get_mut(contract).and_then(Option::as_mut))
    }

    /// Writes what changed.
    pub(super) fn write(self) -> rusqlite::Result<()> {
        if self.deleted {
            ledger::deleted(self.transaction)?;
        }
        for (contract, cells) in self.cells {
            let Some(mut cells) = cells else { continue };
            let sealed = ledger::seal_cells(self.seal, &contract, &mut cells).map_err(unsealed)?;
            ledger::write_cells(self.transaction, &contract, &sealed)?;
        }
        Ok(())
    }
}

fn counted_still(error: &Error) {
    tracing::error!(%error, "what is forgotten is counted still");
}
