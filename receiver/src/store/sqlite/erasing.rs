//! Erasing, and remembering it.

use headcount_contract::Cutoff;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::days::Days;
use super::{batch, row};
use crate::store::erase::forgotten_before;
use crate::store::{Erase, Erased, InstanceKey, StoredKey, Tombstone};

const SELECT: &str = "SELECT report_id, time, since FROM erasure WHERE instance = ?";
const UPSERT: &str = "INSERT INTO erasure (instance, report_id, time, since) VALUES (?, ?, ?, ?) \
    ON CONFLICT (instance) DO UPDATE \
    SET report_id = excluded.report_id, time = excluded.time, since = excluded.since";
const SWEEP: &str = "DELETE FROM erasure WHERE since < ?";

const DELETE: &str = "DELETE FROM report \
    WHERE contract = ? AND version = ? AND date = ? AND instance = ?";

/// Erases what one instance asked for.
pub(super) fn erase(
    transaction: &Transaction<'_>,
    Erase { contract, instance, cutoff }: &Erase,
    now: Timestamp,
) -> rusqlite::Result<Erased> {
    let held = tombstone(transaction, instance)?;
    let (tombstone, known) = Tombstone::after(held, cutoff, now);
    bury(transaction, instance, &tombstone)?;
    let mut erased = Erased { reports: 0, known };
    if known {
        // Nothing from before it was kept since.
        return Ok(erased);
    }
    let mut days = Days::all(contract);
    while let Some((version, date)) = days.next(transaction)? {
        let contract = contract.clone();
        let key = StoredKey { contract, version, date, instance: *instance };
        erased.reports += u64::from(erase_report(transaction, &key, cutoff)?);
    }
    Ok(erased)
}

/// Erases one report, if it is there. One that cannot be read goes whole.
fn erase_report(
    transaction: &Transaction<'_>,
    key: &StoredKey,
    cutoff: &Cutoff,
) -> rusqlite::Result<bool> {
    let Some(stored) = batch::find(transaction, key)? else { return Ok(false) };
    if let Ok(mut part) = row::part(key, &stored) {
        if part.erase(cutoff) == 0 {
            return Ok(false);
        }
        if part.points() > 0 {
            batch::write(transaction, key, &part.encode())?;
            return Ok(true);
        }
    }
    let StoredKey { contract, version, date, instance } = key;
    let values = params![contract, version, row::days(*date), instance.as_bytes()];
    transaction.prepare_cached(DELETE)?.execute(values)?;
    Ok(true)
}

/// What is remembered of the erasures that an instance asked for.
pub(super) fn tombstone(
    connection: &Connection,
    instance: &InstanceKey,
) -> rusqlite::Result<Option<Tombstone>> {
    let read = |row: &rusqlite::Row<'_>| {
        // Times are unsigned, SQLite's integers are not: only the bits count.
        let time_unix_nano = row.get::<_, i64>(1)?.cast_unsigned();
        let since = Timestamp::from_second(row.get(2)?).unwrap_or(Timestamp::MIN);
        let cutoff = Cutoff { report_id: row.get(0)?, time_unix_nano };
        Ok(Tombstone { cutoff, since })
    };
    connection.prepare_cached(SELECT)?.query_row([instance.as_bytes()], read).optional()
}

fn bury(
    transaction: &Transaction<'_>,
    instance: &InstanceKey,
    Tombstone { cutoff, since }: &Tombstone,
) -> rusqlite::Result<()> {
    let time = cutoff.time_unix_nano.cast_signed();
    let values = params![instance.as_bytes(), cutoff.report_id, time, since.as_second()];
    transaction.prepare_cached(UPSERT)?.execute(values)?;
    Ok(())
}

/// Forgets erasures that need not be remembered any longer, and counts them.
pub(super) fn sweep(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<u64> {
    let before = forgotten_before(now).as_second();
    Ok(transaction.prepare_cached(SWEEP)?.execute([before])? as u64)
}
