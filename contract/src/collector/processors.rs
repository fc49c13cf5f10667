//! The allow-list, as processors of the Collector: `filter` drops what is not the contract's, `transform` takes away
//! what the rest has too much.

use super::CollectorRoute;
use super::lines::Lines;
use super::ottl::{is_none_of, is_one_of, list, quoted};
use super::target::End;
use crate::admit::{
    REPORT_DATE, REPORT_DROPPED, REPORT_ID, REPORT_POINTS, REPORT_REASON, SERVICE_NAME,
};
use crate::model::{Contract, INSTANCE, Identity};
use crate::part::HEARTBEAT;

/// The section `processors`.
pub(super) fn write(lines: &mut Lines, contract: &Contract, route: &CollectorRoute, name: &str) {
    lines.line(0, "processors:");
    filter(lines, contract, route, name);
    lines.comment(1, "Takes away what is left beyond the contract.");
    lines.line(1, format!("transform/{name}:"));
    lines.lines(2, ["error_mode: propagate", "metric_statements:"]);
    resource(lines, contract, route);
    scope(lines, contract);
    metric(lines);
    points(lines, contract);
}

/// Every kind of metric but a gauge, and a sum that says the same.
const KINDS: [&str; 3] = [
    "- metric.type != METRIC_DATA_TYPE_GAUGE and metric.type != METRIC_DATA_TYPE_SUM",
    "- metric.type == METRIC_DATA_TYPE_SUM and metric.is_monotonic != false",
    "- metric.type == METRIC_DATA_TYPE_SUM and metric.aggregation_temporality != AGGREGATION_TEMPORALITY_CUMULATIVE",
];

/// What is dropped.
fn filter(lines: &mut Lines, contract: &Contract, route: &CollectorRoute, name: &str) {
    lines.comment(
        1,
        "Drops everything to which one of the conditions applies. A request for which a condition cannot be worked out is \
         dropped as a whole.",
    );
    lines.line(1, format!("filter/{name}:"));
    lines.lines(2, ["error_mode: propagate", "metric_conditions:"]);
    lines.comment(3, "Other applications.");
    let ours = own_schema(contract);
    let name_differs =
        format!("resource.attributes[\"{SERVICE_NAME}\"] != {}", quoted(&contract.name));
    let schemas_differ =
        ["resource", "scope"].map(|holder| format!("and not IsMatch({holder}.schema_url, {ours})"));
    lines.folded(3, &[&[name_differs], schemas_differ.as_slice()].concat());
    lines.comment(
        3,
        "What tells how much came, and not how much there is: a report is made of gauges, and of cumulative sums that can fall.",
    );
    lines.lines(3, KINDS);
    lines.comment(3, "Metrics that the contract does not list.");
    let gauges = contract.gauges().map(|gauge| gauge.name);
    lines.folded(3, &is_none_of(&std::iter::once(HEARTBEAT).chain(gauges).collect::<Vec<_>>()));
    if route.target.end == End::Receiver {
        lines.comment(
            3,
            "Points with exemplars: they name traces, and the Collector cannot take them off. With \
             OTEL_METRICS_EXEMPLAR_FILTER=always_off in its environment, the application makes none.",
        );
        lines.line(3, "- Len(datapoint.exemplars) > 0");
    }
}

/// The pattern of the schema URLs by which a receiver chooses a version of this contract.
fn own_schema(contract: &Contract) -> String {
    format!("\"/{}/[0-9a-z.-]+$\"", contract.name)
}

fn resource(lines: &mut Lines, contract: &Contract, route: &CollectorRoute) {
    lines.line(3, "- context: resource");
    lines.line(4, "statements:");
    let attributes = resource_attributes(contract, route);
    let mut keep: Vec<_> =
        attributes.iter().map(|attribute| format!("{},", quoted(attribute))).collect();
    keep.insert(0, "keep_keys(resource.attributes, [".to_owned());
    if let Some(last) = keep.last_mut() {
        last.replace_range(last.len() - 1.., "])");
    }
    lines.folded(5, &keep);
    let name = quoted(&contract.name);
    lines.line(5, format!("- set(resource.attributes[\"{SERVICE_NAME}\"], {name})"));
    lines.line(5, "- set(resource.dropped_attributes_count, 0)");
    lines.comment(5, "Its end tells which version of the contract is meant.");
    lines.line(5, foreign_schema_goes("resource", contract));
}

fn foreign_schema_goes(holder: &str, contract: &Contract) -> String {
    let url = format!("{holder}.schema_url");
    format!("- set({url}, \"\") where not IsMatch({url}, {})", own_schema(contract))
}

/// The resource attributes that pass, each once.
fn resource_attributes<'c>(contract: &'c Contract, route: &CollectorRoute) -> Vec<&'c str> {
    let mut passing = vec![SERVICE_NAME];
    if contract.identity != Identity::None {
        passing.push(INSTANCE);
    }
    passing.extend(contract.resource_attributes());
    // A relay has to know whether reports are required here.
    let required = contract.consent.required_when.iter().map(|(attribute, _)| attribute.as_str());
    passing.extend(required.filter(|_| route.target.end == End::Relay));
    passing.extend([REPORT_ID, REPORT_DATE, REPORT_REASON, REPORT_POINTS, REPORT_DROPPED]);
    let mut once = Vec::with_capacity(passing.len());
    for attribute in passing {
        if !once.contains(&attribute) {
            once.push(attribute);
        }
    }
    once
}

fn scope(lines: &mut Lines, contract: &Contract) {
    lines.line(3, "- context: scope");
    lines.line(4, "statements:");
    lines.lines(
        5,
        [
            "- set(scope.name, \"\")",
            "- set(scope.version, \"\")",
            "- keep_keys(scope.attributes, [])",
            "- set(scope.dropped_attributes_count, 0)",
            &foreign_schema_goes("scope", contract),
        ],
    );
}

fn metric(lines: &mut Lines) {
    lines.line(3, "- context: metric");
    lines.line(4, "statements:");
    lines.lines(
        5,
        [
            "- set(metric.description, \"\")",
            "- set(metric.unit, \"\")",
            "- keep_keys(metric.metadata, [])",
        ],
    );
}

/// Which attributes each metric's points keep: those without a rule of their own keep none.
fn points(lines: &mut Lines, contract: &Contract) {
    lines.line(3, "- context: datapoint");
    lines.line(4, "statements:");
    lines.comment(5, "When the application was started.");
    lines.line(5, "- set(datapoint.start_time_unix_nano, 0)");
    lines.line(5, "- set(datapoint.flags, 0) where datapoint.flags != FLAG_NO_RECORDED_VALUE");
    let groups = by_attributes(contract);
    for (attributes, gauges) in &groups {
        let keep = format!("keep_keys(datapoint.attributes, {})", list(attributes.iter().copied()));
        lines.folded(5, &only_where(keep, is_one_of(gauges)));
    }
    let keyed: Vec<_> = groups.iter().flat_map(|(_, gauges)| gauges.iter().copied()).collect();
    let none = "keep_keys(datapoint.attributes, [])".to_owned();
    if keyed.is_empty() {
        lines.line(5, format!("- {none}"));
    } else {
        lines.folded(5, &only_where(none, is_none_of(&keyed)));
    }
}

/// Lists of attributes, and the gauges whose points carry them.
type Groups<'c> = Vec<(Vec<&'c str>, Vec<&'c str>)>;

/// The gauges whose points carry attributes, with those.
fn by_attributes(contract: &Contract) -> Groups<'_> {
    let mut groups: Groups<'_> = Vec::new();
    for gauge in contract.gauges().filter(|gauge| !gauge.attributes.is_empty()) {
        let attributes: Vec<_> = gauge.attributes.iter().map(|attribute| attribute.name).collect();
        match groups.iter_mut().find(|(known, _)| *known == attributes) {
            Some((_, gauges)) => gauges.push(gauge.name),
            None => groups.push((attributes, vec![gauge.name])),
        }
    }
    groups
}

/// A statement that is carried out under these conditions.
fn only_where(statement: String, mut conditions: Vec<String>) -> Vec<String> {
    if let Some(first) = conditions.first_mut() {
        first.insert_str(0, "where ");
    }
    conditions.insert(0, statement);
    conditions
}
