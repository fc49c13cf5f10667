//! Reads what a leaf's value may be.

use regex_lite::Regex;

use super::fields::{Fields, texts};
use crate::mistake::Findings;
use crate::model::{Leaf, Reason, Type};
use crate::yaml::{Node, Value};

/// Characters of a text value where the contract says nothing else.
pub(super) const DEFAULT_MAX_LENGTH: usize = 128;

pub(super) fn numeric(leaf: &mut Leaf, fields: &mut Fields<'_>, findings: &mut Findings) {
    if leaf.kind == Type::Boolean {
        return;
    }
    if leaf.kind == Type::Integer {
        // A count is never negative, unless its range says so.
        leaf.rules.min = Some(0.0);
    }
    if let Some(node) = fields.take("range")
        && let Some(mut range) = Fields::open(node, "`range`", findings)
    {
        leaf.rules.min = range.take("min").and_then(|node| number(node, "min", findings));
        leaf.rules.max = range.take("max").and_then(|node| number(node, "max", findings));
        range.finish(findings);
        if let (Some(min), Some(max)) = (leaf.rules.min, leaf.rules.max)
            && min > max
        {
            findings.mistake(node.at, format!("expected `min` up to `max`, got {min} and {max}"));
        }
    }
    if let Some(node) = fields.take("buckets") {
        leaf.rules.buckets = buckets(node, findings);
        fit(leaf, node, findings);
    }
}

/// Buckets begin with the least value and stay within the range, so that what was rounded once is
/// admitted again, as it is.
fn fit(leaf: &mut Leaf, node: &Node, findings: &mut Findings) {
    let (rules, whole) = (&mut leaf.rules, leaf.kind == Type::Integer);
    let (Some(first), Some(last)) = (rules.buckets.first(), rules.buckets.last()) else { return };
    let min = *rules.min.get_or_insert(*first);
    if first.total_cmp(&min).is_ne() {
        findings.mistake(
            node.at,
            format!("expected `buckets` to begin with the least value, {min}, got {first}"),
        );
    }
    if let Some(max) = rules.max.filter(|max| last > max) {
        findings.mistake(node.at, format!("expected `buckets` up to {max}, got {last}"));
    }
    if whole && rules.buckets.iter().any(|bound| bound.fract() != 0.0) {
        findings.mistake(node.at, "expected `buckets` of a whole number to be whole numbers");
    }
}

/// Lower bounds: ascending, each once.
pub(super) fn buckets(node: &Node, findings: &mut Findings) -> Vec<f64> {
    let Value::List(items) = &node.value else {
        findings.mistake(node.at, format!("expected `buckets` to be a list, got {}", node.what()));
        return Vec::new();
    };
    let bounds: Vec<f64> =
        items.iter().filter_map(|item| number(item, "buckets", findings)).collect();
    if !bounds.is_sorted_by(|a, b| a < b) || bounds.is_empty() {
        findings.mistake(node.at, "expected `buckets` to be ascending lower bounds");
        return Vec::new();
    }
    bounds
}

fn number(node: &Node, key: &str, findings: &mut Findings) -> Option<f64> {
    let number = node.scalar().and_then(|text| text.parse::<f64>().ok()).filter(|n| n.is_finite());
    if number.is_none() {
        findings.mistake(node.at, format!("expected `{key}` to be a number, got {}", node.what()));
    }
    number
}

pub(super) fn textual(leaf: &mut Leaf, fields: &mut Fields<'_>, findings: &mut Findings) {
    if leaf.kind != Type::Text {
        return;
    }
    let rules = &mut leaf.rules;
    if let Some(node) = fields.take("map") {
        rules.map = map(node, findings);
    }
    rules.other = fields.text("other", findings);
    if let Some(node) = fields.take("enum") {
        rules.allowed = texts(node, "enum", findings);
        if rules.allowed.is_empty() {
            findings.mistake(node.at, "expected `enum` to have a word, got none");
        }
    }
    if let Some(node) = fields.take("pattern") {
        rules.pattern = pattern(node, findings);
    }
    let length = fields.count("max_length", findings).map(|length| length as usize);
    rules.max_length = Some(length.unwrap_or(DEFAULT_MAX_LENGTH));
    rules.cut_at = fields.text("cut_at", findings);
    if let Some(mark) = &rules.cut_at {
        let words = rules.map.iter().map(|(wire, _)| wire).chain(&rules.allowed);
        for word in words.filter(|word| word.contains(mark.as_str())) {
            findings.mistake(
                fields.at,
                format!("expected no `{mark}` in `{word}`: `cut_at` leaves none"),
            );
        }
    }
    rules.escape_html = fields.word("escape", &[("html", true)], findings).unwrap_or(false);
    let bounded = !rules.allowed.is_empty() || rules.pattern.is_some() || !rules.map.is_empty();
    if rules.other.is_some() && !bounded {
        findings.mistake(
            fields.at,
            "expected `map`, `enum` or `pattern` beside `other`, got `other` alone",
        );
    }
}

/// The pattern, made to match the whole value.
fn pattern(node: &Node, findings: &mut Findings) -> Option<Regex> {
    let text = super::fields::text(node, "pattern", findings)?;
    let inner = text.strip_prefix('^').unwrap_or(&text);
    // A `$` behind an odd number of backslashes is a character of the value.
    let end = inner
        .strip_suffix('$')
        .filter(|rest| rest.chars().rev().take_while(|c| *c == '\\').count() % 2 == 0);
    let inner = end.unwrap_or(inner);
    match Regex::new(&format!("^(?:{inner})$")) {
        Ok(regex) => Some(regex),
        Err(error) => {
            findings.mistake(node.at, format!("expected a regular expression, {error}"));
            None
        }
    }
}

fn map(node: &Node, findings: &mut Findings) -> Vec<(String, String)> {
    let Value::Map(entries) = &node.value else {
        findings.mistake(node.at, format!("expected `map` to be a mapping, got {}", node.what()));
        return Vec::new();
    };
    let mut map = Vec::new();
    for entry in entries {
        match entry.node.scalar() {
            Some(text) => map.push((entry.key.clone(), text.to_owned())),
            None => findings.mistake(
                entry.node.at,
                format!("expected `{}` to become text, got {}", entry.key, entry.node.what()),
            ),
        }
    }
    map
}

/// The reason's own translation table; its keys are closed.
pub(super) fn reason(leaf: &mut Leaf, fields: &mut Fields<'_>, findings: &mut Findings) {
    let Some(node) = fields.take("map") else {
        return;
    };
    leaf.rules.map = map(node, findings);
    let names = Reason::OF_REPORTS.map(Reason::as_str);
    for (from, _) in &leaf.rules.map {
        if !names.contains(&from.as_str()) {
            findings.mistake(
                node.at,
                format!("expected a reason ({}), got `{from}`", names.join(", ")),
            );
        }
    }
}
