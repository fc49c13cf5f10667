//! Makes the report of a finished day once more, since more of it came.

use headcount_contract::{Covers, Reason, Schedule};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::{Cause, Error};
use crate::instance::{Instance, View};
use crate::make::Ask;
use crate::schedule::{Due, LOOK_BACK, day_of, start_of};
use crate::spool::Spooled;

impl Instance {
    /// See [`Exporter::make_again`](crate::Exporter::make_again).
    pub(crate) fn make_again(&self, day: Date, now: Timestamp) -> Result<bool, Error> {
        if !self.is_open(&self.look(now)?, day, now) {
            return Ok(false);
        }
        let _lock = self.to_decide()?;
        let mut view = self.look(now)?;
        self.settle(&mut view, now)?;
        let terms = view.standing.terms().cloned();
        let Some(terms) = terms.filter(|_| self.is_open(&view, day, now)) else {
            return Ok(false);
        };
        let keys = self.keys(&mut view.memory, now)?;
        let reason = if days_between(day, now) == 1 { Reason::Daily } else { Reason::Backfill };
        let due = Due { reason, day, counts: true };
        let mut ask = Ask::of(due, &terms, &keys, &view.memory.state, now);
        let made = self.made_for(day)?;
        ask.replaces = made.last().map(String::as_str);
        match self.spool_report(&ask, now, self.deadline()) {
            Err(error) if error.is_nothing() => return Ok(false),
            spooled => spooled?,
        };
        // What it replaces need not be sent any more.
        made.iter().try_for_each(|id| self.spool().remove(id)).map_err(Cause::Storage)?;
        view.memory.state.dropped = 0;
        view.memory.write(&self.directory).map_err(Cause::Storage)?;
        Ok(true)
    }

    /// Whether the day was reported, and can be reported once more.
    fn is_open(&self, view: &View, day: Date, now: Timestamp) -> bool {
        let Some(terms) = view.standing.terms() else {
            return false;
        };
        let (schedule, state) = (terms.contract.schedule(), &view.memory.state);
        let erased = state
            .erased
            .is_some_and(|erased| day.tomorrow().is_ok_and(|end| start_of(end) <= erased));
        self.looks_back()
            && schedule.covers == Covers::PreviousDay
            && (1..=reach(schedule)).contains(&days_between(day, now))
            && state.reportable_from.is_some_and(|from| from <= day)
            && state.has_reported(day)
            && !erased
    }

    /// The ids of the reports for the day that were made, in their order.
    fn made_for(&self, day: Date) -> Result<Vec<String>, Error> {
        let sent = self.history().entries().map_err(Cause::Storage)?.sent.into_iter();
        let sent = sent.filter(|sent| sent.date == day && is_of_a_day(sent.reason));
        let waiting = self.spool().entries(&self.kept_contracts()?).map_err(Cause::Storage)?;
        let waiting = waiting.spooled.iter().map(Spooled::head);
        let waiting = waiting.filter(|head| head.date == day && is_of_a_day(head.reason));
        let mut ids: Vec<_> = sent
            .map(|sent| sent.report_id)
            .chain(waiting.map(|head| head.report_id.clone()))
            .collect();
        ids.sort();
        Ok(ids)
    }
}

/// The days back from today for which more may come.
fn reach(schedule: &Schedule) -> i32 {
    i32::try_from(schedule.backfill).unwrap_or(LOOK_BACK).clamp(1, LOOK_BACK)
}

fn days_between(day: Date, now: Timestamp) -> i32 {
    i32::try_from(day_of(now).duration_since(day).as_hours() / 24).unwrap_or(i32::MAX)
}

/// Whether a report for this reason is the report of its day.
fn is_of_a_day(reason: Reason) -> bool {
    !matches!(reason, Reason::OptOut | Reason::Erase)
}

#[cfg(test)]
mod tests;
