//! The tables, and how older ones are brought up to date.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::row;
use crate::store::{Seal, StoredKey};

/// `HCNT`: marks the file as ours (<https://www.sqlite.org/pragma.html#pragma_application_id>).
pub(super) const APPLICATION: i64 = 0x4843_4e54;
/// The version of the tables below.
pub(super) const VERSION: i64 = 5;
/// The oldest version that is understood. Version 1 has no erasures, 2 neither instances nor sealed reports, 3 no outbox,
/// 4 no figures.
pub(super) const OLDEST: i64 = 1;
/// The first version whose reports are sealed.
pub(super) const SEALED: i64 = 3;
/// The first version that has an outbox.
pub(super) const FORWARDS: i64 = 4;
/// The first version that has figures.
pub(super) const COUNTS: i64 = 5;

const REPORT: &str = "
    CREATE TABLE report (
        contract TEXT NOT NULL,
        version TEXT NOT NULL,
        -- Days since 1970-01-01.
        date INTEGER NOT NULL,
        -- A keyed hash: see the receiver's secret.
        instance BLOB NOT NULL CHECK (length(instance) = 32),
        -- All that came of the report, merged and sealed.
        part BLOB NOT NULL,
        -- When the first of it came, where the contract says so: seconds since 1970-01-01.
        received_at INTEGER,
        -- What stands for its sender on that day, where the contract says so.
        source BLOB CHECK (source IS NULL OR length(source) = 32),
        PRIMARY KEY (contract, version, date, instance)
    ) STRICT;
";

const ERASURE: &str = "
    CREATE TABLE erasure (
        -- A keyed hash, as in `report`.
        instance BLOB NOT NULL PRIMARY KEY CHECK (length(instance) = 32),
        -- Reports with this id or a smaller one are not kept again.
        report_id TEXT NOT NULL,
        -- Nor points of this time or an earlier one: nanoseconds since 1970-01-01, the bits of an unsigned number.
        time INTEGER NOT NULL,
        -- When it was last asked for: seconds since 1970-01-01.
        since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

const INSTANCE: &str = "
    CREATE INDEX erasure_since ON erasure (since);
    CREATE TABLE instance (
        -- A keyed hash, as in `report`. Every instance of a report is here.
        instance BLOB NOT NULL PRIMARY KEY CHECK (length(instance) = 32),
        contract TEXT NOT NULL,
        -- The first day for which it reported.
        first INTEGER NOT NULL,
        -- The last one, or a day less than a week before it.
        last INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE receiver (
        id INTEGER PRIMARY KEY CHECK (id = 0),
        -- Tells the secret under which everything here is hidden from any other.
        secret_mark BLOB NOT NULL CHECK (length(secret_mark) = 32),
        -- How far the clock is believed, and between when and when it is doubted: seconds since 1970-01-01.
        believed INTEGER,
        doubted_first INTEGER,
        doubted_last INTEGER
    ) STRICT;
";

const OUTBOX: &str = "
    CREATE TABLE outbox (
        -- The order in which they are to leave. A number is never used again.
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        contract TEXT NOT NULL,
        version TEXT NOT NULL,
        date INTEGER NOT NULL,
        -- A keyed hash, as in `report`.
        instance BLOB NOT NULL CHECK (length(instance) = 32),
        -- What came, sealed.
        part BLOB NOT NULL
    ) STRICT;
    CREATE INDEX outbox_instance ON outbox (instance);
    CREATE INDEX outbox_date ON outbox (contract, version, date);
    -- How much that is.
    ALTER TABLE receiver ADD COLUMN outbox_parts INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE receiver ADD COLUMN outbox_bytes INTEGER NOT NULL DEFAULT 0;
";

const FIGURES: &str = "
    CREATE TABLE counting (
        contract TEXT NOT NULL PRIMARY KEY,
        -- The day whose reports are counted. All days before it are frozen.
        day INTEGER NOT NULL,
        -- Which of them was counted last: its version and its instance. None: none was.
        version TEXT,
        instance BLOB CHECK (instance IS NULL OR length(instance) = 32)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE ledger (
        contract TEXT NOT NULL,
        -- A keyed hash, as in `report`. Every instance that was counted and of which there are reports is here.
        instance BLOB NOT NULL CHECK (length(instance) = 32),
        -- What of its reports is in the cells, sealed.
        entry BLOB NOT NULL,
        PRIMARY KEY (contract, instance)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE cell (
        contract TEXT NOT NULL,
        -- What is counted in it: a day, or a month.
        key INTEGER NOT NULL,
        -- The counters, sealed.
        counters BLOB NOT NULL,
        PRIMARY KEY (contract, key)
    ) STRICT;
    CREATE TABLE frozen (
        contract TEXT NOT NULL,
        day INTEGER NOT NULL,
        -- What is shown of the day, for everybody: JSON.
        numbers TEXT NOT NULL,
        -- What tells whether later numbers differ by enough instances, sealed.
        sketches BLOB NOT NULL,
        PRIMARY KEY (contract, day)
    ) STRICT;
    CREATE TABLE pushed (
        contract TEXT NOT NULL PRIMARY KEY,
        -- The newest frozen day that another backend has.
        day INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- How often reports were deleted, so that nobody counts one that was read before.
    ALTER TABLE receiver ADD COLUMN deletions INTEGER NOT NULL DEFAULT 0;
";

const DERIVED: &str = "
    ALTER TABLE report ADD COLUMN received_at INTEGER;
    ALTER TABLE report ADD COLUMN source BLOB CHECK (source IS NULL OR length(source) = 32);
";

const INSTANCES: &str = "INSERT INTO instance (instance, contract, first, last) \
    SELECT instance, min(contract), min(date), max(date) FROM report GROUP BY instance";

const MARKS: &str = "
    PRAGMA application_id = 0x48434e54;
    PRAGMA user_version = 5;
";

/// Rows that are sealed between two looks, and after how many the log tells of it.
const STEP: u32 = 1000;
const TELL: u64 = 100_000;

/// What identifies the file: the application's mark, and the version of the tables.
pub(super) fn marks(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let mark = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok((mark("application_id")?, mark("user_version")?))
}

/// Whether there is no table, and no mark of anybody.
pub(super) fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    let none = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
    let none: bool = connection.query_row(none, [], |row| row.get(0))?;
    Ok(none && marks(connection)? == (0, 0))
}

/// Whether nothing is kept, so that the secret does not matter yet.
pub(super) fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let none = |table: &str| {
        let query = format!("SELECT NOT EXISTS (SELECT 1 FROM {table})");
        connection.query_row(&query, [], |row| row.get::<_, bool>(0))
    };
    let version = marks(connection)?.1;
    Ok(none("report")?
        && (version == OLDEST || none("erasure")?)
        && (version < FORWARDS || none("outbox")?)
        && (version < COUNTS || (none("ledger")? && none("cell")? && none("frozen")?)))
}

/// Makes the tables in a file that is new. In one that nothing is kept in, a new secret takes the place of the old one.
pub(super) fn make(connection: &mut Connection, seal: &Seal) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_blank(&transaction)? {
        for batch in [REPORT, ERASURE, INSTANCE, OUTBOX, FIGURES, MARKS] {
            transaction.execute_batch(batch)?;
        }
        mark_secret(&transaction, seal)?;
    } else if marks(&transaction)? == (APPLICATION, VERSION) && is_empty(&transaction)? {
        mark_secret(&transaction, seal)?;
    }
    transaction.commit()
}

/// Writes down which secret it is, where that is not written.
fn mark_secret(transaction: &Transaction<'_>, seal: &Seal) -> rusqlite::Result<()> {
    let upsert = "INSERT INTO receiver (id, secret_mark) VALUES (0, ?1) \
        ON CONFLICT (id) DO UPDATE SET secret_mark = ?1 WHERE secret_mark <> ?1";
    transaction.execute(upsert, [seal.mark()])?;
    Ok(())
}

/// Whether it is the secret under which everything here was written.
pub(super) fn is_ours(connection: &Connection, seal: &Seal) -> rusqlite::Result<bool> {
    if marks(connection)?.1 < SEALED {
        // Of an older version nobody can tell.
        return Ok(true);
    }
    let mark = "SELECT secret_mark FROM receiver";
    connection.query_row(mark, [], |row| Ok(row.get::<_, [u8; 32]>(0)? == seal.mark()))
}

/// Adds what an older headcount did not make, and seals its reports, all or nothing.
pub(super) fn bring_up_to_date(connection: &mut Connection, seal: &Seal) -> rusqlite::Result<()> {
    if marks(connection)?.1 == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been quicker.
    let came = marks(&transaction)?.1;
    if came < VERSION {
        tracing::info!(from = came, to = VERSION, "bringing the database up to date");
        if came < 2 {
            transaction.execute_batch(ERASURE)?;
        }
        if came < SEALED {
            transaction.execute_batch(INSTANCE)?;
            transaction.execute_batch(DERIVED)?;
            transaction.execute(INSTANCES, [])?;
            mark_secret(&transaction, seal)?;
            seal_all(&transaction, seal)?;
        }
        if came < FORWARDS {
            transaction.execute_batch(OUTBOX)?;
        }
        transaction.execute_batch(FIGURES)?;
        transaction.execute_batch(MARKS)?;
    }
    transaction.commit()
}

/// Seals every report, in the order in which they are in the file.
fn seal_all(transaction: &Transaction<'_>, seal: &Seal) -> rusqlite::Result<()> {
    let (mut last, mut sealed, mut told) = (i64::MIN, 0, 0);
    let mut update = transaction.prepare("UPDATE report SET part = ? WHERE rowid = ?")?;
    loop {
        let rows = plain_rows(transaction, last)?;
        let Some((id, ..)) = rows.last() else { break };
        last = *id;
        sealed += rows.len() as u64;
        for (id, key, part) in rows {
            // A row for no day, which is damage, belongs to nobody: nothing of it may stay in clear.
            let part = key.map_or(Ok(Vec::new()), |key| row::seal(&key, &part, seal))?;
            update.execute(params![part, id])?;
        }
        if sealed >= told + TELL {
            told = sealed;
            tracing::info!(reports = sealed, "sealing the reports that are there");
        }
    }
    tracing::info!(reports = sealed, "sealed all reports");
    Ok(())
}

type PlainRow = (i64, Option<StoredKey>, Vec<u8>);

fn plain_rows(transaction: &Transaction<'_>, after: i64) -> rusqlite::Result<Vec<PlainRow>> {
    let mut statement = transaction.prepare_cached(
        "SELECT contract, version, date, instance, part, rowid FROM report \
         WHERE rowid > ? ORDER BY rowid LIMIT ?",
    )?;
    let rows = statement.query_map(params![after, STEP], |row| {
        Ok((row.get(5)?, row::key(row).ok(), row.get(4)?))
    })?;
    rows.collect()
}
