//! Reads the `report:` section: structures, lists and leaves.

use super::fields::{Fields, text};
use super::leaf::{SOURCES, leaf};
use super::settings::words_of;
use crate::mistake::{Findings, Position, one_of};
use crate::model::{Element, Level, List, Member, Node as Shape, Reason, Structure};
use crate::yaml::{Entry, Node, Value};

/// Elements of a list where the contract says nothing else.
const DEFAULT_MAX: usize = 1_000;

/// Settings of a structure, which stand among its members. A member is always a mapping or a list.
const SETTINGS: [&str; 3] = ["max", "level", "unit"];

/// Reads a structure from the entries of a mapping.
pub(super) fn structure(entries: &[Entry], level: Level, findings: &mut Findings) -> Structure {
    let mut shape = Structure { members: Vec::new(), when: Vec::new() };
    for Entry { key, at, node } in entries {
        let scalar = node.scalar().is_some();
        match key.as_str() {
            "$when" => shape.when = when(node, findings),
            "$each" | "$each_point" => {}
            name if scalar && SETTINGS.contains(&name) => {}
            name if name.starts_with('$') => {
                let place = if SOURCES.contains(&name) { "first in a leaf" } else { "nowhere" };
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
                Some(Shape::Structure(structure(entries, level, findings)))
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
    let level = level_of(node.at, entries, level, findings);
    let shape = structure(entries, level, findings);
    let mut fields = Fields::of(node.at, entries);
    let max = fields.count("max", findings).map_or(DEFAULT_MAX, |max| max as usize);
    let at = node.at;
    if let Some(node) = fields.take("$each") {
        return Some(Element::Each { at, attribute: text(node, "$each", findings)?, max, shape });
    }
    if let Some(node) = fields.take("$each_point") {
        let gauge = text(node, "$each_point", findings)?;
        let unit = fields.text("unit", findings);
        return Some(Element::EachPoint { at, gauge, unit, max, level, shape });
    }
    Some(Element::One(shape))
}

fn level_of(at: Position, entries: &[Entry], outer: Level, findings: &mut Findings) -> Level {
    let scalar = entries.iter().any(|entry| entry.key == "level" && entry.node.scalar().is_some());
    if scalar { super::level(&mut Fields::of(at, entries), outer, findings) } else { outer }
}

fn when(node: &Node, findings: &mut Findings) -> Vec<Reason> {
    let words = Reason::ALL.map(|reason| (reason.as_str(), reason));
    let Value::Map(entries) = &node.value else {
        findings.mistake(
            node.at,
            format!("expected `$when` to be `{{ reason: … }}`, got {}", node.what()),
        );
        return Vec::new();
    };
    let mut fields = Fields::of(node.at, entries);
    let reasons = fields.take("reason").map(|node| words_of(node, "reason", &words, findings));
    fields.finish(findings);
    if reasons.is_none() {
        findings.mistake(node.at, format!("expected {}", one_of(&["reason"])));
    }
    reasons.unwrap_or_default()
}
