//! One figure of `/NAME/stats`.

use headcount_contract::{Document, Figure, Measure, Order};
use headcount_figures::{Bucket, Cohort, Group, MonthOfDays, Number, Release, Value};

use crate::application::Application;
use crate::json::{count, counted, day, list, maybe, number, object, text};
use crate::wording::month_of;

/// What stands in an object.
type Members = Vec<(String, Document)>;

/// The figure's definition and its newest number. The value stands under the key for its kind: `total`, `groups`,
/// `buckets`, `retention` or `reporting_days`; the others are not there.
pub(super) fn figure(application: &Application, figure: &Figure) -> Document {
    let newest = application.snapshot.number(&figure.name);
    let frozen_on = newest.and(application.snapshot.newest()).map(|newest| newest.frozen_on);
    let mut members = described(application, figure);
    members.push(("frozen_on".to_owned(), frozen_on.map_or(Document::Null, day)));
    members.extend(told(newest));
    if figure.order == Order::Version {
        let adoption = application.snapshot.adoption(&figure.name);
        let releases = adoption.releases.iter().map(release);
        members.push(("adoption".to_owned(), list(releases)));
    }
    Document::Object(members)
}

/// What a figure is, whatever its number.
pub(crate) fn described(application: &Application, figure: &Figure) -> Members {
    let window = (!figure.measure.is_monthly()).then_some(u64::from(figure.window_days));
    members([
        ("brief", maybe(figure.brief.as_deref())),
        ("definition", text(&application.definition(figure))),
        ("measure", text(measure(&figure.measure))),
        ("path", maybe(figure.measure.path())),
        ("by", maybe(figure.by.as_deref())),
        ("order", text(order(figure.order))),
        ("unit", maybe(application.unit(figure).as_deref())),
        ("window_days", counted(window)),
        ("round", counted(figure.round.map(u64::from))),
    ])
}

/// A number: what it says, and how far that is true. Before the first day there is none.
pub(crate) fn told(newest: Option<&Number>) -> Members {
    let mut told = members([
        ("as_of", newest.map_or(Document::Null, |newest| day(newest.as_of))),
        ("complete", Document::Bool(newest.is_some_and(|newest| newest.complete))),
        ("instances", counted(newest.and_then(|newest| newest.instances))),
        ("hidden", Document::Bool(newest.is_none_or(is_hidden))),
    ]);
    if let Some((key, value)) = newest.and_then(|newest| value(&newest.value)) {
        told.push((key.to_owned(), value));
    }
    told
}

fn members<const N: usize>(members: [(&str, Document); N]) -> Members {
    members.map(|(key, value)| (key.to_owned(), value)).into()
}

fn is_hidden(number: &Number) -> bool {
    number.value == Value::Hidden
}

/// The order of a figure's groups as the contract writes it.
fn order(order: Order) -> &'static str {
    match order {
        Order::Count => "count",
        Order::Version => "version",
    }
}

/// The measure as the contract writes it.
pub(crate) fn measure(measure: &Measure) -> &'static str {
    match measure {
        Measure::Instances => "count",
        Measure::Sum(_) => "sum",
        Measure::Median(_) => "median",
        Measure::Distribution(..) => "distribution",
        Measure::Retention => "retention",
        Measure::ReportingDays => "reporting_days",
    }
}

/// The value, under the key for its kind; nothing where it is hidden.
fn value(value: &Value) -> Option<(&'static str, Document)> {
    Some(match value {
        Value::Hidden => return None,
        Value::Total(total) => ("total", number(*total)),
        Value::Groups(groups) => ("groups", list(groups.iter().map(group))),
        Value::Buckets(buckets) => ("buckets", list_of(buckets)),
        Value::Retention(cohorts) => ("retention", list(cohorts.iter().map(cohort))),
        Value::ReportingDays(months) => ("reporting_days", list(months.iter().map(month))),
    })
}

fn group(Group { name, instances, value }: &Group) -> Document {
    object([
        ("kind", text(name.kind())),
        ("name", maybe(name.text())),
        ("instances", count(*instances)),
        ("value", number(*value)),
    ])
}

/// How far a release has come: the share at or above it, to four digits since there is no more to see.
fn release(release: &Release) -> Document {
    let Release { name, share, first, days_to_half } = release;
    object([
        ("release", text(name)),
        ("share", number((share * 10_000.0).round() / 10_000.0)),
        ("first", day(*first)),
        ("days_to_half", counted(days_to_half.map(u64::from))),
    ])
}

fn list_of(buckets: &[Bucket]) -> Document {
    let bucket = |(bucket, below): (&Bucket, Option<f64>)| {
        object([
            ("from", bucket.from.map_or(Document::Null, number)),
            ("below", below.map_or(Document::Null, number)),
            ("instances", counted(bucket.instances)),
        ])
    };
    list(Bucket::bounded(buckets).map(bucket))
}

fn cohort(cohort: &Cohort) -> Document {
    let active = cohort.active.iter().map(|active| counted(*active));
    object([("month", text(&month_of(cohort.month))), ("active", list(active))])
}

fn month(month: &MonthOfDays) -> Document {
    object([("month", text(&month_of(month.month))), ("days", list_of(&month.days))])
}
