//! What an exporter remembers from one turn to the next: `state.json` in the data directory.
//!
//! It holds decisions, days and times, never a value that the application recorded. A file that
//! cannot be read is damage, and damage never means yes.

use std::collections::BTreeMap;

use headcount_contract::{Digest, Level, Reason};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::schedule::{Due, day_of};
use crate::{Protocol, text};

/// The only format so far.
const FORMAT: u32 = 1;
/// The days that are remembered as reported. More than can ever be asked for again.
const DAYS: usize = 60;

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) format: u32,
    /// The operator said no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) declined: Option<Declined>,
    /// What reports may follow; its text is `agreed.yaml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agreed: Option<Agreed>,
    /// The notice that was shown last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) notice: Option<Shown>,
    /// The first day that may be reported: reports began, or began again, on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reportable_from: Option<Date>,
    /// When the receiver was last asked to erase: it takes no report of that second or an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) erased: Option<Timestamp>,
    /// The operator declined, and what the contract says of a withdrawal is not yet spooled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) leaving: bool,
    /// When the operator last took back what was agreed to: here, or where the decisions for this directory are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) withdrawn: Option<Timestamp>,
    /// The day on which reports last stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<Date>,
    /// Days whose report was made, in the order in which they were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reported: Vec<Date>,
    /// When a report was last tried to be made and could not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<Failed>,
    /// When missed days were last made up for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) looked_back: Option<Timestamp>,
    /// Whether the first start was told, where the contract asks for it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) installed: bool,
    /// Whether an identity was made here, so that a lost one is noticed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) identified: bool,
    /// A digest of the listed resource attributes in the last report, to notice an upgrade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<String>,
    /// Reports that were dropped from the spool and not yet told.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) dropped: u64,
    /// Until when nothing is sent, after failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) back_off: Option<BackOff>,
    /// What the application said about itself when it last ran, for `headcount operator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) application: Option<Application>,
}

/// Whose decisions hold in a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Its own.
    #[default]
    Alone,
    /// Its own, and those of the instances below it go by them. It makes no reports.
    Leads,
    /// Those of the directory two levels above.
    Follows,
}

/// The operator's no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Declined {
    pub(crate) at: Timestamp,
}

/// What somebody agreed to, or what holds because nobody declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agreed {
    #[serde(with = "text")]
    pub(crate) digest: Digest,
    #[serde(with = "text")]
    pub(crate) level: Level,
    pub(crate) at: Timestamp,
    pub(crate) by: By,
}

/// How an agreement came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    /// A person agreed, in the application or with `headcount operator`.
    Choice,
    /// The configuration file says yes.
    Configuration,
    /// Nobody declined after the notice of an opt-out contract, or the contract requires reports.
    Default,
}

/// The notice of a contract was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    #[serde(with = "text")]
    pub(crate) digest: Digest,
    pub(crate) at: Timestamp,
}

/// A report that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failed {
    pub(crate) at: Timestamp,
    pub(crate) why: String,
}

/// Sending failed, this many times in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackOff {
    pub(crate) attempts: u32,
    pub(crate) not_before: Timestamp,
    pub(crate) why: String,
    /// The day on which the log was last told.
    pub(crate) told: Date,
}

/// What `headcount operator` has to know of an application that it does not run in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Application {
    /// The digest of the contract that it runs with.
    #[serde(with = "text")]
    pub(crate) digest: Digest,
    /// Where reports go; none where an operator's URL is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    /// How they travel there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<Protocol>,
    /// The configuration file in which the operator decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) configuration: Option<String>,
    /// Whether it brings its own id, which is not kept here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) own_id: bool,
    /// Whether it brings its own key.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) own_secret: bool,
    /// Whether the contract requires reports of this instance.
    pub(crate) required: bool,
    /// Whose decisions hold.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) role: Role,
    /// Facts for the notice: where to decide, how to preview and so on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) facts: BTreeMap<String, String>,
}

/// A state file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the state of an exporter in state.json, got something else: {0}")]
pub(crate) struct Damaged(String);

impl Default for State {
    fn default() -> Self {
        Self {
            format: FORMAT,
            declined: None,
            agreed: None,
            notice: None,
            reportable_from: None,
            erased: None,
            leaving: false,
            withdrawn: None,
            stopped: None,
            reported: Vec::new(),
            failed: None,
            looked_back: None,
            installed: false,
            identified: false,
            resource: None,
            dropped: 0,
            back_off: None,
            application: None,
        }
    }
}

impl State {
    /// The state in a file's bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        let state: Self =
            serde_json::from_slice(bytes).map_err(|error| Damaged(error.to_string()))?;
        if state.format == FORMAT {
            Ok(state)
        } else {
            Err(Damaged(format!("expected format {FORMAT}, got {}", state.format)))
        }
    }

    /// The file's bytes: JSON for people to read.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a state has string keys only");
        bytes.push(b'\n');
        bytes
    }

    /// Whether the day's report was made.
    pub(crate) fn has_reported(&self, day: Date) -> bool {
        self.reported.contains(&day)
    }

    /// Notes that the day's report was made.
    pub(crate) fn report_made(&mut self, day: Date) {
        if !self.has_reported(day) {
            self.reported.push(day);
        }
        let surplus = self.reported.len().saturating_sub(DAYS);
        self.reported.drain(..surplus);
    }

    /// Notes that a report was made, from resource attributes of this fingerprint (empty for unknown ones), and
    /// spooled.
    pub(crate) fn made(&mut self, due: Due, resource: &str, now: Timestamp) {
        if due.counts {
            self.report_made(due.day);
        }
        match due.reason {
            Reason::Install => self.installed = true,
            Reason::Backfill => self.looked_back = Some(now),
            _ => {}
        }
        self.dropped = 0;
        if !resource.is_empty() {
            self.resource = Some(resource.to_owned());
        }
        self.failed = None;
    }

    /// Notes that nothing came of which the report could be made, which is no failure. Of a day that is over nothing more
    /// is expected: it is not asked for again. Otherwise it is, after a while.
    pub(crate) fn passed_over(&mut self, due: Due, past: bool, now: Timestamp, why: String) {
        if due.counts && past {
            self.report_made(due.day);
        }
        if due.reason != Reason::Backfill {
            self.failed = Some(Failed { at: now, why });
        }
    }

    /// The first day that may be reported where reports begin now. A day on which they were off for a while is not
    /// told afterwards, where reports are about days that are over.
    pub(crate) fn first_day(&self, past: bool, now: Timestamp) -> Date {
        let today = day_of(now);
        match today.tomorrow() {
            Ok(tomorrow) if past && self.stopped == Some(today) => tomorrow,
            _ => today,
        }
    }

    /// Forgets what only counts while reports are made: nothing of it outlives a no.
    pub(crate) fn stop(&mut self, today: Date) {
        if self.reportable_from.take().is_some() {
            self.stopped = Some(today);
        }
        self.back_off = None;
        self.failed = None;
        self.looked_back = None;
        self.dropped = 0;
    }
}

impl State {
    /// The time for a report that is made now: just after an erasure it is the second after that.
    pub(crate) fn time_of_report(&self, now: Timestamp) -> Timestamp {
        let second = SignedDuration::from_secs(1);
        let erased = self.erased.filter(|erased| now.duration_since(*erased).abs() <= second);
        erased.and_then(|erased| erased.checked_add(second).ok()).map_or(now, |next| next.max(now))
    }

    /// Whether there is anything that a no has to make forgotten.
    pub(crate) fn is_reporting(&self) -> bool {
        self.reportable_from.is_some()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let mut state = State { dropped: 3, identified: true, ..State::default() };
        state.agreed = Some(Agreed {
            digest: "0".repeat(64).parse().expect("a digest"),
            level: Level::Usage,
            at: Timestamp::UNIX_EPOCH,
            by: By::Choice,
        });
        state.report_made("2026-02-28".parse().expect("a date"));
        assert_eq!(State::from_bytes(&state.to_bytes()), Ok(state));
        assert_eq!(State::from_bytes(&State::default().to_bytes()), Ok(State::default()));
    }

    #[test]
    fn anything_else_is_damage() {
        for bytes in [&b""[..], b"{}", b"null", br#"{"format":2}"#, br#"{"format":1,"agree":{}}"#] {
            let damaged = State::from_bytes(bytes).expect_err("no state");
            assert!(damaged.to_string().contains("state.json"), "{damaged}");
        }
        let whole = State::default().to_bytes();
        // Without the line's end it is still whole.
        for end in 0..whole.len() - 1 {
            assert!(State::from_bytes(&whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn the_days_that_are_remembered_are_bounded() {
        let mut state = State::default();
        let first: Date = "2026-01-01".parse().expect("a date");
        for day in 0..200 {
            state.report_made(first.checked_add(jiff::Span::new().days(day)).expect("a date"));
        }
        assert_eq!(state.reported.len(), DAYS);
        assert!(!state.has_reported(first));
        let last = state.reported[DAYS - 1];
        state.report_made(last);
        assert_eq!(state.reported.len(), DAYS);
    }

    #[test]
    fn a_report_just_after_an_erasure_is_not_taken_for_an_older_one() {
        let erased = Timestamp::from_second(1_770_000_000).expect("a time");
        let state = State { erased: Some(erased), ..State::default() };
        let at = |seconds| erased + SignedDuration::from_secs(seconds);
        assert_eq!(state.time_of_report(at(0)), at(1));
        assert_eq!(state.time_of_report(at(1)), at(1));
        assert_eq!(state.time_of_report(at(7)), at(7));
        // A clock that was wrong when it was asked for holds nothing up.
        assert_eq!(state.time_of_report(at(-1_000)), at(-1_000));
        assert_eq!(State::default().time_of_report(at(0)), at(0));
    }
}
