//! Taking instances out of what is counted, in the transaction that deletes their reports.

use std::collections::BTreeMap;

use headcount_figures::Cells;
use jiff::civil::Date;
use rusqlite::Transaction;

use super::ledger::{self, Whose};
use super::row::unsealed;
use crate::store::Seal;

/// The counters from which a transaction takes instances. Each is read once, and written once.
pub(super) struct Forgetting<'t> {
    transaction: &'t Transaction<'t>,
    seal: &'t Seal,
    cells: BTreeMap<String, Cells>,
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

    /// Notes that so many reports are deleted.
    pub(super) fn delete(&mut self, reports: usize) {
        self.deleted |= reports > 0;
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
        if !self.cells.contains_key(contract) {
            match ledger::cells(self.transaction, self.seal, contract)? {
                Ok(cells) => drop(self.cells.insert(contract.to_owned(), cells)),
                Err(error) => {
                    tracing::error!(%error, "an instance is forgotten, and counted still");
                }
            }
        }
        match (entry, self.cells.get_mut(contract)) {
            (Ok(entry), Some(cells)) => cells.forget(instance.as_bytes(), &entry),
            (Err(error), _) => {
                tracing::error!(%error, "an instance is forgotten, and counted still");
            }
            (Ok(_), None) => {}
        }
        Ok(())
    }

    /// Writes what changed.
    pub(super) fn write(self) -> rusqlite::Result<()> {
        if self.deleted {
            ledger::deleted(self.transaction)?;
        }
        for (contract, mut cells) in self.cells {
            let sealed = ledger::seal_cells(self.seal, &contract, &mut cells).map_err(unsealed)?;
            ledger::write_cells(self.transaction, &contract, &sealed)?;
        }
        Ok(())
    }
}
