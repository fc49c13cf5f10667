//! The receiver's way in: a request's points, stripped, checked and sorted into reports.

mod erasures;
mod sorter;
mod stripped;

use std::ops::RangeInclusive;

use headcount_proto::{Limits, ReadError};
use jiff::civil::Date;

pub use erasures::Erasure;
pub use stripped::Stripped;

use crate::hash::Secret;
use crate::library::Library;
use crate::model::Contract;
use crate::part::Part;
use crate::refusal::Rejection;
use sorter::Sorter;

/// What tells reports apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportKey {
    /// The contract's name.
    pub contract: String,
    /// The contract's version.
    pub version: String,
    /// The instance's id in the form in which it travels; where there is no identity, and in the announcement
    /// of a withdrawal, the report's id, or else a digest of what the report says.
    pub instance: String,
    /// The UTC day that the report is for.
    pub date: Date,
}

/// A part of a report, and which report it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    /// Which report.
    pub key: ReportKey,
    /// What came of it.
    pub part: Part,
}

/// A request, sorted. `sent` = the points of `arrived` + one for each of `erasures` + `rejected` + `duplicate` +
/// `left_out`.
#[derive(Clone, Debug, Default)]
pub struct Sorted {
    /// The parts of reports, in the order in which they came.
    pub arrived: Vec<Arrived>,
    /// Instances that ask for an erasure, each once.
    pub erasures: Vec<Erasure>,
    /// Data points in the request.
    pub sent: u64,
    /// Data points that were not taken.
    pub rejected: u64,
    /// The same by their reasons, in the order of [`Rejection::LABELS`].
    pub reasons: [u64; Rejection::LABELS.len()],
    /// Data points that came twice within the request.
    pub duplicate: u64,
    /// Data points that are no usage figures, which applications tell a relay as well; a receiver rejects them.
    pub left_out: u64,
    /// The first thing that was not taken.
    pub first: Option<Rejection>,
    /// The names of what was left out, by [`sort_noting_stripped`] and [`sort_for_relay`].
    pub stripped: Stripped,
}

/// The days for which reports of a contract are taken; `None` where they are not taken at all, as if nobody knew the
/// contract. Erasures always are.
pub type Window<'w> = dyn Fn(&Contract) -> Option<RangeInclusive<Date>> + 'w;

/// Reads an OTLP request and sorts its points into parts of reports, for any day. Nothing is noted of what is left out.
///
/// Errors: what [`headcount_proto::read`] refuses. Everything else is counted in the result.
pub fn sort(
    library: &Library,
    secret: &Secret,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Sorted, ReadError> {
    sort_within(&any_day, library, secret, bytes, limits)
}

/// As [`sort`], of the days that the window has open.
pub fn sort_within(
    window: &Window<'_>,
    library: &Library,
    secret: &Secret,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Sorted, ReadError> {
    sorted(Sorter::new(library, secret, window, limits.resources), bytes, limits)
}

/// As [`sort`], and notes the names of what is left out: for people who look at a request.
pub fn sort_noting_stripped(
    library: &Library,
    secret: &Secret,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Sorted, ReadError> {
    sorted(Sorter::new(library, secret, &any_day, limits.resources).noting(), bytes, limits)
}

/// As [`sort_within`], for a relay between applications and a receiver. Every id is hashed, whatever it looks like. What a
/// report for some reason or up to some level may tell passes. Metrics that no contract lists are left out and not
/// rejected: an SDK sends all that it has. A request may lack attributes, the instance's id among them; a report that
/// an exporter made is rejected. Of what is left out, the names of point attributes are not noted. Parts without an
/// instance's id belong to the instance `""`.
///
/// Errors: as for [`sort`].
pub fn sort_for_relay(
    window: &Window<'_>,
    library: &Library,
    secret: &Secret,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Sorted, ReadError> {
    sorted(
        Sorter::new(library, secret, window, limits.resources).noting().relaying(),
        bytes,
        limits,
    )
}

fn sorted<'a>(
    mut sorter: Sorter<'_, 'a>,
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<Sorted, ReadError> {
    headcount_proto::read(bytes, limits, &mut sorter)?;
    Ok(sorter.finish())
}

#[allow(clippy::unnecessary_wraps, reason = "it is one of many windows")]
fn any_day(_: &Contract) -> Option<RangeInclusive<Date>> {
    Some(Date::MIN..=Date::MAX)
}
