//! What a figure measures.

use serde_json::Number;

use super::super::fields::Fields;
use super::super::rules::buckets;
use crate::mistake::{Findings, one_of};
use crate::model::{Found, Measure, Structure, Type};
use crate::value::whole;

/// The measures that yield one number, or one for each group.
pub(super) const TOTALS: [&str; 3] = ["count", "sum", "median"];

/// The measures.
const MEASURES: [&str; 6] =
    ["count", "sum", "median", "distribution", "retention", "reporting_days"];

/// The most bounds of a distribution: as many rows as a figure shows groups.
const MAX_BOUNDS: usize = 50;

/// The greatest bound, on either side of zero: numbers beyond it are counted as if they were it.
const MAX_BOUND: f64 = 1e19;

/// The key by which a contract asks for the measure.
pub(super) fn key(measure: &Measure) -> &'static str {
    match measure {
        Measure::Instances => "count",
        Measure::Sum(_) => "sum",
        Measure::Median(_) => "median",
        Measure::Distribution(..) => "distribution",
        Measure::Retention => "retention",
        Measure::ReportingDays => "reporting_days",
    }
}

/// `count`, `sum` or `median`.
pub(super) fn totals() -> String {
    one_of(&TOTALS)
}

/// Reads the measure: exactly one.
pub(super) fn measure(
    fields: &mut Fields<'_>,
    report: &Structure,
    findings: &mut Findings,
) -> Option<Measure> {
    let [count, retention, reporting_days] = ["count", "retention", "reporting_days"]
        .map(|key| fields.word(key, &[("instances", ())], findings));
    let [sum, median, distribution] =
        ["sum", "median", "distribution"].map(|key| path(fields, key, report, findings));
    let bounds = bounds(fields, findings);
    if MEASURES.into_iter().filter(|key| fields.take(key).is_some()).count() != 1 {
        findings.mistake(fields.at, format!("expected exactly one of {}", one_of(&MEASURES)));
        return None;
    }
    if fields.take("distribution").is_some() != fields.take("buckets").is_some() {
        findings.mistake(fields.at, "expected `buckets` with `distribution`, and only with it");
    }
    let measures = [
        count.map(|()| Measure::Instances),
        sum.map(Measure::Sum),
        median.map(Measure::Median),
        distribution.map(|path| Measure::Distribution(path, bounds)),
        retention.map(|()| Measure::Retention),
        reporting_days.map(|()| Measure::ReportingDays),
    ];
    measures.into_iter().flatten().next()
}

/// A path to a number: that of a leaf, or how many elements a list has.
fn path(
    fields: &mut Fields<'_>,
    key: &'static str,
    report: &Structure,
    findings: &mut Findings,
) -> Option<String> {
    let node = fields.take(key)?;
    let path = node.scalar().unwrap_or_default();
    let counts = report.find(path).is_some_and(|place| match place.found {
        Found::List => true,
        Found::Leaf(leaf) => matches!(leaf.kind, Type::Integer | Type::Double),
    });
    if !counts {
        findings.mistake(
            node.at,
            format!(
                "expected `{key}` to be the path of a number or of a list, got {}",
                node.what()
            ),
        );
    }
    counts.then(|| path.replace("[]", ""))
}

/// The lower bounds of a distribution; whole ones without a point.
fn bounds(fields: &mut Fields<'_>, findings: &mut Findings) -> Vec<Number> {
    let Some(node) = fields.take("buckets") else { return Vec::new() };
    let bounds = buckets(node, findings);
    if bounds.len() > MAX_BOUNDS {
        findings.mistake(
            node.at,
            format!("expected at most {MAX_BOUNDS} `buckets`, got {}", bounds.len()),
        );
    }
    if let Some(bound) = bounds.iter().find(|bound| bound.abs() > MAX_BOUND) {
        findings.mistake(
            node.at,
            format!("expected `buckets` from -{MAX_BOUND:e} to {MAX_BOUND:e}, got {bound:e}"),
        );
    }
    // Numbers are counted in whole millionths.
    let millionths: Vec<f64> = bounds.iter().map(|bound| (bound * 1e6).round()).collect();
    if !millionths.is_sorted_by(|one, next| one < next) {
        findings.mistake(node.at, "expected `buckets` at least a millionth apart");
    }
    let number = |bound| whole(bound).ok().map(Number::from).or_else(|| Number::from_f64(bound));
    bounds.into_iter().filter_map(number).collect()
}
