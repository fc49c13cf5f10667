//! Reports in one SQLite file, on the disk before they are acknowledged.
//!
//! One thread writes. It takes whatever waits into one transaction, so that many requests share
//! one flush, and begins the next when that is done. Whatever goes wrong, the connection is given
//! up and opened anew for the next transaction, so the store works again as soon as the disk does.

mod backup;
mod batch;
mod beside;
mod check;
mod database;
mod days;
mod erasing;
mod forgetting;
mod freezing;
mod frozen;
mod instance;
mod instances;
mod job;
mod ledger;
mod outbox;
mod place;
#[cfg(test)]
mod plans;
mod preparing;
mod pushed;
mod reader;
mod row;
mod schema;
mod stats;
mod status;
mod sweeping;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use headcount_figures::{Counting, Snapshot};
use jiff::Timestamp;
use jiff::civil::Date;
use opentelemetry::metrics::Meter;
use tokio::sync::oneshot;

pub use check::{Checked, Damage, DamagedPlace, remove_damaged};
pub(super) use database::is_empty;
pub use reader::Reader;
pub use stats::{FiguresStats, Stats, VersionStats};

use super::{
    Durability, Erase, Erased, Filter, Froze, InstanceKey, Keep, Kept, Outbox, Outgoing, Row,
    Store, Stored, StoredKey, Swept, Tombstone,
};
use crate::aside::aside;
use crate::error::Error;
use crate::front::Pending;
use crate::metrics::Commits;
use crate::secret::Keys;
use beside::{Beside, lock};
use database::Database;
use job::{Forward, Job, Reply};
use preparing::Prepared;
use status::Status;
use writer::Writer;

/// How the store waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long a transaction waits for another process to let the database go: 2 s.
    pub busy: Duration,
    /// How long a request waits for its transaction before it is told to come again: 10 s.
    pub answer: Duration,
    /// Requests that may wait for the writer: 1024. Each holds its report in memory.
    pub queue: usize,
    /// Reports after which a transaction takes no further request: 64.
    pub group: usize,
    /// Time after which a transaction takes no further request: 5 ms.
    pub gather: Duration,
    /// Reports that a sweep deletes at once: 256, which is some milliseconds for those that wait meanwhile.
    pub sweep: u32,
    /// Reports that are counted at once when a day is frozen: 256, for the same reason.
    pub freeze: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            busy: Duration::from_secs(2),
            answer: Duration::from_secs(10),
            queue: 1024,
            group: 64,
            gather: Duration::from_millis(5),
            sweep: 256,
            freeze: 256,
        }
    }
}

const CLOSED: &str = "the store is closed";

/// The durable store.
pub struct Sqlite {
    database: Arc<Database>,
    status: Arc<Status>,
    options: Options,
    running: Mutex<Option<Running>>,
    beside: Arc<Beside>,
}

/// The writer, as long as it takes jobs.
struct Running {
    jobs: SyncSender<Job>,
    thread: JoinHandle<()>,
}

impl Sqlite {
    /// Opens the database, made with mode 0600 where there is none.
    ///
    /// Errors: the file cannot be made or written, is no database of ours, or a newer one, or was written under other
    /// keys.
    pub fn open(path: &Path, keys: &Keys, options: Options) -> Result<Self, Error> {
        let database = Arc::new(Database::new(path, keys.seal(), options.busy)?);
        let status = Arc::new(Status::default());
        let beside = Arc::new(Beside::new(database.clone(), status.clone(), options.freeze));
        let writer = Writer::start(database.clone(), status.clone(), beside.clone(), options)?;
        let (jobs, waiting) = sync_channel(options.queue);
        let thread = std::thread::Builder::new()
            .name("headcount-store".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(|error| database.unavailable(error))?;
        let running = Mutex::new(Some(Running { jobs, thread }));
        Ok(Self { database, status, options, running, beside })
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        lock(&self.running)
    }

    fn submit(&self, job: Job) -> Result<(), Error> {
        let sent = match self.running().as_ref() {
            Some(running) => running.jobs.try_send(job).is_ok(),
            None => return Err(self.database.unavailable(CLOSED)),
        };
        if sent { Ok(()) } else { Err(self.database.unavailable("too many requests wait")) }
    }

    /// Has the writer do a job, and waits for it.
    async fn write<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, Error> {
        let (reply, outcome) = oneshot::channel();
        let _waiting = self.status.wait();
        self.submit(job(reply))?;
        match tokio::time::timeout(self.options.answer, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(self.database.unavailable("the writer is gone")),
            Err(_) => Err(self.database.unavailable("the disk is too slow")),
        }
    }

    /// Does something beside the writer.
    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Beside) -> T + Send + 'static,
    ) -> T {
        let beside = self.beside.clone();
        aside(move || work(&beside)).await
    }

    /// Reads beside the writer, one after the other.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.beside(|beside| beside.read(read)).await
    }

    /// Works a step of freezing out beside the writer, and has it written.
    async fn step(&self, counting: Arc<Counting>, now: Timestamp) -> Result<Froze, Error> {
        let prepared = self.beside(move |beside| beside.prepare(counting, now)).await?;
        let Some(Prepared { step, held, froze }) = prepared else { return Ok(Froze::default()) };
        let wrote = self.write(|reply| Job::Freeze(Box::new(step), reply)).await?;
        Ok(self.beside.wrote(wrote, held, froze))
    }

    /// Takes no more jobs. `None` if that was asked for before.
    fn stop(&self) -> Option<Running> {
        self.status.close();
        self.running().take()
    }

    /// Lets the readers go, and then the writer finish what waits: the last connection to go empties the write-ahead
    /// log, and one that only reads cannot.
    fn end(beside: &Beside, running: Option<Running>) -> std::thread::Result<()> {
        beside.let_go();
        let Some(Running { jobs, thread }) = running else { return Ok(()) };
        drop(jobs);
        thread.join()
    }
}

impl Store for Sqlite {
    fn put(&self, parts: Vec<Stored>) -> Pending<'_, Result<Kept, Error>> {
        Box::pin(self.write(move |reply| Job::Put(parts, reply)))
    }

    fn erase(
        &self,
        erasures: Vec<Erase>,
        now: Timestamp,
    ) -> Pending<'_, Result<Vec<Erased>, Error>> {
        Box::pin(self.write(move |reply| Job::Erase(erasures, now, reply)))
    }

    fn sweep(&self, now: Timestamp, keeps: Vec<Keep>) -> Pending<'_, Result<Swept, Error>> {
        Box::pin(self.write(move |reply| Job::Sweep(now, keeps, reply)))
    }

    fn page<'s>(
        &'s self,
        filter: &'s Filter,
        after: Option<&'s StoredKey>,
        most: usize,
    ) -> Pending<'s, Result<Vec<Row>, Error>> {
        let (filter, after) = (filter.clone(), after.cloned());
        Box::pin(self.read(move |reader| reader.page(&filter, after.as_ref(), most)))
    }

    fn instance_page<'s>(
        &'s self,
        contract: &'s str,
        instance: &'s InstanceKey,
        after: Option<&'s StoredKey>,
        most: usize,
    ) -> Pending<'s, Result<Vec<Row>, Error>> {
        let (contract, instance, after) = (contract.to_owned(), *instance, after.cloned());
        let page =
            move |reader: &Reader| reader.instance_page(&contract, &instance, after.as_ref(), most);
        Box::pin(self.read(page))
    }

    fn tombstone<'s>(
        &'s self,
        instance: &'s InstanceKey,
    ) -> Pending<'s, Result<Option<Tombstone>, Error>> {
        let instance = *instance;
        Box::pin(self.read(move |reader| reader.tombstone(&instance)))
    }

    fn known<'s>(&'s self, instances: &'s [InstanceKey]) -> Pending<'s, Result<Vec<bool>, Error>> {
        let instances = instances.to_vec();
        Box::pin(self.read(move |reader| reader.known(&instances)))
    }

    fn freeze(&self, counting: Arc<Counting>, now: Timestamp) -> Pending<'_, Result<Froze, Error>> {
        Box::pin(self.step(counting, now))
    }

    fn snapshot<'s>(
        &'s self,
        contract: &'s str,
        behind: Option<Date>,
    ) -> Pending<'s, Result<Snapshot, Error>> {
        let contract = contract.to_owned();
        Box::pin(self.read(move |reader| reader.snapshot(&contract, behind)))
    }

    fn pushed<'s>(&'s self, contract: &'s str) -> Pending<'s, Result<Option<Date>, Error>> {
        let contract = contract.to_owned();
        Box::pin(self.read(move |reader| reader.pushed(&contract)))
    }

    fn note_pushed<'s>(&'s self, contract: &'s str, day: Date) -> Pending<'s, Result<(), Error>> {
        let pushed = Forward::Pushed(contract.to_owned(), day);
        Box::pin(self.write(|reply| Job::Forward(pushed, reply)))
    }

    fn forward(&self, most: u64) -> Pending<'_, Result<(), Error>> {
        self.status.let_wait(most);
        Box::pin(self.write(|reply| Job::Forward(Forward::Fit, reply)))
    }

    fn outgoing(&self, most: usize) -> Pending<'_, Result<Vec<Outgoing>, Error>> {
        Box::pin(self.read(move |reader| reader.outgoing(most)))
    }

    fn gone(&self, ids: Vec<u64>) -> Pending<'_, Result<(), Error>> {
        Box::pin(self.write(|reply| Job::Forward(Forward::Gone(ids), reply)))
    }

    fn outbox(&self) -> Outbox {
        self.status.outbox()
    }

    fn bytes(&self) -> u64 {
        self.status.used() + self.database.log_bytes()
    }

    fn waiting(&self) -> u64 {
        self.status.waiting()
    }

    fn observe(&self, meter: &Meter) {
        self.status.observe(Commits::new(meter));
    }

    fn healthy(&self) -> bool {
        self.status.works() && self.database.place().identity().is_some()
    }

    fn durability(&self) -> Durability {
        Durability::Flushed
    }

    fn close(&self) -> Pending<'_, ()> {
        let running = self.stop();
        let beside = self.beside.clone();
        Box::pin(async move {
            let end = move || Self::end(&beside, running);
            if let Ok(Err(panic)) = tokio::task::spawn_blocking(end).await {
                std::panic::resume_unwind(panic);
            }
        })
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        let running = self.stop();
        // A panic of the writer was reported when it happened.
        let _ = Self::end(&self.beside, running);
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.database.path()).finish_non_exhaustive()
    }
}
