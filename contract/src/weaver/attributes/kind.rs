//! The types of attributes.

use super::super::{Members, object, stability, text};
use crate::document::Document;
use crate::model::{Leaf, Type};

/// The type of an attribute that these leaves read.
///
/// Where they differ it is what they share: a text of any value, or any value at all.
pub(super) fn kind<'l>(leaves: impl Iterator<Item = &'l Leaf>) -> Document {
    let leaves: Vec<_> = leaves.collect();
    let shared = |kinds: Vec<Document>| {
        let first = kinds.first().cloned()?;
        kinds.iter().all(|kind| *kind == first).then_some(first)
    };
    let exact = shared(leaves.iter().map(|leaf| exact(leaf)).collect());
    let plain = || shared(leaves.iter().map(|leaf| plain(leaf)).collect());
    exact.or_else(plain).unwrap_or_else(|| text("any"))
}

fn plain(leaf: &Leaf) -> Document {
    text(match leaf.kind {
        Type::Text | Type::Uuid => "string",
        Type::Integer => "int",
        Type::Double => "double",
        Type::Boolean => "boolean",
    })
}

/// An enumeration where the rules name every text.
fn exact(leaf: &Leaf) -> Document {
    if !leaf.is_closed() || leaf.hash.is_some() {
        return plain(leaf);
    }
    let mut known = Vec::new();
    let mut members = Vec::new();
    for word in leaf.words() {
        let mut id = identifier(&word.wire);
        while known.contains(&id) {
            id.push('_');
        }
        let shown = (word.shown != word.wire).then(|| text(&format!("Told as {}", word.shown)));
        let mut member = Members::default();
        member
            .add("id", text(&id))
            .add("value", text(&word.wire))
            .add("brief", shown)
            .add("stability", stability(Some(leaf)));
        known.push(id);
        members.push(member.object());
    }
    object([("members", Document::List(members))])
}

/// A name for a value: lower-case letters, digits and `_`.
pub(super) fn identifier(value: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    match value {
        "" => "empty".to_owned(),
        value => value.chars().map(letter).collect(),
    }
}
