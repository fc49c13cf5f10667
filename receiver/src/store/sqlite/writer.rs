//! The one thread that writes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use headcount_contract::{Merged, Part};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::database::{Database, FileIdentity};
use super::{Options, row};
use crate::error::Error;
use crate::store::{Stored, StoredKey};

const SELECT: &str = "SELECT part FROM report \
    WHERE contract = ? AND version = ? AND date = ? AND instance = ?";
const UPSERT: &str = "INSERT INTO report (contract, version, date, instance, part) \
    VALUES (?, ?, ?, ?, ?) \
    ON CONFLICT (contract, version, date, instance) DO UPDATE SET part = excluded.part";

/// What became of each part, or why none was kept.
pub(super) type Outcome = Result<Vec<Merged>, Error>;

/// One request's parts.
pub(super) struct Job {
    pub(super) parts: Vec<Stored>,
    pub(super) reply: oneshot::Sender<Outcome>,
}

/// The writer and its connection, which it gives up whenever something goes wrong.
pub(super) struct Writer {
    database: Arc<Database>,
    options: Options,
    open: Option<Open>,
    failing: bool,
}

struct Open {
    connection: Connection,
    file: FileIdentity,
}

impl Writer {
    pub(super) fn start(database: Arc<Database>, options: Options) -> Result<Self, Error> {
        let connection = database.create()?;
        let mut writer = Self { database, options, open: None, failing: false };
        writer.open = Some(writer.opened(connection)?);
        Ok(writer)
    }

    /// Works until nobody can send jobs any more, and none is left.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let group = self.gather(first, jobs);
            // What one report does to a merge must not end the writing of all others. The jobs'
            // replies are dropped, so their clients are asked to repeat.
            if catch_unwind(AssertUnwindSafe(|| self.serve(group))).is_err() {
                self.open = None;
            }
        }
        if let Some(Open { connection, .. }) = self.open.take() {
            // Closing tidies up. Should it fail, the next opening does, and nothing is lost.
            if let Err((_, error)) = connection.close() {
                tracing::warn!(%error, "cannot close the database");
            }
        }
    }

    /// Takes what waits already: nobody waits for a group to fill up.
    fn gather(&self, first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
        let begin = Instant::now();
        let mut reports = first.parts.len();
        let mut group = vec![first];
        while reports < self.options.group && begin.elapsed() < self.options.gather {
            let Ok(job) = jobs.try_recv() else { break };
            reports += job.parts.len();
            group.push(job);
        }
        group
    }

    fn serve(&mut self, group: Vec<Job>) {
        let (parts, replies): (Vec<_>, Vec<_>) =
            group.into_iter().map(|job| (job.parts, job.reply)).unzip();
        let outcomes = match self.commit(parts) {
            Ok(outcomes) => {
                if std::mem::take(&mut self.failing) {
                    tracing::info!("the database works again");
                }
                outcomes
            }
            Err(error) => {
                self.open = None;
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::error!(%error, "the database does not work; clients are asked to repeat");
                }
                replies.iter().map(|_| Err(error.clone())).collect()
            }
        };
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // Nobody may be waiting any more; what was kept stays kept.
            let _ = reply.send(outcome);
        }
    }

    /// One transaction for all. Damage concerns the job that meets it, any other error everybody.
    fn commit(&mut self, group: Vec<Vec<Stored>>) -> Result<Vec<Outcome>, Error> {
        let database = self.database.clone();
        let open = match self.open.take().filter(|open| database.identity() == Some(open.file)) {
            Some(open) => open,
            None => self.opened(database.write()?)?,
        };
        let connection = &mut self.open.insert(open).connection;
        let explain = |error: rusqlite::Error| database.explain(&error);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(explain)?;
        let mut outcomes = Vec::with_capacity(group.len());
        for parts in group {
            outcomes.push(merge(&transaction, parts).map_err(explain)?);
        }
        transaction.commit().map_err(explain)?;
        Ok(outcomes)
    }

    fn opened(&self, connection: Connection) -> Result<Open, Error> {
        let file = self.database.identity();
        let file = file.ok_or_else(|| self.database.unavailable("its file is gone"))?;
        Ok(Open { connection, file })
    }
}

/// A report while a job is merged into it.
struct Merging {
    part: Part,
    /// How it is stored; empty where it is not.
    stored: Vec<u8>,
}

/// Merges a job's parts. Nothing is written unless all of them can be.
fn merge(transaction: &Transaction<'_>, parts: Vec<Stored>) -> rusqlite::Result<Outcome> {
    let mut reports = BTreeMap::new();
    let mut outcome = Vec::with_capacity(parts.len());
    for Stored { key, part } in parts {
        let merged = match reports.entry(key) {
            Entry::Occupied(mut entry) => {
                let Merging { part: held, .. } = entry.get_mut();
                held.merge(part)
            }
            Entry::Vacant(entry) => match find(transaction, entry.key())? {
                Some(stored) => match row::part(entry.key(), &stored) {
                    Ok(held) => entry.insert(Merging { part: held, stored }).part.merge(part),
                    Err(error) => {
                        tracing::error!(%error, "cannot add to a report");
                        return Ok(Err(error));
                    }
                },
                None => {
                    let added = part.points();
                    entry.insert(Merging { part, stored: Vec::new() });
                    Merged { added, ..Merged::default() }
                }
            },
        };
        outcome.push(merged);
    }
    for (key, Merging { part, stored }) in &reports {
        let encoded = part.encode();
        if encoded != *stored {
            write(transaction, key, &encoded)?;
        }
    }
    Ok(Ok(outcome))
}

fn find(transaction: &Transaction<'_>, key: &StoredKey) -> rusqlite::Result<Option<Vec<u8>>> {
    let StoredKey { contract, version, date, instance } = key;
    let key = params![contract, version, row::days(*date), instance.as_bytes()];
    transaction.prepare_cached(SELECT)?.query_row(key, |row| row.get(0)).optional()
}

fn write(transaction: &Transaction<'_>, key: &StoredKey, part: &[u8]) -> rusqlite::Result<()> {
    let StoredKey { contract, version, date, instance } = key;
    let values = params![contract, version, row::days(*date), instance.as_bytes(), part];
    transaction.prepare_cached(UPSERT)?.execute(values)?;
    Ok(())
}
