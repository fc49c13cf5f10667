//! What the exporter says about a report itself, in resource attributes of its own.

use jiff::civil::Date;
use uuid::Builder;

use crate::admit::{REPORT_POINTS, REPORT_REASON};
use crate::model::Reason;
use crate::part::{Part, Stamped};
use crate::value::Scalar;

/// The head of a report: `headcount.report.*` on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The report's id, new for each report. Of two reports for one day, the one with the greater id counts:
    /// see [`Header::report_id`].
    pub report_id: String,
    /// The UTC day that the report is for.
    pub date: Date,
    /// The time of every point, in nanoseconds since the Unix epoch: a bound of the report's period, never
    /// the moment of a measurement.
    pub time_unix_nano: u64,
    /// Why the report is made.
    pub reason: Reason,
}

impl Header {
    /// A report's id: a UUID of version 7 (RFC 9562) from the time that the report tells anyway, and ten
    /// random bytes. Its text sorts by time.
    ///
    /// ```
    /// use headcount_contract::Header;
    ///
    /// let id = Header::report_id_at(1_714_089_600_000_000_000, [7; 10]);
    /// assert!(id < Header::report_id_at(1_714_176_000_000_000_000, [0; 10]));
    /// ```
    pub fn report_id_at(time_unix_nano: u64, random: [u8; 10]) -> String {
        let id =
            Builder::from_unix_timestamp_millis(time_unix_nano / 1_000_000, &random).into_uuid();
        id.hyphenated().to_string()
    }
}

/// Notes in a part why it was made and how many points make the whole.
pub(crate) fn mark(part: &mut Part, reason: Reason) {
    let points = i64::try_from(part.points()).unwrap_or(i64::MAX);
    let values =
        [(REPORT_REASON, Scalar::from(reason.as_str())), (REPORT_POINTS, Scalar::Int(points))];
    for (name, value) in values {
        let stamped = Stamped { time: part.newest, value };
        part.root.attributes.insert(name.into(), stamped);
    }
}
