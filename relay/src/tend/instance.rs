//! One instance: its exporter, and when it has its turn.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use headcount::Exporter;
use headcount_contract::Receipt;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::AGAIN;
use super::note::Note;
use super::telling::Telling;
use crate::days::day_of;
use crate::error::Error;
use crate::label::Label;

/// How long the first report of an instance waits where its contract has no delay: a minute, at which SDKs tell what they
/// have unless they are told otherwise, so that it is not made of the half.
pub(super) const SETTLES: SignedDuration = SignedDuration::from_secs(60);
/// How long the report of a finished day waits for more, after something came too late for it.
const LATE_WAITS: SignedDuration = SignedDuration::from_mins(5);

/// See the module.
pub(super) struct Instance {
    pub(super) exporter: Exporter,
    path: PathBuf,
    note: Note,
    /// Since when this process knows of it.
    since: Timestamp,
    /// When it is to have its next turn.
    next: Timestamp,
    /// Finished days of which more came, and when their reports are made again.
    late: BTreeSet<Date>,
    again: Timestamp,
    /// The day on which the log was last told of a failure.
    told: Option<Date>,
}

impl Instance {
    pub(super) fn new(exporter: Exporter, path: PathBuf, note: Note, since: Timestamp) -> Self {
        let (late, again) = (BTreeSet::new(), Timestamp::MIN);
        Self { exporter, path, note, since, next: Timestamp::MIN, late, again, told: None }
    }

    /// Lets reports begin on a day that is over, of which something is held: an exporter that sees its first turn on
    /// that day makes up for it. Its next one waits for what else comes.
    pub(super) fn begin(&mut self, first: Date, next: Timestamp) -> Result<(), Error> {
        let midnight = first.to_zoned(TimeZone::UTC).map(|midnight| midnight.timestamp());
        if let Ok(midnight) = midnight {
            self.exporter.run_due(midnight.into())?;
        }
        self.next = next;
        Ok(())
    }

    /// Finds the days of which more came than their reports were made of, when this process did not run.
    pub(super) fn compare(&mut self, held: BTreeMap<Date, Receipt>, now: Timestamp) {
        let more = |(day, receipt): &(Date, Receipt)| {
            *day < day_of(now) && self.note.made.get(day) != Some(&receipt.to_string())
        };
        let late: Vec<_> = held.into_iter().filter(more).map(|(day, _)| day).collect();
        self.late(late, now);
    }

    /// Notes days that are over and of which more came.
    pub(super) fn late(&mut self, days: impl IntoIterator<Item = Date>, now: Timestamp) {
        let none = self.late.is_empty();
        self.late.extend(days);
        if none && !self.late.is_empty() {
            self.again = now.saturating_add(LATE_WAITS).unwrap_or(now);
        }
    }

    /// Has it have its turn now.
    pub(super) fn hurry(&mut self) {
        self.next = Timestamp::MIN;
    }

    /// When it is due.
    pub(super) fn due(&self) -> Timestamp {
        if self.late.is_empty() { self.next } else { self.next.min(self.again) }
    }

    /// Whether it is to have its turn. A new one waits until it has told all that it tells.
    pub(super) fn is_due(&self, now: Timestamp, settles: SignedDuration) -> bool {
        // A clock that was set back must not keep anybody waiting.
        let known_for = now.duration_since(self.since);
        let settled = known_for >= settles || known_for < SignedDuration::ZERO;
        let far = self.due().duration_since(now) > SignedDuration::from_hours(2);
        settled && (self.due() <= now || far)
    }

    /// Has a turn: makes what is due, sends what waits, and makes again what more came for.
    pub(super) fn turn(&mut self, label: &Label, telling: &Telling, now: Timestamp) {
        let taken = self.take(telling, now);
        let why = match taken {
            Ok(why) => why,
            Err(error) => {
                self.next = now.saturating_add(AGAIN).unwrap_or(now);
                Some(error.to_string())
            }
        };
        if let Some(why) = why
            && self.told != Some(day_of(now))
        {
            self.told = Some(day_of(now));
            tracing::warn!(instance = %label, "no report: {why}");
        }
    }

    /// Why a report that was due was not made, if one was.
    fn take(&mut self, telling: &Telling, now: Timestamp) -> Result<Option<String>, Error> {
        telling.begin();
        let mut turn = self.exporter.run_due(now.into())?;
        if turn.made > 0 {
            self.made(telling.asked())?;
        }
        // A clock that was set back keeps nobody waiting.
        let waited = self.again <= now || self.again.duration_since(now) > LATE_WAITS;
        if waited && !self.late.is_empty() {
            let mut again = false;
            for day in std::mem::take(&mut self.late) {
                telling.begin();
                if self.exporter.make_again(day, now.into())? {
                    self.made(telling.asked())?;
                    again = true;
                }
            }
            if again {
                turn = self.exporter.run_due(now.into())?;
            }
        }
        self.next = turn.next.try_into().unwrap_or(now);
        Ok(turn.failed.map(|error| error.to_string()))
    }

    /// Notes what reports were made of.
    fn made(&mut self, of: BTreeMap<Date, Receipt>) -> Result<(), Error> {
        self.note.made.extend(of.into_iter().map(|(day, receipt)| (day, receipt.to_string())));
        self.note.write(&self.path)
    }

    /// Notes the last day of which something came.
    pub(super) fn note_last(&mut self, last: Option<Date>) {
        if last > self.note.last {
            self.note.last = last;
            // Tried again with the next turn; it decides about nothing before a month is over.
            let _ = self.note.write(&self.path);
        }
    }

    /// Forgets the id, if its withdrawal has been told to the end. Says whether it has.
    pub(super) fn has_left(&self) -> bool {
        let told = self.exporter.status().is_ok_and(|status| status.waiting == 0);
        // It is tried again with the next turn where the file cannot be removed.
        told && Note::remove(&self.path).is_ok()
    }

    /// Whether nothing came since that day, and nothing waits to be sent.
    pub(super) fn is_idle(&self, before: Date) -> Result<bool, Error> {
        let silent = self.note.last.is_none_or(|last| last < before);
        Ok(silent && self.exporter.status()?.waiting == 0)
    }
}
