//! What is done beside the writer, on connections of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headcount_figures::Counting;
use jiff::Timestamp;

use super::database::Database;
use super::freezing::{Freezer, Wrote};
use super::preparing::{Held, Prepared};
use super::reader::Reader;
use super::status::Status;
use crate::error::Error;
use crate::store::Froze;

/// The connections that only read.
pub(super) struct Beside {
    database: Arc<Database>,
    status: Arc<Status>,
    reader: Mutex<Option<Reader>>,
    freezer: Mutex<Freezer>,
}

impl Beside {
    /// `freeze`: reports that a step of freezing counts at most.
    pub(super) fn new(database: Arc<Database>, status: Arc<Status>, freeze: u32) -> Self {
        let freezer = Mutex::new(Freezer::new(freeze));
        Self { database, status, reader: Mutex::default(), freezer }
    }

    /// Reads, one after the other. After an error the next one gets a connection of its own.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut reader = lock(&self.reader);
        let open = match reader.take() {
            Some(open) => open,
            None => Reader::of(self.open()?)?,
        };
        let done = read(&open)?;
        *reader = Some(open);
        Ok(done)
    }

    /// Works a step of freezing out; `None` if nothing is due.
    pub(super) fn prepare(
        &self,
        counting: Arc<Counting>,
        now: Timestamp,
    ) -> Result<Option<Prepared>, Error> {
        let mut freezer = lock(&self.freezer);
        freezer.prepare(self.open()?, counting, now)
    }

    /// What became of a step.
    pub(super) fn wrote(&self, wrote: Wrote, held: Held, froze: Froze) -> Froze {
        lock(&self.freezer).wrote(wrote, held, froze)
    }

    /// Closes every connection, all while none is opened.
    pub(super) fn let_go(&self) {
        let (mut reader, mut freezer) = (lock(&self.reader), lock(&self.freezer));
        reader.take();
        freezer.close();
    }

    /// The database. Whoever asked may be gone by now, and the store as well.
    fn open(&self) -> Result<Arc<Database>, Error> {
        if self.status.is_closing() {
            return Err(self.database.unavailable(super::CLOSED));
        }
        Ok(self.database.clone())
    }
}

/// What one thread at a time uses; a panic of another one leaves it whole.
pub(super) fn lock<T>(used: &Mutex<T>) -> MutexGuard<'_, T> {
    used.lock().unwrap_or_else(PoisonError::into_inner)
}
