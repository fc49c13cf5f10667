//! The one thread that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::batch::Batch;
use super::beside::Beside;
use super::database::Database;
use super::forgetting::Forgetting;
use super::job::{Forward, Group, Job};
use super::place::FileIdentity;
use super::status::Status;
use super::{Options, erasing, outbox, pushed, sweeping};
use crate::error::Error;
use crate::store::{Outbox, Seal};

/// Between two attempts to empty the log, as long as somebody reads from it, or to find out whether the database works
/// again: 1 s.
const AGAIN: Duration = Duration::from_secs(1);

/// Writes a page, and nothing new: whether a transaction can be committed.
const PROBE: &str = "UPDATE receiver SET id = 0";

/// The writer and its connection, which it gives up whenever something goes wrong.
pub(super) struct Writer {
    database: Arc<Database>,
    status: Arc<Status>,
    beside: Arc<Beside>,
    options: Options,
    open: Option<Open>,
    /// Whether the log may still hold what was erased.
    tainted: bool,
    /// Whether a sweep that goes on has deleted something, so that the log is to be emptied when it is over.
    sweeping: bool,
}

struct Open {
    connection: Connection,
    file: FileIdentity,
}

impl Writer {
    pub(super) fn start(
        database: Arc<Database>,
        status: Arc<Status>,
        beside: Arc<Beside>,
        options: Options,
    ) -> Result<Self, Error> {
        let connection = database.create()?;
        let used = used(&connection).map_err(|error| database.explain(&error))?;
        status.use_bytes(used);
        status.hold(outbox::held(&connection).map_err(|error| database.explain(&error))?);
        // The process before this one may have ended between an erasure and the emptying of the log.
        let tainted = true;
        let (open, sweeping) = (None, false);
        let mut writer = Self { database, status, beside, options, open, tainted, sweeping };
        match writer.opened(connection) {
            Ok(open) => writer.open = Some(open),
            // A disk that is full now has room later.
            Err(error) => writer.fails(&error),
        }
        Ok(writer)
    }

    /// Works until nobody can send jobs any more, and none is left.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        while let Some(first) = self.next(jobs) {
            let group = self.gather(first, jobs);
            // What one report does to a merge must not end the writing of all others. The jobs'
            // replies are dropped, so their clients are asked to repeat.
            if catch_unwind(AssertUnwindSafe(|| self.serve(group))).is_err() {
                self.open = None;
            }
        }
        self.status.go();
        if let Some(Open { connection, .. }) = self.open.take() {
            // Closing tidies up. Should it fail, the next opening does, and nothing is lost.
            if let Err((_, error)) = connection.close() {
                tracing::warn!(%error, "cannot close the database");
            }
        }
    }

    /// The next job. While there is none, the log is emptied if it has to be, and a database that does not work is
    /// tried: those who ask whether it works must not have to send reports to find out.
    fn next(&mut self, jobs: &Receiver<Job>) -> Option<Job> {
        while self.tainted || self.status.is_failing() {
            match jobs.recv_timeout(AGAIN) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Timeout) if self.status.is_failing() => {
                    self.serve(Group::default());
                }
                Err(RecvTimeoutError::Timeout) => self.empty_log(),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        jobs.recv().ok()
    }

    /// Takes what waits already: nobody waits for a group to fill up.
    fn gather(&self, first: Job, jobs: &Receiver<Job>) -> Group {
        let begin = Instant::now();
        let mut weight = first.weight();
        let mut group = Group::default();
        group.add(first);
        while weight < self.options.group && begin.elapsed() < self.options.gather {
            let Ok(job) = jobs.try_recv() else { break };
            weight = weight.saturating_add(job.weight());
            group.add(job);
        }
        group
    }

    fn serve(&mut self, mut group: Group) {
        let (jobs, begin) = (group.jobs(), Instant::now());
        let outcome = self.commit(&mut group);
        self.status.record(jobs, outcome.is_ok(), begin.elapsed());
        match &outcome {
            Ok(()) => {
                if self.status.fail(false) {
                    // As loud as the failure: whoever read of that wants to know.
                    tracing::warn!("the database works again");
                }
                self.empty_log();
            }
            Err(error) => self.fails(error),
        }
        group.answer(outcome.as_ref().copied());
    }

    /// Gives the connection up, and tells the operator once. The others go as well: what SQLite holds locked for this
    /// process outlives a connection that could not unlock it, until the last one is closed.
    fn fails(&mut self, error: &Error) {
        self.open = None;
        self.beside.let_go();
        if !self.status.fail(true) {
            tracing::error!(%error, "the database does not work; clients are asked to repeat");
        }
    }

    /// One transaction for all. Damage concerns the job that meets it, any other error everybody.
    fn commit(&mut self, group: &mut Group) -> Result<(), Error> {
        let database = self.database.clone();
        let open =
            match self.open.take().filter(|open| database.place().identity() == Some(open.file)) {
                Some(open) => open,
                None => self.opened(database.write()?)?,
            };
        // From here on the log may hold what is erased, whatever becomes of it.
        self.tainted |= group.erasures.len() > 0;
        let connection = &mut self.open.insert(open).connection;
        let most = Most { sweep: self.options.sweep, outbox: self.status.may_wait() };
        let done = work(connection, database.seal(), group, most);
        let done = done.map_err(|error| database.explain(&error))?;
        self.status.use_bytes(done.used);
        self.status.hold(done.outbox);
        // Each step of a sweep would else wait until the log is written back.
        self.sweeping |= done.swept;
        self.tainted |= self.sweeping && !done.more;
        self.sweeping &= done.more;
        Ok(())
    }

    /// Empties the log, if what was erased may still be in it. As long as somebody reads from it, that has to
    /// be tried again.
    fn empty_log(&mut self) {
        let (true, Some(open)) = (self.tainted, &self.open) else { return };
        match self.database.empty_log(&open.connection) {
            Ok(emptied) => self.tainted = !emptied,
            Err(error) => {
                tracing::warn!(%error, "cannot empty the log after an erasure; it is tried again");
            }
        }
    }

    fn opened(&mut self, connection: Connection) -> Result<Open, Error> {
        let file = self.database.place().identity();
        let file = file.ok_or_else(|| self.database.unavailable("its file is gone"))?;
        self.tainted &= !self.database.flush(&connection)?;
        self.database.place().know();
        Ok(Open { connection, file })
    }
}

/// How much of a transaction there may be.
#[derive(Clone, Copy)]
struct Most {
    /// Reports that a sweep deletes.
    sweep: u32,
    /// Bytes that wait to be forwarded; none, nothing is.
    outbox: u64,
}

/// What a transaction came to.
#[derive(Default)]
struct Done {
    /// Bytes of the pages that hold something.
    used: u64,
    outbox: Outbox,
    /// Whether a sweep deleted something, and whether it has to go on.
    swept: bool,
    more: bool,
}

/// Does all of it in one transaction. Erasures go first: what comes with them meets their tombstones.
fn work(
    connection: &mut Connection,
    seal: &Seal,
    group: &mut Group,
    most: Most,
) -> rusqlite::Result<Done> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if group.is_empty() {
        transaction.execute_batch(PROBE)?;
    }
    let mut forgetting = Forgetting::new(&transaction, seal);
    for (erasures, now) in group.erasures.take() {
        let erase = |erase| erasing::erase(&mut forgetting, erase, now);
        let erased = erasures.iter().map(erase).collect::<rusqlite::Result<_>>()?;
        group.erasures.done(Ok(erased));
    }
    let mut done = Done::default();
    for (now, keeps) in group.sweeps.take() {
        let swept = sweeping::sweep(&mut forgetting, now, &keeps, most.sweep)?;
        done.swept |= swept.erasures + swept.reports + swept.waiting > 0;
        done.more = swept.more;
        group.sweeps.done(Ok(swept));
    }
    forgetting.write()?;
    for step in group.steps.take() {
        group.steps.done(Ok(step.write(&transaction)?));
    }
    let mut batch = Batch::new(&transaction, seal, most.outbox > 0);
    let puts = group.puts.take().into_iter().map(|parts| batch.put(parts));
    let puts = puts.collect::<rusqlite::Result<Vec<_>>>()?;
    let (receipts, additions) = batch.write()?;
    for put in puts {
        group.puts.done(put.map(|put| receipts.kept(put)));
    }
    let mut displaced = additions.settle(&transaction, most.outbox)?;
    for forward in group.forwards.take() {
        match forward {
            Forward::Fit => displaced += outbox::trim(&transaction, most.outbox)?,
            Forward::Gone(ids) => outbox::remove(&transaction, &ids)?,
            Forward::Pushed(contract, day) => pushed::note(&transaction, &contract, day)?,
        }
        group.forwards.done(Ok(()));
    }
    done.outbox = Outbox { displaced, ..outbox::held(&transaction)? };
    done.used = used(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

/// Bytes of the pages that hold something. Free ones are used before the file grows.
fn used(connection: &Connection) -> rusqlite::Result<u64> {
    let number =
        |pragma| connection.prepare_cached(pragma)?.query_row([], |row| row.get::<_, i64>(0));
    let pages = number("PRAGMA page_count")? - number("PRAGMA freelist_count")?;
    Ok((pages * number("PRAGMA page_size")?).unsigned_abs())
}
