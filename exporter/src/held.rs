//! What the receiver says that it holds about this instance, held against what was sent.

mod compare;
mod question;
#[cfg(test)]
mod tests;

use std::fmt;

use headcount_contract::Receipt;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text;

/// What a receiver says that it holds about this instance, held against the local history.
///
/// A receipt is a hash of a whole report: where it is that of what was sent, the receiver holds just that, and the
/// history shows it. See [`Exporter::held`](crate::Exporter::held).
///
/// ```
/// use headcount::{Held, Verdict};
///
/// /// Whether the receiver holds something that this instance does not know of.
/// fn is_surprising(held: &Held) -> bool {
///     held.reports.iter().any(|report| matches!(report.verdict, Verdict::Differs | Verdict::Unknown))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Held {
    /// Where it was asked.
    pub destination: String,
    /// Every report that is held, and every one that was delivered and should be: by version, then by day.
    pub reports: Vec<HeldReport>,
    /// Until when the receiver remembers an erasure, so that it keeps nothing again from before it.
    pub erasure_remembered_until: Option<Timestamp>,
}

/// One report, as the receiver and the history tell of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeldReport {
    /// The label of its contract: `NAME/VERSION`.
    pub contract: String,
    /// The UTC day that it is for.
    #[serde(with = "text")]
    pub date: Date,
    /// The report's own id.
    pub report_id: String,
    /// How the receiver's word and the history's compare.
    pub verdict: Verdict,
    /// The receiver's receipt for what it holds.
    #[serde(with = "text::option")]
    pub receipt: Option<Receipt>,
}

/// How what a receiver holds compares with what was sent.
///
/// ```
/// assert_eq!(headcount::Verdict::AsSent.to_string(), "as sent");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The receiver holds what was sent, and nothing else.
    AsSent,
    /// It holds something else for a report that was sent, such as a part of it.
    Differs,
    /// It does not hold a report that it took, although it was neither erased nor kept for long enough.
    NotHeld,
    /// It holds a report that the history does not tell of: one that is too long ago, or was sent by another copy of
    /// this instance.
    Unknown,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AsSent => "as sent",
            Self::Differs => "differs",
            Self::NotHeld => "not held",
            Self::Unknown => "not in the history",
        })
    }
}

/// Lines for a terminal.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.reports.is_empty() {
            writeln!(f, "{} holds no report of this instance", self.destination)?;
        }
        for HeldReport { contract, date, verdict, .. } in &self.reports {
            writeln!(f, "{contract} for {date}: {verdict}")?;
        }
        if let Some(until) = self.erasure_remembered_until {
            let day = until.strftime("%Y-%m-%d");
            writeln!(
                f,
                "an erasure is remembered until {day}: nothing from before it is kept again"
            )?;
        }
        Ok(())
    }
}
