//! The published figures of one day as gauges with data points: what `/NAME/metrics` and a backend of OTLP are told.

use headcount_contract::{Contract, Metric};
use headcount_figures::{Bucket, Cohort, FrozenDay, Group, GroupName, Number, Value};

use crate::wording::month_of;

/// The newest cohorts that are told, and the most months of each.
const MONTHS: usize = 12;

/// The attribute of a bucket: its lower bound, `-Inf` of the first one.
const FROM: &str = "from";
/// The attribute of a cohort: its month, such as `2026-11`.
const COHORT: &str = "cohort";
/// The attribute of a month in the life of a cohort: 0 is the first.
const AGE: &str = "age";

/// A figure on one day.
#[derive(Clone, Debug)]
pub struct Gauge<'a> {
    /// What it is called.
    pub metric: Metric<'a>,
    /// What the day says of it.
    pub number: &'a Number,
    /// Its values, the most important first; none of what is hidden.
    pub points: Vec<Point>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What it is about, as pairs of name and value. No two points of a gauge have the same.
    pub attributes: Vec<(String, String)>,
    /// The value.
    pub value: f64,
}

/// The figures of a day, in the contract's order. One that the day does not have, or has as something else than the
/// contract says by now, is left out.
///
/// Of retention the twelve newest cohorts are told, and twelve months of each; of reporting days the newest month.
///
/// ```
/// use headcount_publish::{gauges, sample};
///
/// let application = sample::built_in("manyfold", 30);
/// let day = application.snapshot.newest().expect("it has days");
/// let gauges = gauges(application.newest(), day);
/// assert_eq!(gauges[0].metric.name, "manyfold.instances");
/// assert_eq!(gauges[0].points.len(), 1);
/// ```
pub fn gauges<'a>(contract: &'a Contract, day: &'a FrozenDay) -> Vec<Gauge<'a>> {
    let metrics = contract.metrics().into_iter();
    let gauges = metrics.filter_map(|metric| {
        let number = day.number(&metric.figure.name)?;
        let points = points(metric.attribute.as_deref(), &number.value)?;
        Some(Gauge { metric, number, points })
    });
    gauges.collect()
}

fn points(attribute: Option<&str>, value: &Value) -> Option<Vec<Point>> {
    let points = match (value, attribute) {
        (Value::Hidden, _) => Vec::new(),
        (Value::Total(value), None) => vec![Point { attributes: Vec::new(), value: *value }],
        (Value::Groups(groups), Some(attribute)) => {
            groups.iter().map(|group| of_group(attribute, group)).collect()
        }
        (Value::Buckets(buckets), None) => of_buckets(buckets),
        (Value::Retention(cohorts), None) => of_cohorts(cohorts),
        (Value::ReportingDays(months), None) => {
            months.last().map(|month| of_buckets(&month.days)).unwrap_or_default()
        }
        _ => return None,
    };
    Some(points)
}

fn of_group(attribute: &str, group: &Group) -> Point {
    let attributes = vec![(attribute.to_owned(), name(&group.name))];
    Point { attributes, value: group.value }
}

/// The text of a group. What is really called `other`, or nothing at all, stands in quotation marks, so that it is not
/// taken for the group of those that have too few instances, or for that without a value.
fn name(name: &GroupName) -> String {
    match name {
        GroupName::Missing => String::new(),
        GroupName::Other => "other".to_owned(),
        GroupName::Value(text) if matches!(text.trim_matches('"'), "" | "other") => {
            format!("\"{text}\"")
        }
        GroupName::Value(text) => text.clone(),
    }
}

fn of_buckets(buckets: &[Bucket]) -> Vec<Point> {
    let shown = buckets.iter().filter_map(|bucket| {
        let from = bucket.from.map_or_else(|| "-Inf".to_owned(), |from| from.to_string());
        Some(Point {
            attributes: vec![(FROM.to_owned(), from)],
            value: as_number(bucket.instances?),
        })
    });
    shown.collect()
}

/// The newest cohort first.
fn of_cohorts(cohorts: &[Cohort]) -> Vec<Point> {
    let newest = cohorts.iter().rev().take(MONTHS);
    let months = newest.flat_map(|Cohort { month, active }| {
        let cohort = month_of(*month);
        let active = active.iter().enumerate().take(MONTHS);
        active.filter_map(move |(age, instances)| {
            let attributes =
                vec![(COHORT.to_owned(), cohort.clone()), (AGE.to_owned(), age.to_string())];
            Some(Point { attributes, value: as_number((*instances)?) })
        })
    });
    months.collect()
}

/// A count as a number: exact up to 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "nobody counts beyond 2⁵³ instances")]
pub(crate) fn as_number(count: u64) -> f64 {
    count as f64
}
