//! Why something is not taken: what was expected, never the value that came.

use std::fmt;
use std::sync::Arc;

use headcount_proto::{Kind, Place, Sum, Temporality};
use jiff::civil::Date;

use crate::model::Reason;
use crate::value::Unfit;

/// Why a point is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No contract fits the resource; these are known.
    NoContract { known: Arc<[String]> },
    /// The metric is not in the contract of this label, or not in its reports for this reason.
    Unlisted { contract: String, reason: Option<Reason> },
    /// The metric has another kind than a gauge, or a sum that says the same.
    Kind { name: Arc<str>, kind: Kind },
    /// A required attribute is missing.
    Missing { name: Arc<str> },
    /// A value does not fit its leaf.
    Unfit { name: Arc<str>, unfit: Unfit },
    /// A report that an exporter made came where metrics of applications are expected.
    Finished { name: Arc<str> },
    /// The sender's SDK dropped series; the report would be silently wrong.
    Overflow { name: Arc<str> },
    /// More elements than the contract allows.
    TooMany,
    /// More resources than a request may have, told by the attributes of points.
    TooManyResources { most: usize },
    /// The operator agreed to a lower level.
    Withheld,
    /// The receiver takes reports for other days.
    ClosedDay { first: Date, last: Date },
}

impl Refusal {
    /// The place of its word in [`Rejection::LABELS`].
    pub(crate) fn index(&self) -> usize {
        match self {
            Self::NoContract { .. } => 0,
            Self::Unlisted { .. } => 1,
            Self::Kind { .. } => 2,
            Self::Missing { .. } => 3,
            Self::Unfit { .. } | Self::Finished { .. } => 4,
            Self::Overflow { .. } => 5,
            Self::TooMany | Self::TooManyResources { .. } => 6,
            Self::Withheld => 7,
            Self::ClosedDay { .. } => 8,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoContract { known } => write!(
                f,
                "expected the schema URL or `service.name` of a known contract ({}), got another",
                known.join(", ")
            ),
            Self::Unlisted { contract, reason } => {
                write!(f, "expected a metric of {contract}, got one that it does not list")?;
                let Some(reason) = reason else { return Ok(()) };
                write!(f, " for reason `{}`", reason.as_str())
            }
            Self::Kind { name, kind } => {
                let kind = kind_name(*kind);
                write!(
                    f,
                    "expected `{name}` to be a gauge or a cumulative sum that can fall, got {kind}"
                )
            }
            Self::Missing { name } => write!(f, "expected attribute `{name}`, got none"),
            Self::Unfit { name, unfit } => {
                write!(f, "{unfit} for `{name}`, got something else")
            }
            Self::Finished { name } => write!(
                f,
                "expected the metrics of an application, got `{name}` of a finished report: send it to its receiver"
            ),
            Self::Overflow { name } => write!(
                f,
                "expected every series of `{name}`, got the overflow point of a cardinality limit"
            ),
            Self::TooMany => f.write_str("expected at most the list's `max` elements, got more"),
            Self::TooManyResources { most } => write!(
                f,
                "expected points of at most {most} resources that only they tell apart, got more"
            ),
            Self::Withheld => f.write_str("expected consent to its level, got a lower one"),
            Self::ClosedDay { first, last } => {
                write!(f, "expected a day from {first} to {last}, got another")
            }
        }
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Empty => "no data",
        Kind::Gauge => "a gauge",
        Kind::Sum(Sum { temporality: Temporality::Delta, .. }) => "a delta sum",
        Kind::Sum(Sum { temporality: Temporality::Unspecified, .. }) => {
            "a sum that is neither cumulative nor delta"
        }
        Kind::Sum(Sum { monotonic: true, .. }) => "a cumulative sum that can only rise",
        Kind::Sum(_) => "a cumulative sum",
        Kind::Histogram => "a histogram",
        Kind::ExponentialHistogram => "an exponential histogram",
        Kind::Summary => "a summary",
    }
}

/// The first thing of a request that was not taken, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub(crate) place: Place,
    pub(crate) refusal: Refusal,
}

impl Rejection {
    /// Where in the request it stands.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Every closed word for a reason.
    pub const LABELS: [&'static str; 9] = [
        "no_contract",
        "unlisted",
        "kind",
        "missing",
        "unfit",
        "overflow",
        "too_many",
        "withheld",
        "closed_day",
    ];

    /// A closed word for the reason, for a metric's label.
    pub fn label(&self) -> &'static str {
        Self::LABELS[self.refusal.index()]
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at {}", self.refusal, self.place)
    }
}
