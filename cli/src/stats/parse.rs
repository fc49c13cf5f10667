//! Reads `/NAME/data.json`. Whoever wrote it may mean no good: every text goes through [`harmless`], what is missing
//! or another thing than expected is nothing.

use std::fmt::Write as _;

use anyhow::{Context as _, anyhow, bail};
use headcount_contract::{Document, misleading};
use headcount_figures::{
    Bucket, Cohort, FrozenDay, Group, GroupName, MonthOfDays, Number, Snapshot, Value,
};
use jiff::civil::Date;

use super::sheet::{Figure, Sheet};
use super::terminal::harmless;

/// JSON that reads as it is written: what could do something in a terminal is escaped.
///
/// Errors: it is no JSON.
pub(super) fn harmless_json(bytes: &[u8]) -> anyhow::Result<String> {
    let text = text_of(bytes)?;
    Document::parse(text).context("expected JSON")?;
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Outside of strings these are the only controls of JSON, and within strings there are none.
            '\n' | '\r' | '\t' => harmless.push(if c == '\r' { '\n' } else { c }),
            _ if misleading(c) => {
                // None of them is beyond the first plane.
                let _ = write!(harmless, "\\u{:04x}", u32::from(c));
            }
            _ => harmless.push(c),
        }
    }
    Ok(harmless)
}

fn text_of(bytes: &[u8]) -> anyhow::Result<&str> {
    std::str::from_utf8(bytes).context("expected JSON, got bytes that are no text")
}

/// The sheet that the file describes.
///
/// Errors: it is no JSON, or no figures.
pub(super) fn sheet(bytes: &[u8]) -> anyhow::Result<Sheet> {
    let json = Document::parse(text_of(bytes)?);
    // The error may quote what it did not expect.
    let json = json.map_err(|error| anyhow!("expected JSON: {}", harmless(&error.to_string())))?;
    let Some(Document::Object(defined)) = json.get("figures") else {
        bail!("expected figures as headcount publishes them, got other JSON");
    };
    Ok(Sheet {
        application: text(&json, "application"),
        brief: text(&json, "brief"),
        counted: text(&json, "counted"),
        licence: Some(text(&json, "licence")).filter(|licence| !licence.is_empty()),
        min_count: count(json.get("min_count")).unwrap_or(1),
        volatile: json.get("volatile") == Some(&Document::Bool(true)),
        figures: defined.iter().map(|(name, defined)| figure(name, defined)).collect(),
        snapshot: Snapshot { days: members(&json, "days", day).unwrap_or_default() },
    })
}

fn figure(name: &str, defined: &Document) -> Figure {
    let (brief, name) = (text(defined, "brief"), harmless(name));
    Figure {
        brief: if brief.is_empty() { name.clone() } else { brief },
        name,
        definition: text(defined, "definition"),
        releases: text(defined, "order") == "version",
    }
}

fn day(told: &Document) -> Option<FrozenDay> {
    let day = date(told, "day")?;
    let Some(Document::Object(figures)) = told.get("numbers") else { return None };
    let numbers = figures.iter().map(|(figure, told)| number_of(figure, told, day)).collect();
    Some(FrozenDay { day, frozen_on: date(told, "frozen_on").unwrap_or(day), numbers })
}

fn number_of(figure: &str, told: &Document, day: Date) -> Number {
    let value = [
        number(told.get("total")).map(Value::Total),
        members(told, "groups", group).map(Value::Groups),
        members(told, "buckets", bucket).map(Value::Buckets),
        members(told, "retention", cohort).map(Value::Retention),
        members(told, "reporting_days", month).map(Value::ReportingDays),
    ];
    Number {
        figure: harmless(figure),
        definition: text(told, "definition_id"),
        as_of: date(told, "as_of").unwrap_or(day),
        complete: told.get("complete") == Some(&Document::Bool(true)),
        instances: count(told.get("instances")),
        value: value.into_iter().flatten().next().unwrap_or(Value::Hidden),
    }
}

fn group(told: &Document) -> Option<Group> {
    let name = match text(told, "kind").as_str() {
        "missing" => GroupName::Missing,
        "other" => GroupName::Other,
        _ => GroupName::Value(text(told, "name")),
    };
    let instances = count(told.get("instances")).unwrap_or_default();
    Some(Group { name, instances, value: number(told.get("value"))? })
}

#[expect(clippy::unnecessary_wraps, reason = "others of its kind may fail")]
fn bucket(told: &Document) -> Option<Bucket> {
    Some(Bucket { from: number(told.get("from")), instances: count(told.get("instances")) })
}

fn cohort(told: &Document) -> Option<Cohort> {
    let active = list(told.get("active")).iter().map(|active| count(Some(active)));
    Some(Cohort { month: month_of(told)?, active: active.collect() })
}

fn month(told: &Document) -> Option<MonthOfDays> {
    Some(MonthOfDays { month: month_of(told)?, days: members(told, "days", bucket)? })
}

/// The first day of a month such as `2026-11`.
fn month_of(told: &Document) -> Option<Date> {
    format!("{}-01", text(told, "month")).parse().ok()
}

fn members<T>(told: &Document, key: &str, read: fn(&Document) -> Option<T>) -> Option<Vec<T>> {
    match told.get(key) {
        Some(Document::List(items)) => Some(items.iter().filter_map(read).collect()),
        _ => None,
    }
}

fn list(told: Option<&Document>) -> &[Document] {
    match told {
        Some(Document::List(items)) => items,
        _ => &[],
    }
}

fn text(told: &Document, key: &str) -> String {
    match told.get(key) {
        Some(Document::Text(text)) => harmless(text),
        _ => String::new(),
    }
}

fn date(told: &Document, key: &str) -> Option<Date> {
    match told.get(key) {
        Some(Document::Text(text)) => text.parse().ok(),
        _ => None,
    }
}

fn number(told: Option<&Document>) -> Option<f64> {
    match told? {
        #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 nobody counts them")]
        Document::Int(value) => Some(*value as f64),
        Document::Double(value) => Some(*value),
        _ => None,
    }
}

fn count(told: Option<&Document>) -> Option<u64> {
    match told? {
        Document::Int(value) => u64::try_from(*value).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
