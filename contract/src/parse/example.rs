//! Reads a leaf's examples, and makes sure that some value meets its rules at all.

use super::fields::{Fields, text};
use crate::document::Document;
use crate::mistake::Findings;
use crate::model::{Leaf, Source, Type};
use crate::yaml::Value;

/// Reads `example`, one value or a list, each as the report shows it.
pub(super) fn examples(leaf: &mut Leaf, fields: &mut Fields<'_>, findings: &mut Findings) {
    let told = matches!(leaf.source, Source::Attribute(_) | Source::Id(_));
    if !told || !matches!(leaf.kind, Type::Text | Type::Uuid) {
        return;
    }
    let Some(node) = fields.take("example") else {
        return;
    };
    let items = match &node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![node],
    };
    for item in items {
        let Some(example) = text(item, "example", findings) else {
            continue;
        };
        match leaf.shows(&Document::Text(example.clone())) {
            Ok(()) => leaf.examples.push(example),
            Err(unfit) => findings.mistake(
                item.at,
                format!(
                    "expected an example that its own leaf allows, got `{example}`, where it wants: {unfit}"
                ),
            ),
        }
    }
}

/// A pattern says nothing to a person, so it never stands without an example; and rules that no value
/// meets are a slip.
pub(super) fn possible(leaf: &Leaf, findings: &mut Findings) {
    if leaf.rules.pattern.is_some() && leaf.examples.is_empty() {
        let text =
            "expected `example` beside `pattern`: a person reads the one, a program the other";
        findings.mistake(leaf.at, text);
    } else if leaf.sample(0, 1).is_none() {
        findings.mistake(leaf.at, "expected rules that some value meets, got rules that none does");
    }
}
