//! How much is stored.

use std::fs;

use jiff::civil::Date;
use rusqlite::Transaction;

use super::{Reader, outbox};
use crate::error::Error;
use crate::store::Outbox;
use crate::store::key::date;

const VERSIONS: &str = "SELECT contract, version, count(*), count(DISTINCT instance), \
    min(date), max(date), sum(length(part)) FROM report \
    GROUP BY contract, version ORDER BY contract, version";

const FIGURES: &str = "SELECT contract, day, \
    (SELECT min(day) FROM frozen WHERE contract = counting.contract), \
    (SELECT max(day) FROM frozen WHERE contract = counting.contract), \
    (SELECT count(*) FROM ledger WHERE contract = counting.contract), \
    (SELECT ifnull(sum(length(entry)), 0) FROM ledger WHERE contract = counting.contract) \
    + (SELECT ifnull(sum(length(counters)), 0) FROM cell WHERE contract = counting.contract), \
    (SELECT ifnull(sum(length(numbers) + length(sketches)), 0) FROM frozen \
    WHERE contract = counting.contract) \
    FROM counting ORDER BY contract";

/// What is stored of one version of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionStats {
    /// The contract's name.
    pub contract: String,
    /// The contract's version.
    pub version: String,
    /// How many reports.
    pub reports: u64,
    /// Of how many instances.
    pub instances: u64,
    /// The first day of which there is a report.
    pub first: Date,
    /// The last one.
    pub last: Date,
    /// Bytes of the reports as they are stored, without what the database needs to find them.
    pub bytes: u64,
}

/// How far the figures of one application are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiguresStats {
    /// The contract's name.
    pub contract: String,
    /// The first frozen day and the last one, if there are any.
    pub frozen: Option<(Date, Date)>,
    /// The day whose reports are to be counted next.
    pub next: Date,
    /// Instances of which something is counted.
    pub instances: u64,
    /// Bytes of what is counted of them and of the counters, without what the database needs to find them.
    pub counted_bytes: u64,
    /// Bytes of the frozen days, likewise. They are kept for ever.
    pub frozen_bytes: u64,
}

/// What is stored, and what that takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Each version of each contract, in their order.
    pub versions: Vec<VersionStats>,
    /// The figures of each application that publishes any, in their order.
    pub figures: Vec<FiguresStats>,
    /// Bytes of the database's file.
    pub file_bytes: u64,
    /// Bytes of its pages that hold nothing, and that are used before it grows.
    pub free_bytes: u64,
    /// Bytes of the write-ahead log.
    pub log_bytes: u64,
    /// Erasures that are remembered.
    pub erasures: u64,
    /// Parts of reports that wait to be forwarded.
    pub waiting: u64,
    /// Bytes of these.
    pub waiting_bytes: u64,
}

impl Reader {
    /// Counts what is stored: this looks at every report.
    ///
    /// Errors: the database cannot be read.
    pub fn stats(&self) -> Result<Stats, Error> {
        let counted = self.reading(|transaction, form| {
            let number = |query| transaction.query_row(query, [], |row| row.get::<_, i64>(0));
            let free = number("PRAGMA freelist_count")? * number("PRAGMA page_size")?;
            let erasures =
                if form.has_erasures() { number("SELECT count(*) FROM erasure")? } else { 0 };
            let outbox =
                if form.has_outbox() { outbox::held(transaction)? } else { Outbox::default() };
            Ok(Stats {
                versions: versions(transaction)?,
                figures: if form.has_figures() { figures(transaction)? } else { Vec::new() },
                free_bytes: free.unsigned_abs(),
                erasures: erasures.unsigned_abs(),
                waiting: outbox.parts,
                waiting_bytes: outbox.bytes,
                ..Stats::default()
            })
        })?;
        let file = fs::metadata(self.database.path());
        let file_bytes = file.map_err(|error| self.database.unavailable(error))?.len();
        Ok(Stats { file_bytes, log_bytes: self.database.log_bytes(), ..counted })
    }
}

fn versions(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<VersionStats>> {
    let mut select = transaction.prepare(VERSIONS)?;
    let rows = select.query_map([], |row| {
        let number = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
        let day = |column| row.get(column).map(|days| date(days).unwrap_or(Date::MIN));
        Ok(VersionStats {
            contract: row.get(0)?,
            version: row.get(1)?,
            reports: number(2)?,
            instances: number(3)?,
            first: day(4)?,
            last: day(5)?,
            bytes: number(6)?,
        })
    })?;
    rows.collect()
}

fn figures(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<FiguresStats>> {
    let mut select = transaction.prepare(FIGURES)?;
    let rows = select.query_map([], |row| {
        let number = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
        let day = |column| row.get::<_, Option<i64>>(column).map(|days| days.and_then(date));
        Ok(FiguresStats {
            contract: row.get(0)?,
            next: day(1)?.unwrap_or(Date::MAX),
            frozen: day(2)?.zip(day(3)?),
            instances: number(4)?,
            counted_bytes: number(5)?,
            frozen_bytes: number(6)?,
        })
    })?;
    rows.collect()
}
