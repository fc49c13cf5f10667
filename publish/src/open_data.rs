//! `/NAME/data.json`, `/NAME/data.csv` and `/NAME/data.ndjson`: all frozen days, for whoever wants to count further.
//!
//! The same three times: as one document with the figures' definitions and the licence; as a table with a row for each
//! number, under columns that never change; and as that table with a JSON object a line, behind the first line, which
//! is what the document says about the whole.

mod csv;
mod lines;
mod row;

use headcount_contract::Document;
use headcount_figures::{FrozenDay, Number};

use crate::application::Application;
use crate::json::{self, day, list, maybe, object, text};
use crate::media_type;
use crate::site::{Around, Paths};
use crate::stats::{self, figure};

pub(crate) fn add(application: &Application, _: &Around<'_>, paths: &mut Paths) {
    let document = json::line(&document(application));
    paths.add(application.path("data.json"), media_type::JSON, document);
    paths.add(application.path("data.csv"), media_type::CSV, csv::table(application));
    paths.add(application.path("data.ndjson"), media_type::JSON_LINES, lines::table(application));
}

/// Everything in one document.
fn document(application: &Application) -> Document {
    let Document::Object(mut members) = about(application) else {
        unreachable!("it was made as an object")
    };
    let days = application.snapshot.days.iter().map(frozen);
    members.push(("days".to_owned(), list(days)));
    Document::Object(members)
}

/// What there is to know beside the numbers.
fn about(application: &Application) -> Document {
    stats::about(application, |it| {
        let definition = application.snapshot.number(&it.name).map(|number| &*number.definition);
        let mut members = vec![("definition_id".to_owned(), maybe(definition))];
        members.extend(figure::described(application, it));
        Document::Object(members)
    })
}

fn frozen(frozen: &FrozenDay) -> Document {
    let number = |number: &Number| {
        let mut members = vec![("definition_id".to_owned(), text(&number.definition))];
        members.extend(figure::told(Some(number)));
        (number.figure.clone(), Document::Object(members))
    };
    object([
        ("day", day(frozen.day)),
        ("frozen_on", day(frozen.frozen_on)),
        ("numbers", Document::Object(frozen.numbers.iter().map(number).collect())),
    ])
}

#[cfg(test)]
mod tests;
