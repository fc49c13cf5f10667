//! What becomes of a request.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use headcount_contract::{Receipt, Rejection, Sorted};

use crate::tally::Reasons;

/// What became of a request's data points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Points in the request.
    pub sent: u64,
    /// Points that were rejected.
    pub rejected: u64,
    /// The same by their reasons.
    pub reasons: Reasons,
    /// Points that changed nothing, since they were known already.
    pub duplicate: u64,
    /// Points that are no usage figures, which a relay takes and drops.
    pub left_out: u64,
    /// What the first rejected point lacks, and where it stands; never a value.
    pub first: Option<String>,
    /// The receipt of the report as it is kept now, where the request held one and nothing else.
    pub receipt: Option<Receipt>,
}

const RECEIPT: HeaderName = HeaderName::from_static(Receipt::HEADER);

impl Answer {
    /// What a request comes to before anything of it is kept.
    pub fn of(sorted: &Sorted) -> Self {
        Self {
            sent: sorted.sent,
            rejected: sorted.rejected,
            reasons: Reasons::of_sorted(sorted.reasons),
            duplicate: sorted.duplicate,
            left_out: sorted.left_out,
            first: sorted.first.as_ref().map(Rejection::to_string),
            receipt: None,
        }
    }

    /// Counts points that whoever keeps them rejects itself: for a reason of [`Reasons::LABELS`], which is told in a sentence
    /// if nothing was rejected before.
    pub fn reject(&mut self, reason: &'static str, points: u64, sentence: &str) {
        self.rejected += points;
        self.reasons.add(reason, points);
        self.first.get_or_insert_with(|| sentence.to_owned());
    }

    /// Points that were accepted.
    pub fn accepted(&self) -> u64 {
        self.sent - self.rejected - self.duplicate - self.left_out
    }

    /// Adds what the head of the response says beside the protocol's own.
    pub(super) fn head(&self, headers: &mut HeaderMap) {
        if let Some(receipt) = self.receipt {
            let value = HeaderValue::try_from(receipt.to_string());
            let mut value = value.expect("64 hexadecimal digits are visible ASCII");
            // No two are equal: HTTP/2 need not remember it for the next answer.
            value.set_sensitive(true);
            headers.insert(RECEIPT, value);
        }
    }
}
