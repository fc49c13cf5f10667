//! One figure: its name, its groups and its window.

use super::super::fields::Fields;
use super::Reports;
use super::measure::{self, measure};
use crate::mistake::{Findings, one_of};
use crate::model::{Figure, Found, Identity, Leaf, Measure, Order, Source, Type};
use crate::yaml::{Entry, Node};

/// The most days that a figure looks back: what is counted for each of them is kept as long.
const MAX_WINDOW_DAYS: u32 = 90;

pub(super) fn figure(
    entry: &Entry,
    reports: &Reports<'_>,
    findings: &mut Findings,
) -> Option<Figure> {
    name(entry, findings);
    let mut fields = Fields::open(&entry.node, "a figure", findings)?;
    let measure = measure(&mut fields, reports.report, findings);
    let leaf = fields.take("by").and_then(|node| group(node, reports, findings));
    let by = fields.take("by").and_then(Node::scalar).map(|path| path.replace("[]", ""));
    let cut_at = fields.text("cut_at", findings);
    if let Some(node) = fields.take("cut_at")
        && leaf.is_some_and(|leaf| leaf.kind != Type::Text)
    {
        findings.mistake(node.at, "expected `cut_at` only with `by` a text leaf");
    }
    let orders = [("count", Order::Count), ("version", Order::Version)];
    let order = fields.word("order", &orders, findings).unwrap_or_default();
    let window_days = window(&mut fields, findings).unwrap_or(1);
    let round = round(&mut fields, findings);
    let brief = fields.text("brief", findings);
    if let Some(measure) = &measure {
        together(&mut fields, measure, findings);
        linked(&mut fields, (measure, window_days), reports, findings);
    }
    fields.finish(findings);
    let name = entry.key.clone();
    Some(Figure { name, measure: measure?, by, cut_at, order, window_days, round, brief })
}

/// A name becomes part of URLs, and of metric names.
fn name(entry: &Entry, findings: &mut Findings) {
    let name = entry.key.as_bytes();
    let fits = name.first().is_some_and(u8::is_ascii_lowercase)
        && name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_')
        && name.len() <= 64;
    if !fits {
        findings.mistake(
            entry.at,
            format!(
                "expected a figure's name of at most 64 lower-case letters, digits and `_`, beginning with a \
                 letter, got `{}`",
                entry.key
            ),
        );
    }
}

/// The leaf by whose value instances are grouped: one that has few values, and no id.
fn group<'r>(node: &Node, reports: &Reports<'r>, findings: &mut Findings) -> Option<&'r Leaf> {
    let place = reports.report.find(node.scalar().unwrap_or_default());
    let grouping = |leaf: &Leaf| {
        matches!(leaf.kind, Type::Text | Type::Boolean) && !matches!(leaf.source, Source::Id(_))
    };
    let leaf = match place.map(|place| (place.found, place.in_list)) {
        Some((Found::Leaf(leaf), false)) if grouping(leaf) => leaf,
        Some((Found::Leaf(leaf), true)) if grouping(leaf) => {
            findings.mistake(
                node.at,
                format!(
                    "expected `by` to be the path of a leaf outside of lists, of which a report has exactly one, \
                     got {}",
                    node.what()
                ),
            );
            return None;
        }
        _ => {
            let what = "the path of a text or boolean leaf that is no id";
            findings.mistake(node.at, format!("expected `by` to be {what}, got {}", node.what()));
            return None;
        }
    };
    if leaf.kind == Type::Text && leaf.is_open() {
        findings.warning(
            node.at,
            "`by` a leaf that may hold any text: what has other characters than letters, digits and \
             ` ._+:/@()-` counts as `other`; give the leaf an `enum` or a `pattern`",
        );
    }
    Some(leaf)
}

fn window(fields: &mut Fields<'_>, findings: &mut Findings) -> Option<u32> {
    let days = fields.days("window", findings)?;
    let node = fields.take("window")?;
    if days > MAX_WINDOW_DAYS {
        findings.mistake(
            node.at,
            format!("expected `window` from `1d` to `{MAX_WINDOW_DAYS}d`, got {}", node.what()),
        );
    }
    Some(days)
}

fn round(fields: &mut Fields<'_>, findings: &mut Findings) -> Option<u32> {
    let round = fields.count("round", findings)?;
    let node = fields.take("round")?;
    if round == 0 {
        findings.mistake(node.at, "expected `round` of at least 1, got 0");
    }
    Some(round)
}

/// What a figure has beside its measure has to go with it.
fn together(fields: &mut Fields<'_>, measure: &Measure, findings: &mut Findings) {
    let key = measure::key(measure);
    let windowed = ["count", "sum", "median", "distribution"];
    let total = measure::TOTALS.as_slice();
    for (option, measures) in [("window", windowed.as_slice()), ("by", total), ("round", total)] {
        if let Some(node) = fields.take(option)
            && !measures.contains(&key)
        {
            let measures = one_of(measures);
            findings.mistake(
                node.at,
                format!("expected `{option}` only with {measures}, got it with `{key}`"),
            );
        }
    }
    for option in ["order", "cut_at"] {
        if let (Some(node), None) = (fields.take(option), fields.take("by")) {
            findings.mistake(node.at, format!("expected `{option}` only with `by`, got it alone"));
        }
    }
}

/// How long an instance is known as the same one, and its reports are kept, has to go with how far the figure looks back.
fn linked(
    fields: &mut Fields<'_>,
    (measure, window_days): (&Measure, u32),
    reports: &Reports<'_>,
    findings: &mut Findings,
) {
    let key = measure::key(measure);
    let (at, told) = match (measure.is_monthly(), fields.take("window")) {
        (true, _) => (fields.at, format!("`{key}`")),
        (false, Some(node)) => (node.at, format!("`window: {window_days}d`")),
        (false, None) => return,
    };
    if let Some(kept) = reports.kept_days.filter(|kept| window_days > *kept) {
        findings.mistake(
            at,
            format!(
                "expected `window` of at most the `{kept}d` for which the receiver keeps reports, got \
                 `{window_days}d`: an instance is not counted any more once its reports are deleted"
            ),
        );
    }
    match reports.identity {
        Some(Identity::None) if measure.is_monthly() || window_days > 1 => findings.mistake(
            at,
            format!(
                "expected no {told} with `identity: none`: reports of different days cannot be told to come \
                 from one instance"
            ),
        ),
        Some(Identity::Rotating(days)) if measure.is_monthly() || window_days > days => findings
            .warning(
                at,
                format!("{told} counts an instance again under the new id that it has every {days}d"),
            ),
        _ => {}
    }
}
