//! Reports in memory: forgotten at a restart, for makers who promise just that.

use std::collections::BTreeMap;
use std::future::ready;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use headcount_contract::{Merged, Part};

use super::{Durability, Filter, Row, Store, Stored, StoredKey};
use crate::error::Error;
use crate::front::Pending;

/// The volatile store.
#[derive(Debug, Default)]
pub struct Memory {
    reports: Mutex<BTreeMap<StoredKey, Part>>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn reports(&self) -> MutexGuard<'_, BTreeMap<StoredKey, Part>> {
        // A merge either ran or did not: a panic elsewhere leaves no report half merged.
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn merge(&self, parts: Vec<Stored>) -> Vec<Merged> {
        let mut reports = self.reports();
        let merge = |Stored { key, part }| match reports.get_mut(&key) {
            Some(kept) => kept.merge(part),
            None => {
                let added = part.points();
                reports.insert(key, part);
                Merged { added, ..Merged::default() }
            }
        };
        parts.into_iter().map(merge).collect()
    }

    fn list(&self, filter: &Filter, after: Option<&StoredKey>, most: usize) -> Vec<Row> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let reports = self.reports();
        let behind = reports.range::<StoredKey, _>((after, Bound::Unbounded));
        let admitted = behind.filter(|(key, _)| filter.admits(key)).take(most);
        admitted.map(|(key, part)| (key.clone(), Ok(part.clone()))).collect()
    }
}

impl Store for Memory {
    fn put(&self, parts: Vec<Stored>) -> Pending<'_, Result<Vec<Merged>, Error>> {
        Box::pin(ready(Ok(self.merge(parts))))
    }

    fn page<'s>(
        &'s self,
        filter: &'s Filter,
        after: Option<&'s StoredKey>,
        most: usize,
    ) -> Pending<'s, Result<Vec<Row>, Error>> {
        Box::pin(ready(Ok(self.list(filter, after, most))))
    }

    fn durability(&self) -> Durability {
        Durability::Volatile
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(ready(()))
    }
}
