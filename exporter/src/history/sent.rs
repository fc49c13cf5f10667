//! One entry of the history.

use std::fmt;

use headcount_contract::{Digest, Document, Reason, Receipt};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::spool::Head;
use crate::text;

/// A report, and what became of it: an entry of the history that the instance keeps for its operator.
///
/// Each is a line of JSON in the file `history.jsonl` of the data directory, under the names of these fields.
///
/// ```
/// use headcount::{Sent, SentOutcome};
///
/// /// Whether the receiver proved that it holds what was sent, and nothing else.
/// fn is_proven(sent: &Sent) -> bool {
///     sent.outcome == SentOutcome::Delivered && sent.receipt_matches == Some(true)
/// }
///
/// fn show(sent: &Sent) -> String {
///     format!("{} {} for {}: {}", sent.at, sent.contract, sent.date, sent.outcome)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sent {
    /// When it was settled; in the file as in RFC 3339.
    #[serde(with = "text")]
    pub at: Timestamp,
    /// The report's own id.
    pub report_id: String,
    /// The UTC day that it is for.
    #[serde(with = "text")]
    pub date: Date,
    /// Why it was made.
    #[serde(with = "text")]
    pub reason: Reason,
    /// The label of its contract: `NAME/VERSION`.
    pub contract: String,
    /// The digest of its contract.
    #[serde(with = "text")]
    pub digest: Digest,
    /// Where it was sent, without what may be secret in a URL.
    pub destination: String,
    /// What became of it.
    pub outcome: SentOutcome,
    /// What the receiver or the exporter says about that; often empty.
    pub message: String,
    /// How many of its data points the receiver rejected.
    pub rejected_points: u64,
    /// The receipt that a receiver gives when it holds exactly what was sent. `None` in entries of older releases.
    #[serde(default, with = "text::option")]
    pub sent_receipt: Option<Receipt>,
    /// The receiver's receipt, where it gave one.
    #[serde(with = "text::option")]
    pub receipt: Option<Receipt>,
    /// Whether that is the receipt for exactly what was sent.
    pub receipt_matches: Option<bool>,
    /// The report as the application has documented it. `None` for a request for erasure, and where the history
    /// grew too long.
    pub report: Option<Document>,
}

/// What became of a report in the end.
///
/// ```
/// assert_eq!(headcount::SentOutcome::Delivered.to_string(), "delivered");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SentOutcome {
    /// The receiver has it.
    Delivered,
    /// The receiver does not want it.
    Rejected,
    /// It waited for too long, or too many others did.
    Dropped,
    /// It was written into a bundle.
    Exported,
}

impl Sent {
    /// An entry for this report, without a message or a receipt.
    pub(crate) fn new(head: &Head, at: Timestamp, destination: &str, outcome: SentOutcome) -> Self {
        Self {
            at,
            report_id: head.report_id.clone(),
            date: head.date,
            reason: head.reason,
            contract: head.contract.clone(),
            digest: head.digest,
            destination: destination.to_owned(),
            outcome,
            message: String::new(),
            rejected_points: 0,
            sent_receipt: Some(head.receipt),
            receipt: None,
            receipt_matches: None,
            report: None,
        }
    }
}

impl Sent {
    /// The receipt that a receiver gives when it holds exactly what was sent, where that is known.
    pub(crate) fn expected(&self) -> Option<Receipt> {
        let matched = self.receipt.filter(|_| self.receipt_matches == Some(true));
        self.sent_receipt.or(matched)
    }
}

impl SentOutcome {
    /// The outcome's name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Rejected => "rejected",
            Self::Dropped => "dropped",
            Self::Exported => "exported",
        }
    }
}

impl fmt::Display for SentOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
