//! What became of a report. Decided here, from OTLP's rules, and nowhere else.

use std::fmt;
use std::time::Duration;

use headcount_contract::Receipt;
use headcount_proto::otlp::ExportMetricsServiceResponse;
use http::header::HeaderMap;
use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::text;

/// The longest wait that a receiver can ask for.
const LONGEST_WAIT: Duration = Duration::from_hours(24);
/// The longest text of a receiver that is kept.
const TEXT_LIMIT: usize = 512;

/// What became of a report that was sent.
///
/// Text of the receiver is shortened and stripped of control characters, so it can be shown.
///
/// ```
/// use headcount::Outcome;
///
/// fn is_settled(outcome: &Outcome) -> bool {
///     match outcome {
///         Outcome::Delivered { .. } | Outcome::Rejected { .. } => true,
///         Outcome::Retry { .. } => false,
///     }
/// }
/// let busy = Outcome::Retry { after: None, reason: "the receiver is busy".to_owned() };
/// assert!(!is_settled(&busy));
/// assert_eq!(busy.to_string(), "not delivered: the receiver is busy");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver took it. It must not be sent again, even where a part was rejected.
    Delivered {
        /// How many data points the receiver rejected.
        rejected: u64,
        /// What the receiver says about them, or a warning; often empty.
        message: String,
        /// The receipt for what the receiver holds now, where it gives one. A Collector gives none.
        #[serde(with = "text::option")]
        receipt: Option<Receipt>,
    },
    /// It did not arrive, or the receiver asks to repeat it.
    Retry {
        /// The shortest wait that the receiver asks for; a day at most.
        after: Option<Duration>,
        /// What happened.
        reason: String,
    },
    /// The receiver does not want it, now or later.
    Rejected {
        /// What the receiver says.
        reason: String,
    },
}

impl Outcome {
    /// The outcome of an answer that says yes: an `ExportMetricsServiceResponse`.
    pub(super) fn delivered(answer: &[u8], headers: &HeaderMap) -> Self {
        let Ok(answer) = ExportMetricsServiceResponse::decode(answer) else {
            return Self::retry("expected an ExportMetricsServiceResponse, got other bytes");
        };
        let partial = answer.partial_success.unwrap_or_default();
        Self::Delivered {
            rejected: u64::try_from(partial.rejected_data_points).unwrap_or(0),
            message: plain(&partial.error_message),
            receipt: receipt(headers),
        }
    }

    pub(super) fn rejected(reason: impl AsRef<str>) -> Self {
        Self::Rejected { reason: plain(reason.as_ref()) }
    }

    pub(super) fn retry(reason: impl AsRef<str>) -> Self {
        Self::Retry { after: None, reason: plain(reason.as_ref()) }
    }

    /// The outcome of a failure on the way, with its causes.
    pub(super) fn failed(expected: &str, failure: &(dyn std::error::Error + 'static)) -> Self {
        let mut reason = format!("{expected}: {failure}");
        let mut cause = failure.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !reason.contains(&text) {
                reason = format!("{reason}: {text}");
            }
            cause = error.source();
        }
        Self::retry(reason)
    }

    /// No outcome of any of several ways; each is told with what became of it.
    pub(super) fn undelivered(tried: &[String]) -> Self {
        Self::Retry { after: None, reason: tried.join("; ") }
    }

    /// The outcome of the last of several ways, told with those that led nowhere.
    pub(super) fn after_others(mut self, tried: &[String], way: &str) -> Self {
        let before = tried.join("; ");
        match &mut self {
            Self::Delivered { message, .. } => {
                let separator = if message.is_empty() { "" } else { "; " };
                *message = format!("{message}{separator}{way}, since {before}");
            }
            Self::Retry { reason, .. } | Self::Rejected { reason } => {
                *reason = format!("{before}; {way}: {reason}");
            }
        }
        self
    }

    /// The same, to be repeated after the time that the receiver asks for.
    pub(super) fn after(self, wait: Option<Duration>) -> Self {
        match self {
            Self::Retry { reason, .. } => {
                Self::Retry { after: wait.map(|wait| wait.min(LONGEST_WAIT)), reason }
            }
            other => other,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered { rejected: 0, message, .. } if message.is_empty() => {
                f.write_str("delivered")
            }
            Self::Delivered { rejected: 0, message, .. } => write!(f, "delivered: {message}"),
            Self::Delivered { rejected, message, .. } => {
                let points = if *rejected == 1 { "data point" } else { "data points" };
                let separator = if message.is_empty() { "" } else { ": " };
                write!(f, "delivered, {rejected} {points} rejected{separator}{message}")
            }
            Self::Retry { after: None, reason } => write!(f, "not delivered: {reason}"),
            Self::Retry { after: Some(wait), reason } => {
                write!(f, "not delivered, again after {} s: {reason}", wait.as_secs())
            }
            Self::Rejected { reason } => write!(f, "rejected: {reason}"),
        }
    }
}

/// The receipt, where there is one and no other.
fn receipt(headers: &HeaderMap) -> Option<Receipt> {
    let mut values = headers.get_all(Receipt::HEADER).iter();
    let receipt = values.next()?.to_str().ok()?.parse().ok()?;
    values.next().is_none().then_some(receipt)
}

/// The text of a receiver, fit to be shown: short, and without characters that steer a terminal
/// or turn the direction of writing.
fn plain(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut kept: String = text.chars().filter(|c| !steers(*c)).take(TEXT_LIMIT + 1).collect();
    if let Some((end, _)) = kept.char_indices().nth(TEXT_LIMIT) {
        kept.truncate(end);
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests;
