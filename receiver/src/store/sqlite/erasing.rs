//! Erasing, and remembering it.

use headcount_contract::Cutoff;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::days::Days;
use super::forgetting::Forgetting;
use super::ledger::Whose;
use super::{batch, instances, outbox, row, sweeping};
use crate::store::erase::forgotten_before;
use crate::store::key::days;
use crate::store::seen::Seen;
use crate::store::{Erase, Erased, InstanceKey, Seal, StoredKey, Tombstone};

const SELECT: &str = "SELECT report_id, time, since FROM erasure WHERE instance = ?";
const UPSERT: &str = "INSERT INTO erasure (instance, report_id, time, since) VALUES (?, ?, ?, ?) \
    ON CONFLICT (instance) DO UPDATE \
    SET report_id = excluded.report_id, time = excluded.time, since = excluded.since";
const FORGET: &str = "DELETE FROM erasure WHERE instance IN \
    (SELECT instance FROM erasure WHERE since < ? LIMIT ?)";
const DELETE: &str = "DELETE FROM report \
    WHERE contract = ? AND version = ? AND date = ? AND instance = ?";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[SELECT, UPSERT, FORGET, DELETE];

/// Erases what one instance asked for.
pub(super) fn erase(
    forgetting: &mut Forgetting<'_>,
    Erase { contract, instance, cutoff }: &Erase,
    now: Timestamp,
) -> rusqlite::Result<Erased> {
    let (transaction, seal) = (forgetting.transaction(), forgetting.seal());
    let held = tombstone(transaction, instance)?;
    let now = sweeping::trust(transaction)?.moment(now);
    let (tombstone, known) = Tombstone::after(held, cutoff, now);
    bury(transaction, instance, &tombstone)?;
    let mut erased = Erased { reports: 0, known };
    if known {
        // Nothing from before it was kept since.
        return Ok(erased);
    }
    let (mut left, mut kept): (Option<Seen>, _) = (None, Vec::new());
    let mut days = Days::all(contract);
    while let Some((version, date)) = days.next(transaction)? {
        let contract = contract.clone();
        let key = StoredKey { contract, version, date, instance: *instance };
        let outcome = erase_report(transaction, seal, &key, cutoff)?;
        erased.reports += u64::from(matches!(outcome, Outcome::Less | Outcome::Gone));
        if matches!(outcome, Outcome::Kept) {
            kept.push(date);
        }
        if matches!(outcome, Outcome::Kept | Outcome::Less) {
            let Seen { first, last } = left.unwrap_or(Seen::on(date));
            left = Some(Seen { first: first.min(date), last: last.max(date) });
        }
    }
    outbox::erase(transaction, seal, instance, cutoff)?;
    // Of somebody who is not known nothing is deleted, or invented erasures could hold freezing up.
    forgetting.note_deleted(erased.reports > 0);
    // Where anything of it went, it is counted anew if it goes on.
    let stays = |last| erased.reports == 0 && kept.contains(&last);
    forgetting.forget(Whose { contract, instance }, stays)?;
    match left {
        Some(seen) => instances::correct(transaction, instance, seen)?,
        None => instances::forget(transaction, instance)?,
    }
    Ok(erased)
}

/// What became of one report.
enum Outcome {
    /// There is none.
    None,
    /// It is newer.
    Kept,
    /// A part of it is newer.
    Less,
    Gone,
}

/// Erases one report, if it is there. One that cannot be read goes whole.
fn erase_report(
    transaction: &Transaction<'_>,
    seal: &Seal,
    key: &StoredKey,
    cutoff: &Cutoff,
) -> rusqlite::Result<Outcome> {
    let Some((sealed, derived)) = batch::find(transaction, key)? else {
        return Ok(Outcome::None);
    };
    let part = row::open(key, &sealed, seal).and_then(|stored| row::part(key, &stored));
    if let Ok(mut part) = part {
        if part.erase(cutoff) == 0 {
            return Ok(Outcome::Kept);
        }
        if part.points() > 0 {
            let sealed = row::seal(key, &part.encode(), seal)?;
            batch::write(transaction, key, &sealed, &derived)?;
            return Ok(Outcome::Less);
        }
    }
    let StoredKey { contract, version, date, instance } = key;
    let values = params![contract, version, days(*date), instance.as_bytes()];
    transaction.prepare_cached(DELETE)?.execute(values)?;
    Ok(Outcome::Gone)
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

/// Forgets erasures that need not be remembered any longer, at most so many, and counts them.
pub(super) fn forget(
    transaction: &Transaction<'_>,
    now: Timestamp,
    most: u32,
) -> rusqlite::Result<u32> {
    let before = forgotten_before(now).as_second();
    let forgotten = transaction.prepare_cached(FORGET)?.execute(params![before, most])?;
    Ok(u32::try_from(forgotten).unwrap_or(most))
}
