//! What the published figures are called as metrics: by OpenTelemetry's rules, and what Prometheus makes of that.
//!
//! The rules are those of "Prometheus and `OpenMetrics` Compatibility" in OpenTelemetry's specification, with the units of
//! Prometheus' own translator of OTLP.

mod prometheus;

use std::collections::BTreeMap;

use crate::mistake::{Findings, Position};
use crate::model::{Contract, Figure, Leaf, Structure};
use prometheus::{family, label, suffix};

/// Metrics about the figures of every contract, whose names are taken.
const TAKEN: &str = "headcount_figure";

/// A published figure, as a metric. It is a gauge.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric<'c> {
    /// The figure.
    pub figure: &'c Figure,
    /// Its name in OpenTelemetry, such as `openfn.users`.
    pub name: String,
    /// Its unit, in UCUM: that of [`Figure::unit`]; empty where the contract names none.
    pub unit: String,
    /// What it tells, and how that is counted: one line.
    pub description: String,
    /// The attribute whose value each point is about, such as `service.version`: that of the leaf `by`, or else its
    /// path.
    pub attribute: Option<String>,
    /// The name in Prometheus, such as `openfn_users`: a valid one.
    pub family: String,
    /// The unit that this name ends in, such as `bytes`.
    pub suffix: Option<String>,
}

impl Contract {
    /// The published figures as metrics, in the contract's order. No two have the same name, in Prometheus neither.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("manyfold").expect("it ships");
    /// let metrics = contract.metrics();
    /// let versions = metrics.iter().find(|metric| metric.figure.name == "versions").expect("it is published");
    /// assert_eq!(versions.name, "manyfold.versions");
    /// assert_eq!(versions.family, "manyfold_versions");
    /// assert_eq!(versions.label().as_deref(), Some("service_version"));
    /// ```
    pub fn metrics(&self) -> Vec<Metric<'_>> {
        let figures = self.publish.figures.iter();
        figures.map(|figure| Metric::of(&self.name, figure, &self.report)).collect()
    }
}

impl<'c> Metric<'c> {
    fn of(contract: &str, figure: &'c Figure, report: &Structure) -> Self {
        let unit = figure.unit(report).unwrap_or_default();
        let family = family(contract, &figure.name, &unit);
        let counted = figure.definition(report);
        let description = match &figure.brief {
            Some(brief) => {
                format!("{}: {counted}", brief.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            None => counted,
        };
        Self {
            figure,
            name: format!("{contract}.{}", figure.name),
            description,
            attribute: figure.by.as_deref().map(|path| attribute(path, report)),
            suffix: suffix(&unit).filter(|suffix| family.ends_with(&format!("_{suffix}"))),
            family,
            unit,
        }
    }

    /// The label of Prometheus that the attribute becomes.
    pub fn label(&self) -> Option<String> {
        self.attribute.as_deref().map(label)
    }
}

/// The attribute that a leaf has its value of.
fn attribute(path: &str, report: &Structure) -> String {
    report.leaf(path).and_then(Leaf::wire_name).unwrap_or(path).to_owned()
}

/// Finds figures whose names as metrics are those of others.
pub(crate) fn check(
    contract: &str,
    figures: &[(Position, Figure)],
    report: &Structure,
    findings: &mut Findings,
) {
    let mut held = BTreeMap::new();
    for (at, figure) in figures {
        let name = &figure.name;
        let family = family(contract, name, &figure.unit(report).unwrap_or_default());
        if family.starts_with(TAKEN) {
            findings.mistake(
                *at,
                format!(
                    "expected a name that begins otherwise than `{TAKEN}` in Prometheus, got `{name}`, \
                     which is `{family}`"
                ),
            );
        } else if let Some(first) = held.insert(family.clone(), name) {
            findings.mistake(
                *at,
                format!(
                    "expected a name of its own in Prometheus, got `{name}`, which is `{family}` as `{first}` is"
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests;
