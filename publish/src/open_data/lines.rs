//! The table with a JSON object a line.

use headcount_contract::Document;

use super::row::{Row, rows};
use crate::application::Application;
use crate::json::{count, day, line, number, object, text};
use crate::wording::month_of;

/// The first line is `{"about": …}`; a row has the table's columns as its keys, without those that it has not.
pub(super) fn table(application: &Application) -> String {
    let mut table = line(&object([("about", super::about(application))]));
    for row in rows(&application.snapshot) {
        table.push_str(&line(&document(&row)));
    }
    table
}

fn document(row: &Row<'_>) -> Document {
    let Row { frozen, number: of, kind, .. } = row;
    let members = [
        ("day", Some(day(frozen.day))),
        ("frozen_on", Some(day(frozen.frozen_on))),
        ("as_of", Some(day(of.as_of))),
        ("complete", Some(Document::Bool(of.complete))),
        ("figure", Some(text(&of.figure))),
        ("definition_id", Some(text(&of.definition))),
        ("kind", Some(text(kind))),
        ("group", row.group.map(text)),
        ("from", row.from.map(number)),
        ("below", row.below.map(number)),
        ("month", row.month.map(|month| text(&month_of(month)))),
        ("months_later", row.months_later.map(count)),
        ("instances", row.instances.map(count)),
        ("value", row.value.map(number)),
    ];
    let there = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Document::Object(there.collect())
}
