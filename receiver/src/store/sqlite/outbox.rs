//! What waits to be forwarded, in the order in which it came.
//!
//! How much that is stands in a row of its own, since nobody could count it for every report.

use headcount_contract::{Cutoff, Part};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::row::{damaged, key, unsealed};
use crate::store::key::{days, waiting};
use crate::store::{InstanceKey, Keep, Outbox, Outgoing, PAGE_BYTES, Seal, StoredKey};

const ADD: &str =
    "INSERT INTO outbox (contract, version, date, instance, part) VALUES (?, ?, ?, ?, ?)";
const OLDEST: &str =
    "SELECT contract, version, date, instance, part, id FROM outbox ORDER BY id LIMIT ?";
const OF_INSTANCE: &str = "SELECT contract, version, date, instance, part, id FROM outbox \
    WHERE instance = ?";
const EXPIRED: &str =
    "SELECT id FROM outbox WHERE contract = ? AND version = ? AND date < ? LIMIT ?";
const LENGTHS: &str = "SELECT id, length(part) FROM outbox ORDER BY id LIMIT 64";
const LENGTH: &str = "SELECT length(part) FROM outbox WHERE id = ?";
const REPLACE: &str = "UPDATE outbox SET part = ? WHERE id = ?";
const REMOVE: &str = "DELETE FROM outbox WHERE id = ?";
const HELD: &str = "SELECT outbox_parts, outbox_bytes FROM receiver";
const COUNT: &str =
    "UPDATE receiver SET outbox_parts = outbox_parts + ?, outbox_bytes = outbox_bytes + ?";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[ADD, OF_INSTANCE, EXPIRED, LENGTH, REPLACE, REMOVE];

/// Parts that a transaction adds to what waits.
#[derive(Default)]
pub(super) struct Additions {
    parts: i64,
    bytes: i64,
}

impl Additions {
    /// Adds a part behind all others.
    pub(super) fn add(
        &mut self,
        transaction: &Transaction<'_>,
        seal: &Seal,
        key: &StoredKey,
        part: &[u8],
    ) -> rusqlite::Result<()> {
        let sealed = sealed(seal, key, part)?;
        let StoredKey { contract, version, date, instance } = key;
        let values = params![contract, version, days(*date), instance.as_bytes(), sealed];
        transaction.prepare_cached(ADD)?.execute(values)?;
        self.parts += 1;
        self.bytes += bytes(sealed.len());
        Ok(())
    }

    /// Notes what was added, and lets the oldest go where there is no room. Gives how many that were.
    pub(super) fn settle(self, transaction: &Transaction<'_>, most: u64) -> rusqlite::Result<u64> {
        if self.parts == 0 {
            return Ok(0);
        }
        count(transaction, self.parts, self.bytes)?;
        trim(transaction, most)
    }
}

/// Lets the oldest go until what waits is at most so many bytes, and says how many had to.
pub(super) fn trim(transaction: &Transaction<'_>, most: u64) -> rusqlite::Result<u64> {
    let mut held = held(transaction)?;
    let mut gone = 0;
    while held.bytes > most && held.parts > 0 {
        let mut select = transaction.prepare_cached(LENGTHS)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let oldest = select.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
        let (mut parts, mut less) = (0, 0);
        for (id, length) in oldest {
            if held.bytes <= most {
                break;
            }
            transaction.prepare_cached(REMOVE)?.execute([id])?;
            held.bytes = held.bytes.saturating_sub(length.unsigned_abs());
            held.parts = held.parts.saturating_sub(1);
            (parts, less) = (parts + 1, less + length);
        }
        if parts == 0 {
            break;
        }
        count(transaction, -parts, -less)?;
        gone += parts.unsigned_abs();
    }
    Ok(gone)
}

/// Takes away what waits no longer.
pub(super) fn remove(transaction: &Transaction<'_>, ids: &[u64]) -> rusqlite::Result<()> {
    let (mut parts, mut less) = (0, 0);
    for id in ids {
        let id = id.cast_signed();
        let mut select = transaction.prepare_cached(LENGTH)?;
        if let Some(length) = select.query_row([id], |row| row.get::<_, i64>(0)).optional()? {
            transaction.prepare_cached(REMOVE)?.execute([id])?;
            (parts, less) = (parts + 1, less + length);
        }
    }
    if parts == 0 { Ok(()) } else { count(transaction, -parts, -less) }
}

/// Takes away what an erasure reaches, also of what cannot be read.
pub(super) fn erase(
    transaction: &Transaction<'_>,
    seal: &Seal,
    instance: &InstanceKey,
    cutoff: &Cutoff,
) -> rusqlite::Result<()> {
    let mut select = transaction.prepare_cached(OF_INSTANCE)?;
    let waits = select.query_map([instance.as_bytes()], |row| read(row, seal))?;
    let mut gone = Vec::new();
    for (outgoing, length) in waits.collect::<rusqlite::Result<Vec<_>>>()? {
        let Outgoing { id, key, part } = outgoing;
        let Ok(mut part) = part else {
            gone.push(id);
            continue;
        };
        if part.erase(cutoff) == 0 {
            continue;
        }
        if part.points() == 0 {
            gone.push(id);
            continue;
        }
        let sealed = sealed(seal, &key, &part.encode())?;
        count(transaction, 0, bytes(sealed.len()) - bytes(length))?;
        transaction.prepare_cached(REPLACE)?.execute(params![sealed, id.cast_signed()])?;
    }
    remove(transaction, &gone)
}

/// Takes away at most so many parts of reports that are kept no longer, and says how many those were.
pub(super) fn expire(
    transaction: &Transaction<'_>,
    keep: &Keep,
    today: Date,
    most: u32,
) -> rusqlite::Result<u32> {
    let mut select = transaction.prepare_cached(EXPIRED)?;
    let values = params![keep.contract, keep.version, days(keep.first(today)), most];
    let ids = select.query_map(values, |row| row.get(0).map(i64::cast_unsigned))?;
    let ids = ids.collect::<rusqlite::Result<Vec<_>>>()?;
    remove(transaction, &ids)?;
    Ok(u32::try_from(ids.len()).unwrap_or(most))
}

/// The oldest of what waits: at most so many parts, and no more than a mebibyte and one part.
pub(super) fn oldest(
    connection: &Connection,
    seal: &Seal,
    most: usize,
) -> rusqlite::Result<Vec<Outgoing>> {
    let mut select = connection.prepare_cached(OLDEST)?;
    let mut rows = select.query([bytes(most)])?;
    let (mut oldest, mut held) = (Vec::new(), 0);
    while held < PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        let (outgoing, length) = read(row, seal)?;
        oldest.push(outgoing);
        held += length;
    }
    Ok(oldest)
}

/// How much waits.
pub(super) fn held(connection: &Connection) -> rusqlite::Result<Outbox> {
    connection.prepare_cached(HELD)?.query_row([], |row| {
        let number = |column| row.get(column).map(|number: i64| number.max(0).unsigned_abs());
        Ok(Outbox { parts: number(0)?, bytes: number(1)?, displaced: 0 })
    })
}

/// A row, and how long it is.
fn read(row: &rusqlite::Row<'_>, seal: &Seal) -> rusqlite::Result<(Outgoing, usize)> {
    let (key, sealed, id) = (key(row)?, row.get::<_, Vec<u8>>(4)?, row.get::<_, i64>(5)?);
    let opened = seal.open(&waiting(&key), &sealed).map_err(|error| error.to_string());
    let part = opened.and_then(|part| Part::decode(&part).map_err(|error| error.to_string()));
    let part = part.map_err(|reason| damaged(&key, reason));
    Ok((Outgoing { id: id.cast_unsigned(), key, part }, sealed.len()))
}

fn sealed(seal: &Seal, key: &StoredKey, part: &[u8]) -> rusqlite::Result<Vec<u8>> {
    seal.seal(&waiting(key), part).map_err(unsealed)
}

fn count(transaction: &Transaction<'_>, parts: i64, bytes: i64) -> rusqlite::Result<()> {
    transaction.prepare_cached(COUNT)?.execute([parts, bytes])?;
    Ok(())
}

fn bytes(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
