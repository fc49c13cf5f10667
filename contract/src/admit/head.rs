//! What the exporter says about a report itself, on its way in.

use headcount_proto::Attribute;
use jiff::civil::Date;

use super::{
    Origin, REPORT_DATE, REPORT_DROPPED, REPORT_ID, REPORT_POINTS, REPORT_REASON, find, integer,
    refuse, text_of,
};
use crate::model::Reason;
use crate::refusal::Refusal;
use crate::value::Scalar;

/// Characters of a report's id at most.
const MAX_REPORT_ID: usize = 64;

/// Every name that an exporter uses for what it says about a report.
pub(crate) const ABOUT: [&str; 5] =
    [REPORT_ID, REPORT_DATE, REPORT_POINTS, REPORT_REASON, REPORT_DROPPED];

/// Why the report is made, as far as the resource says so.
pub(crate) fn reason(attributes: &[Attribute<'_>]) -> Reason {
    let name = text_of(attributes, REPORT_REASON).ok().flatten();
    name.and_then(Reason::from_name).unwrap_or_default()
}

/// Refuses what an exporter has made: its ids would be hashed once more, and it waits for no relay.
pub(super) fn refuse_any(attributes: &[Attribute<'_>]) -> Result<(), Refusal> {
    let finished = ABOUT.iter().find(|name| find(attributes, name).is_some());
    finished.map_or(Ok(()), |name| Err(Refusal::Finished { name: (*name).into() }))
}

/// Reads what the exporter says about the report itself.
pub(super) fn read(attributes: &[Attribute<'_>], origin: &mut Origin) -> Result<(), Refusal> {
    if let Some(id) = text_of(attributes, REPORT_ID)? {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if id.is_empty() || id.len() > MAX_REPORT_ID || !id.bytes().all(fits) {
            return refuse(REPORT_ID, "expected letters, digits and hyphens");
        }
        id.clone_into(&mut origin.report_id);
    }
    if let Some(date) = text_of(attributes, REPORT_DATE)? {
        let Some(date) = day(date) else {
            return refuse(REPORT_DATE, "expected a date such as 2024-04-25");
        };
        origin.date = Some(date);
    }
    if let Some(reason) = text_of(attributes, REPORT_REASON)? {
        let Some(reason) = Reason::from_name(reason) else {
            return refuse(REPORT_REASON, "expected a reason of the list");
        };
        origin.attributes.push((REPORT_REASON.into(), Scalar::from(reason.as_str())));
    }
    for name in [REPORT_POINTS, REPORT_DROPPED] {
        if let Some(value) = find(attributes, name) {
            match integer(value) {
                Some(count) if count >= 0 => {
                    origin.attributes.push((name.into(), Scalar::Int(count)));
                }
                _ => return refuse(name, "expected a count"),
            }
        }
    }
    Ok(())
}

/// A day as it is told, `YYYY-MM-DD`, within the years whose times OTLP can tell.
pub(crate) fn day(text: &str) -> Option<Date> {
    let date: Date = text.parse().ok()?;
    ((1970..2554).contains(&date.year()) && date.to_string() == text).then_some(date)
}
