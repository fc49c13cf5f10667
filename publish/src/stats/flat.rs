//! The shape `stats: flat`: the figures' names and their numbers alone.

use headcount_contract::{Document, Figure, Measure};
use headcount_figures::{Bucket, Group, GroupName, Value};

use crate::application::Application;
use crate::json::{count, number};

/// A total is a number, groups are an object of numbers by their text: `""` where it is missing, `"other"` for the
/// others. What is hidden is 0, or no group at all, so that whoever reads the shape finds what it expects.
pub(super) fn flat(application: &Application) -> Document {
    let figures = application.figures().iter().filter(|figure| !figure.measure.is_monthly());
    Document::Object(figures.map(|it| (it.name.clone(), value(application, it))).collect())
}

fn value(application: &Application, figure: &Figure) -> Document {
    match application.snapshot.number(&figure.name).map(|number| &number.value) {
        Some(Value::Total(total)) => number(*total),
        Some(Value::Groups(groups)) => by_text(groups),
        Some(Value::Buckets(buckets)) => by_bound(buckets),
        _ if figure.by.is_some() || matches!(figure.measure, Measure::Distribution(..)) => {
            Document::Object(Vec::new())
        }
        _ => count(0),
    }
}

/// A group whose text is itself `other`, or empty, goes together with those that have the key already.
fn by_text(groups: &[Group]) -> Document {
    let mut members: Vec<(&str, f64)> = Vec::with_capacity(groups.len());
    for group in groups {
        let key = match &group.name {
            GroupName::Value(text) => text,
            GroupName::Missing => "",
            GroupName::Other => "other",
        };
        match members.iter_mut().find(|(known, _)| *known == key) {
            Some((_, value)) => *value += group.value,
            None => members.push((key, group.value)),
        }
    }
    let member = |(key, value): (&str, f64)| (key.to_owned(), number(value));
    Document::Object(members.into_iter().map(member).collect())
}

/// Buckets by their lower bounds, without those that are hidden.
fn by_bound(buckets: &[Bucket]) -> Document {
    let bucket = |bucket: &Bucket| {
        let from = bucket.from.map_or(String::new(), |from| number(from).to_string());
        Some((from, count(bucket.instances?)))
    };
    Document::Object(buckets.iter().filter_map(bucket).collect())
}
