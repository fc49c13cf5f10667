//! Reads the `publish:` section, and checks that its figures speak of leaves that exist.

mod figure;
mod measure;
mod overlap;

use super::fields::Fields;
use crate::metric;
use crate::mistake::{Findings, Position};
use crate::model::{Figure, Identity, Publish, StatsShape, Structure};
use crate::yaml::{Node, Value};

/// The most figures: each of them is counted anew every day, and a page has to stay readable.
const MAX_FIGURES: usize = 30;

/// What the figures are held against.
pub(super) struct Reports<'c> {
    /// The contract's name.
    pub(super) name: &'c str,
    pub(super) report: &'c Structure,
    /// `None`: it is mistaken itself.
    pub(super) identity: Option<Identity>,
    /// For how many days the receiver keeps them; `None`: for as long as it likes.
    pub(super) kept_days: Option<u32>,
}

pub(super) fn publish(
    node: Option<&Node>,
    reports: &Reports<'_>,
    findings: &mut Findings,
) -> Publish {
    let mut publish = super::nothing_published();
    let Some(mut fields) = node.and_then(|node| Fields::open(node, "`publish`", findings)) else {
        return publish;
    };
    let shapes = [("full", StatsShape::Full), ("flat", StatsShape::Flat)];
    publish.stats = fields.word("stats", &shapes, findings).unwrap_or_default();
    publish.licence = fields.take("licence").and_then(|node| licence(node, findings));
    let mut figures = Vec::new();
    if let Some(node) = fields.take("figures") {
        figures = self::figures(node, reports, publish.stats, findings);
    }
    if let Some(count) = min_count(&mut fields, !figures.is_empty(), findings) {
        publish.min_count = count;
    }
    if publish.min_count > 1 {
        overlap::overlap(&figures, findings);
    }
    metric::check(reports.name, &figures, reports.report, findings);
    publish.figures = figures.into_iter().map(|(_, figure)| figure).collect();
    fields.finish(findings);
    publish
}

fn min_count(fields: &mut Fields<'_>, shown: bool, findings: &mut Findings) -> Option<u32> {
    let at = fields.take("min_count")?.at;
    let count = fields.count("min_count", findings)?;
    let most = Publish::MAX_MIN_COUNT;
    if !(1..=most).contains(&count) {
        findings.mistake(at, format!("expected `min_count` from 1 to {most}, got {count}"));
    }
    if count == 1 && shown {
        findings.warning(
            at,
            "`min_count: 1` shows what a single instance tells; from 2 on, small groups are hidden",
        );
    }
    Some(count)
}

/// An identifier of SPDX (its specification, annex D): a short word, and no text.
fn licence(node: &Node, findings: &mut Findings) -> Option<String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    match node.scalar() {
        Some(text) if (1..=64).contains(&text.len()) && text.bytes().all(fits) => {
            Some(text.to_owned())
        }
        _ => {
            findings.mistake(
                node.at,
                format!(
                    "expected `licence` to be an SPDX identifier such as `CC-BY-4.0`, got {}",
                    node.what()
                ),
            );
            None
        }
    }
}

fn figures(
    node: &Node,
    reports: &Reports<'_>,
    stats: StatsShape,
    findings: &mut Findings,
) -> Vec<(Position, Figure)> {
    let Value::Map(entries) = &node.value else {
        findings
            .mistake(node.at, format!("expected `figures` to be a mapping, got {}", node.what()));
        return Vec::new();
    };
    if entries.len() > MAX_FIGURES {
        findings.mistake(
            node.at,
            format!("expected at most {MAX_FIGURES} figures, got {}", entries.len()),
        );
    }
    let mut figures = Vec::new();
    for entry in entries {
        let Some(figure) = figure::figure(entry, reports, findings) else { continue };
        let key = measure::key(&figure.measure);
        if stats == StatsShape::Flat && !figure.measure.is_single() {
            findings.mistake(
                entry.node.at,
                format!("expected {} with `stats: flat`, got `{key}`", measure::totals()),
            );
        }
        figures.push((entry.at, figure));
    }
    figures
}
