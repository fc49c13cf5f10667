//! Reads the `report:` section: structures, lists and leaves.

use super::fields::{Fields, text};
use super::leaf::{SOURCES, leaf};
use super::settings::words_of;
use crate::mistake::{Findings, Position};
use crate::model::{Element, Level, List, Member, Node as Shape, Reason, Structure};
use crate::yaml::{Entry, Node, Value};

/// Elements of a list where the contract says nothing else.
const DEFAULT_MAX: usize = 1_000;

/// Settings stand among the members; a member is always a mapping or a list. These are those of a
/// structure, of an `$each` and of an `$each_point`.
const OF_STRUCTURE: [&str; 1] = ["level"];
const OF_EACH: [&str; 3] = ["$each", "level", "max"];
const OF_EACH_POINT: [&str; 4] = ["$each_point", "level", "max", "unit"];

/// Reads the report itself.
pub(super) fn report(at: Position, entries: &[Entry], findings: &mut Findings) -> Structure {
    let level = level_of(at, entries, Level::Basic, findings);
    structure(entries, &OF_STRUCTURE, level, findings)
}

/// Reads a structure from the entries of a mapping.
fn structure(
    entries: &[Entry],
    settings: &[&str],
    level: Level,
    findings: &mut Findings,
) -> Structure {
    let mut shape = Structure { members: Vec::new(), when: Vec::new() };
    for Entry { key, at, node } in entries {
        let scalar = node.scalar().is_some();
        match key.as_str() {
            "$when" => shape.when = when(node, findings),
            name if scalar && settings.contains(&name) => {}
            name if name.starts_with('$') => {
                let place = match name {
                    "$each" | "$each_point" => "first in a list, alone",
                    name if SOURCES.contains(&name) => "first in a leaf",
                    _ => "nowhere",
                };
                findings.mistake(
                    *at,
                    format!("expected a key of the report, got `{name}`, which belongs {place}"),
                );
            }
            name if scalar => findings.mistake(
                node.at,
                format!(
                    "expected `{name}` to be a leaf, a structure or a list, got {}",
                    node.what()
                ),
            ),
            name => {
                if let Some(node) = member(node, level, findings) {
                    shape.members.push(Member { key: name.to_owned(), node });
                }
            }
        }
    }
    shape
}

fn member(node: &Node, level: Level, findings: &mut Findings) -> Option<Shape> {
    match &node.value {
        Value::List(items) => {
            if items.is_empty() {
                findings.mistake(node.at, "expected an element, got an empty list");
            }
            let elements = items.iter().filter_map(|item| element(item, level, findings)).collect();
            Some(Shape::List(List { elements }))
        }
        Value::Map(entries) => match entries.first().map(|entry| entry.key.as_str()) {
            Some("$each" | "$each_point") => {
                Some(Shape::List(List { elements: vec![element(node, level, findings)?] }))
            }
            Some(name) if SOURCES.contains(&name) => {
                leaf(node, entries, level, findings).map(|leaf| Shape::Leaf(Box::new(leaf)))
            }
            Some(_) => {
                let level = level_of(node.at, entries, level, findings);
                Some(Shape::Structure(structure(entries, &OF_STRUCTURE, level, findings)))
            }
            None => {
                findings.mistake(node.at, "expected a leaf or a structure, got an empty mapping");
                None
            }
        },
        Value::Scalar { .. } => None,
    }
}

/// Reads what gives a list its elements.
fn element(node: &Node, level: Level, findings: &mut Findings) -> Option<Element> {
    let Value::Map(entries) = &node.value else {
        findings.mistake(node.at, format!("expected an element, a mapping, got {}", node.what()));
        return None;
    };
    let at = node.at;
    let level = level_of(at, entries, level, findings);
    let mut fields = Fields::of(at, entries);
    match entries.first().map(|entry| (entry.key.as_str(), &entry.node)) {
        Some(("$each", node)) => {
            let shape = structure(entries, &OF_EACH, level, findings);
            let attribute = text(node, "$each", findings)?;
            Some(Element::Each { at, attribute, max: max(&mut fields, findings), shape })
        }
        Some(("$each_point", node)) => {
            let shape = structure(entries, &OF_EACH_POINT, level, findings);
            let gauge = text(node, "$each_point", findings)?;
            let unit = fields.text("unit", findings);
            let max = max(&mut fields, findings);
            Some(Element::EachPoint { at, gauge, unit, max, level, shape })
        }
        _ => Some(Element::One(structure(entries, &OF_STRUCTURE, level, findings))),
    }
}

fn max(fields: &mut Fields<'_>, findings: &mut Findings) -> usize {
    fields.count("max", findings).map_or(DEFAULT_MAX, |max| max as usize)
}

fn level_of(at: Position, entries: &[Entry], outer: Level, findings: &mut Findings) -> Level {
    let scalar = entries.iter().any(|entry| entry.key == "level" && entry.node.scalar().is_some());
    if scalar { super::level(&mut Fields::of(at, entries), outer, findings) } else { outer }
}

fn when(node: &Node, findings: &mut Findings) -> Vec<Reason> {
    let words = Reason::OF_REPORTS.map(|reason| (reason.as_str(), reason));
    let Value::Map(entries) = &node.value else {
        findings.mistake(
            node.at,
            format!("expected `$when` to be `{{ reason: … }}`, got {}", node.what()),
        );
        return Vec::new();
    };
    let mut fields = Fields::of(node.at, entries);
    let reason = fields.take("reason");
    let named =
        reason.is_some_and(|node| !matches!(&node.value, Value::List(items) if items.is_empty()));
    let reasons = reason.map(|node| words_of(node, "reason", &words, findings));
    fields.finish(findings);
    if !named {
        findings.mistake(node.at, "expected `reason` with at least one reason");
    }
    reasons.unwrap_or_default()
}
