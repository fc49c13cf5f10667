//! Which reports are due, and when to look again.
//!
//! Pure: the clock is an argument, and so is everything that is remembered. Days are UTC days. A
//! day is due until its report was made, so neither a restart, nor a laptop that slept, nor a clock
//! that was set makes one twice or leaves one out; and a clock that jumped by years asks for one
//! report and a few missed days, not for thousands.

use headcount_contract::{Covers, Daily, Event, Reason, Schedule};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::state::State;

/// A clock that shows an earlier time was never set. Nothing is made by it.
const EARLIEST: Date = jiff::civil::date(2020, 1, 1);
/// Missed days beyond this are not made up for: receivers take no older reports.
pub(crate) const LOOK_BACK: i32 = 14;
/// How long after a report that could not be made it is tried again.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// The longest sleep: a clock may be set, and a machine may sleep.
pub(crate) const LONGEST_SLEEP: SignedDuration = SignedDuration::from_hours(1);
const MINUTES: u64 = 24 * 60;

/// A report to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) reason: Reason,
    /// The day that it is for.
    pub(crate) day: Date,
    /// Whether it counts as the day's report.
    pub(crate) counts: bool,
}

/// What decides about the schedule.
pub(crate) struct Plan<'a> {
    pub(crate) schedule: &'a Schedule,
    pub(crate) state: &'a State,
    /// The minute of the day that belongs to this instance; see [`slot`].
    pub(crate) slot: u16,
    /// When this process began to report.
    pub(crate) started: Timestamp,
    /// Whether this process has made a report.
    pub(crate) ran: bool,
    /// Whether the application can say how things were on a day that is over.
    pub(crate) looks_back: bool,
    /// A digest of the listed attributes of the resource; empty where they are not known.
    pub(crate) resource: &'a str,
    pub(crate) now: Timestamp,
}

/// The minute of the day for an instance: the same each day, and another for each instance.
/// `code` is a keyed hash that nobody else can compute.
pub(crate) fn slot(code: &[u8; 32]) -> u16 {
    let (number, _) = code.split_first_chunk().expect("32 bytes hold eight");
    u16::try_from(u64::from_be_bytes(*number) % MINUTES).expect("a day has 1 440 minutes")
}

impl Plan<'_> {
    /// What is due now, in the order in which it is to be made: missed days first.
    pub(crate) fn due(&self) -> Vec<Due> {
        let today = day_of(self.now);
        if today < EARLIEST || self.now < self.awake() || self.is_too_soon() {
            return Vec::new();
        }
        let mut due = self.missed(today);
        let event = self.event(today);
        let day = self.covered(today);
        let daily =
            self.is_due(day, today).then_some(Due { reason: Reason::Daily, day, counts: true });
        match (event, daily) {
            // What holds now is told once, whatever the reason.
            (Some(event), _) if self.schedule.covers == Covers::Now => due.push(event),
            (event, daily) => due.extend(event.into_iter().chain(daily)),
        }
        due
    }

    /// When to look again, if nothing happens before.
    pub(crate) fn next(&self) -> Timestamp {
        let latest = self.now.saturating_add(LONGEST_SLEEP).unwrap_or(Timestamp::MAX);
        let today = day_of(self.now);
        let tomorrow = today.checked_add(1.day()).unwrap_or(today);
        let times = [today, tomorrow].into_iter().flat_map(|day| self.times(day));
        times
            .chain([self.awake()])
            .filter(|time| *time > self.now)
            .chain([latest])
            .min()
            .unwrap_or(latest)
    }

    /// The next time at which a day's report is to be made: for people.
    pub(crate) fn next_report(&self) -> Option<Timestamp> {
        let today = day_of(self.now);
        let days = (0..=2).filter_map(|ahead| today.checked_add(ahead.days()).ok());
        let mut times = days.filter(|day| !self.state.has_reported(self.covered(*day)));
        let day = times.find(|day| self.is_reportable(self.covered(*day)))?;
        let first = self.times(day).into_iter().next()?;
        Some(first.max(self.now).max(self.awake()))
    }

    /// The end of the delay after the start.
    fn awake(&self) -> Timestamp {
        let delay = i64::try_from(self.schedule.startup_delay_seconds).unwrap_or(i64::MAX);
        self.started.saturating_add(SignedDuration::from_secs(delay)).unwrap_or(Timestamp::MAX)
    }

    /// The day that a report made today is for.
    fn covered(&self, today: Date) -> Date {
        covered(self.schedule.covers, today)
    }

    fn is_due(&self, day: Date, today: Date) -> bool {
        if self.schedule.daily == Daily::EachRun {
            return !self.ran;
        }
        let passed = self.times(today).first().is_some_and(|first| *first <= self.now);
        passed && self.is_reportable(day) && !self.state.has_reported(day)
    }

    /// Whether reports were wanted on the day.
    fn is_reportable(&self, day: Date) -> bool {
        self.state.reportable_from.is_some_and(|from| from <= day)
    }

    /// The times of a day at which its report may be made, earliest first.
    fn times(&self, day: Date) -> Vec<Timestamp> {
        let minutes = match &self.schedule.daily {
            Daily::At(minutes) => minutes.clone(),
            Daily::Random => vec![self.slot],
            Daily::EachRun => Vec::new(),
        };
        let midnight = start_of(day);
        let mut times: Vec<_> = minutes
            .into_iter()
            .map(|minute| midnight + SignedDuration::from_mins(minute.into()))
            .collect();
        // With a delay after the start the first report does not wait for the time of day.
        if self.schedule.covers == Covers::Now
            && self.schedule.startup_delay_seconds > 0
            && day_of(self.awake()) == day
        {
            times.push(self.awake());
        }
        times.sort();
        times
    }

    /// Whether a report failed to be made just now, and no other time of the day came since.
    fn is_too_soon(&self) -> bool {
        let Some(failed) = &self.state.failed else {
            return false;
        };
        self.is_since(failed.at, AGAIN)
    }

    /// Whether `then` is so near that nothing new came since: less than `span`, and no time of
    /// day. What lies in the future was written by a clock that was wrong, and counts for nothing.
    fn is_since(&self, then: Timestamp, span: SignedDuration) -> bool {
        let elapsed = self.now.duration_since(then);
        let came = |day| self.times(day).into_iter().any(|time| then < time && time <= self.now);
        elapsed >= SignedDuration::ZERO
            && elapsed < span
            && !came(day_of(then))
            && !came(day_of(self.now))
    }

    /// The missed days of which the application can still tell, oldest first.
    fn missed(&self, today: Date) -> Vec<Due> {
        let schedule = self.schedule;
        let able = self.looks_back && schedule.covers == Covers::PreviousDay;
        let Some(from) = self.state.reportable_from.filter(|_| able && schedule.backfill > 0)
        else {
            return Vec::new();
        };
        let day_long = SignedDuration::from_hours(24);
        if self.state.looked_back.is_some_and(|then| self.is_since(then, day_long)) {
            return Vec::new();
        }
        let oldest = today.checked_sub(LOOK_BACK.days()).unwrap_or(from).max(from);
        let yesterday = self.covered(today);
        oldest
            .series(1.day())
            .take_while(|day| *day < yesterday)
            .filter(|day| !self.state.has_reported(*day))
            .take(usize::try_from(schedule.backfill).unwrap_or(usize::MAX))
            .map(|day| Due { reason: Reason::Backfill, day, counts: true })
            .collect()
    }

    fn event(&self, today: Date) -> Option<Due> {
        let has = |event| self.schedule.events.contains(&event);
        let known = self.state.resource.as_deref();
        let reason = if has(Event::Install) && !self.state.installed {
            Reason::Install
        } else if has(Event::Upgrade)
            && !self.resource.is_empty()
            && known.is_some_and(|known| known != self.resource)
        {
            Reason::Upgrade
        } else {
            return None;
        };
        let counts = self.schedule.covers == Covers::Now;
        Some(Due { reason, day: self.covered(today), counts })
    }
}

/// The day that a report made today is for.
pub(crate) fn covered(covers: Covers, today: Date) -> Date {
    match covers {
        Covers::PreviousDay => today.checked_sub(1.day()).unwrap_or(today),
        Covers::Now => today,
    }
}

/// The UTC day of a time.
pub(crate) fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// Midnight at the start of a UTC day.
pub(crate) fn start_of(day: Date) -> Timestamp {
    let midnight = day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    midnight.unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
