//! What the exporter says about a report itself, in resource attributes of its own.

use jiff::civil::Date;
use uuid::Builder;

use crate::admit::{REPORT_DROPPED, REPORT_POINTS, REPORT_REASON};
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
    /// How many reports the instance had to drop, unsent, since the last one that arrived.
    pub dropped: u64,
}

impl Header {
    /// A report's id: a UUID of version 7 (RFC 9562) from the time that the report tells anyway, the whole
    /// hours from then to the making of the report (4 095 at most), and random bytes. Its text sorts
    /// by these, so of two reports for one finished day the one that was made later counts.
    ///
    /// ```
    /// use headcount_contract::Header;
    ///
    /// let (today, tomorrow) = (1_714_089_600_000_000_000, 1_714_176_000_000_000_000);
    /// let night = Header::report_id_at(today, 1, [7; 8]);
    /// assert!(night < Header::report_id_at(today, 9, [0; 8]));
    /// assert!(night < Header::report_id_at(tomorrow, 0, [0; 8]));
    /// ```
    pub fn report_id_at(time_unix_nano: u64, hours_later: u16, random: [u8; 8]) -> String {
        let mut tail = [0; 10];
        tail[..2].copy_from_slice(&hours_later.min(0x0fff).to_be_bytes());
        tail[2..].copy_from_slice(&random);
        let millis = time_unix_nano / 1_000_000;
        Builder::from_unix_timestamp_millis(millis, &tail).into_uuid().hyphenated().to_string()
    }
}

/// Notes in a part why it was made, how many points make the whole, and what was lost before it.
pub(crate) fn mark(part: &mut Part, header: &Header) {
    let reason = (REPORT_REASON, Scalar::from(header.reason.as_str()));
    let count = |count| Scalar::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let dropped = (header.dropped > 0).then(|| (REPORT_DROPPED, count(header.dropped)));
    let points = (REPORT_POINTS, count(part.points()));
    for (name, value) in [reason, points].into_iter().chain(dropped) {
        let stamped = Stamped { time: part.newest, value };
        part.root.attributes.set(name.into(), stamped);
    }
}
