//! Reads the `publish:` section, and checks that its figures speak of leaves that exist.

use serde_json::Number;

use super::fields::Fields;
use super::rules::number;
use crate::mistake::{Findings, one_of};
use crate::model::{
    Figure, Leaf, Measure, Member, Node as Shape, Order, Publish, Source, StatsShape, Structure,
    Type,
};
use crate::yaml::{Entry, Node, Value};

pub(super) fn publish(node: Option<&Node>, report: &Structure, findings: &mut Findings) -> Publish {
    let mut publish = super::nothing_published();
    let Some(mut fields) = node.and_then(|node| Fields::open(node, "`publish`", findings)) else {
        return publish;
    };
    if let Some(count) = fields.count("min_count", findings) {
        publish.min_count = count;
        if count == 0 {
            findings.mistake(fields.at, "expected `min_count` of at least 1, got 0");
        }
    }
    let shapes = [("full", StatsShape::Full), ("flat", StatsShape::Flat)];
    publish.stats = fields.word("stats", &shapes, findings).unwrap_or_default();
    publish.licence = fields.text("licence", findings);
    if let Some(node) = fields.take("figures") {
        match &node.value {
            Value::Map(entries) => {
                publish.figures =
                    entries.iter().filter_map(|entry| figure(entry, report, findings)).collect();
            }
            _ => findings.mistake(
                node.at,
                format!("expected `figures` to be a mapping, got {}", node.what()),
            ),
        }
    }
    fields.finish(findings);
    publish
}

fn figure(entry: &Entry, report: &Structure, findings: &mut Findings) -> Option<Figure> {
    let mut fields = Fields::open(&entry.node, "a figure", findings)?;
    let measure = measure(&mut fields, report, findings);
    let by = fields.take("by");
    let by = by.and_then(|node| {
        let path = node.scalar().unwrap_or_default();
        match find(report, path) {
            Some(Found::Leaf(leaf))
                if matches!(leaf.kind, Type::Text | Type::Boolean)
                    && !matches!(leaf.source, Source::Id(_)) =>
            {
                Some(path.to_owned())
            }
            _ => {
                findings.mistake(
                    node.at,
                    format!("expected `by` to be the path of a text leaf, got {}", node.what()),
                );
                None
            }
        }
    });
    let orders = [("count", Order::Count), ("version", Order::Version)];
    let order = fields.word("order", &orders, findings).unwrap_or_default();
    let window_days = fields.days("window", findings).unwrap_or(1);
    let round = fields.count("round", findings);
    let brief = fields.text("brief", findings);
    fields.finish(findings);
    let name = entry.key.clone();
    Some(Figure { name, measure: measure?, by, order, window_days, round, brief })
}

fn measure(
    fields: &mut Fields<'_>,
    report: &Structure,
    findings: &mut Findings,
) -> Option<Measure> {
    let [count, retention, reporting_days] = ["count", "retention", "reporting_days"]
        .map(|key| fields.word(key, &[("instances", ())], findings));
    let sum = numeric_path(fields, "sum", report, findings);
    let median = numeric_path(fields, "median", report, findings);
    let distribution = numeric_path(fields, "distribution", report, findings);
    let buckets: Vec<Number> = match fields.take("buckets").map(|node| &node.value) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(|item| number(item, "buckets", findings).and_then(Number::from_f64))
            .collect(),
        _ => Vec::new(),
    };
    let given = ["count", "sum", "median", "distribution", "retention", "reporting_days"];
    if given.into_iter().filter(|key| fields.take(key).is_some()).count() != 1 {
        findings.mistake(fields.at, format!("expected exactly one of {}", one_of(&given)));
        return None;
    }
    if distribution.is_some() == buckets.is_empty() {
        findings.mistake(fields.at, "expected `buckets` with `distribution`, and only with it");
    }
    let measures = [
        count.map(|()| Measure::Instances),
        sum.map(Measure::Sum),
        median.map(Measure::Median),
        distribution.map(|path| Measure::Distribution(path, buckets)),
        retention.map(|()| Measure::Retention),
        reporting_days.map(|()| Measure::ReportingDays),
    ];
    measures.into_iter().flatten().next()
}

fn numeric_path(
    fields: &mut Fields<'_>,
    key: &'static str,
    report: &Structure,
    findings: &mut Findings,
) -> Option<String> {
    let node = fields.take(key)?;
    let path = node.scalar().unwrap_or_default();
    match find(report, path) {
        Some(Found::List) => Some(path.to_owned()),
        Some(Found::Leaf(leaf)) if matches!(leaf.kind, Type::Integer | Type::Double) => {
            Some(path.to_owned())
        }
        _ => {
            findings.mistake(
                node.at,
                format!(
                    "expected `{key}` to be the path of a number or of a list, got {}",
                    node.what()
                ),
            );
            None
        }
    }
}

enum Found<'t> {
    Leaf(&'t Leaf),
    List,
}

/// Follows a path such as `projects.workflows.no_of_runs`; lists are walked through.
fn find<'t>(structure: &'t Structure, path: &str) -> Option<Found<'t>> {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let key = key.strip_suffix("[]").unwrap_or(key);
    let Member { node, .. } = structure.members.iter().find(|member| member.key == key)?;
    match (node, rest) {
        (Shape::Leaf(leaf), None) => Some(Found::Leaf(leaf)),
        (Shape::List(_), None) => Some(Found::List),
        (Shape::Structure(inner), Some(rest)) => find(inner, rest),
        (Shape::List(list), Some(rest)) => {
            list.elements.iter().find_map(|element| find(element.shape(), rest))
        }
        _ => None,
    }
}
