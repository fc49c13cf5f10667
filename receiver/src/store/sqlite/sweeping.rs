//! Forgetting with time, a bounded step at a time.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Transaction, params};

use super::days::next_version;
use super::forgetting::Forgetting;
use super::ledger::Whose;
use super::{erasing, instances, outbox};
use crate::clock::day;
use crate::store::InstanceKey;
use crate::store::key::{date, days};
use crate::store::seen::Seen;
use crate::store::sweep::{Keep, Swept, Trust};

const TRUST: &str = "SELECT believed, doubted_first, doubted_last FROM receiver";
const TRUSTED: &str = "UPDATE receiver SET believed = ?, doubted_first = ?, doubted_last = ?";
const EXPIRED: &str = "SELECT rowid, instance FROM report \
    WHERE contract = ? AND version = ? AND date < ? LIMIT ?";
const DELETE: &str = "DELETE FROM report WHERE rowid = ?";
const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM report \
    WHERE contract = ? AND version = ? AND date = ? AND instance = ?)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[EXPIRED, DELETE, EXISTS];

/// Forgets at most so many erasures and reports.
pub(super) fn sweep(
    forgetting: &mut Forgetting<'_>,
    now: Timestamp,
    keeps: &[Keep],
    most: u32,
) -> rusqlite::Result<Swept> {
    let transaction = forgetting.transaction();
    if !is_believed(transaction, now)? {
        return Ok(Swept { doubted: true, ..Swept::default() });
    }
    let sweep = Sweep { transaction, keeps, today: day(now) };
    let mut left = most;
    let erasures = erasing::forget(transaction, now, left)?;
    left -= erasures;
    let mut swept = Swept { erasures: erasures.into(), ..Swept::default() };
    for keep in keeps {
        let expired = outbox::expire(transaction, keep, sweep.today, left)?;
        swept.waiting += u64::from(expired);
        left -= expired;
        let whose = sweep.delete(keep, left)?;
        swept.reports += whose.len() as u64;
        forgetting.note_deleted(!whose.is_empty());
        left = left.saturating_sub(u32::try_from(whose.len()).unwrap_or(u32::MAX));
        for instance in whose.into_iter().collect::<BTreeSet<_>>() {
            if sweep.forget(keep, &instance)? {
                let whose = Whose { contract: &keep.contract, instance: &instance };
                forgetting.forget(whose, |_| false)?;
                swept.instances += 1;
            }
        }
    }
    swept.more = left == 0;
    Ok(swept)
}

/// How far the clock is believed.
pub(super) fn trust(transaction: &Transaction<'_>) -> rusqlite::Result<Trust> {
    transaction.prepare_cached(TRUST)?.query_row([], |row| {
        let moment = |column| {
            let second = row.get::<_, Option<i64>>(column)?;
            Ok::<_, rusqlite::Error>(second.and_then(|second| Timestamp::from_second(second).ok()))
        };
        Ok(Trust { believed: moment(0)?, doubted: moment(1)?.zip(moment(2)?) })
    })
}

/// Whether the clock is believed.
pub(super) fn is_believed(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<bool> {
    let mut trust = trust(transaction)?;
    let believed = trust.hear(now);
    let (first, last) = trust.doubted.unzip();
    let seconds = [trust.believed, first, last].map(|moment| moment.map(Timestamp::as_second));
    transaction.prepare_cached(TRUSTED)?.execute(seconds)?;
    Ok(believed)
}

struct Sweep<'t> {
    transaction: &'t Transaction<'t>,
    keeps: &'t [Keep],
    today: Date,
}

impl Sweep<'_> {
    /// Deletes the oldest of the reports that are kept no longer, and says whose each was.
    fn delete(&self, keep: &Keep, most: u32) -> rusqlite::Result<Vec<InstanceKey>> {
        let mut select = self.transaction.prepare_cached(EXPIRED)?;
        let values = params![keep.contract, keep.version, days(keep.first(self.today)), most];
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
        let rows = select.query_map(values, read)?.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut delete = self.transaction.prepare_cached(DELETE)?;
        let whose = rows.into_iter().map(|(row, instance)| {
            delete.execute([row])?;
            Ok(InstanceKey::new(instance))
        });
        whose.collect()
    }

    /// Forgets an instance of which nothing is left, now that some of its reports were deleted. Whether it did.
    fn forget(&self, keep: &Keep, instance: &InstanceKey) -> rusqlite::Result<bool> {
        let Some(seen) = instances::seen(self.transaction, instance)? else { return Ok(false) };
        if seen.last >= keep.first(self.today) {
            // It goes on, which is the rule: the report of its last day is not among those that were deleted.
            return Ok(false);
        }
        match self.newest(&keep.contract, instance, seen)?.and_then(date) {
            Some(last) => {
                instances::correct(self.transaction, instance, Seen { last, ..seen })?;
                Ok(false)
            }
            None => {
                instances::forget(self.transaction, instance)?;
                Ok(true)
            }
        }
    }

    /// The day of an instance's newest report of any version, of those that stay.
    fn newest(
        &self,
        contract: &str,
        instance: &InstanceKey,
        seen: Seen,
    ) -> rusqlite::Result<Option<i64>> {
        let (first, last) = (days(seen.first), days(seen.latest()));
        let mut exists = self.transaction.prepare_cached(EXISTS)?;
        let (mut newest, mut version) = (None, String::new());
        while let Some(next) = next_version(self.transaction, contract, &version)? {
            version = next;
            let first = first.max(self.first_kept(contract, &version));
            for day in (newest.unwrap_or(first)..=last).rev() {
                let report = params![contract, version, day, instance.as_bytes()];
                if day >= first && exists.query_row(report, |row| row.get(0))? {
                    newest = newest.max(Some(day));
                    break;
                }
            }
        }
        Ok(newest)
    }

    /// The first day of which reports of a version are kept.
    fn first_kept(&self, contract: &str, version: &str) -> i64 {
        let keep = self.keeps.iter().find(|k| k.contract == contract && k.version == version);
        keep.map_or(i64::MIN, |keep| days(keep.first(self.today)))
    }
}
