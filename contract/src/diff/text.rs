//! Changes of what a text may be.

use super::Changes;
use crate::document::Document;
use crate::model::Leaf;
use crate::value::Scalar;
use crate::wording::pattern;

/// How far the texts of a leaf reach.
enum Reach<'l> {
    /// Only those that the rules name.
    Named,
    /// Those that match, and those that the rules name.
    Pattern(&'l str),
    /// Any.
    Any,
}

pub(super) fn rules(path: &str, old: &Leaf, new: &Leaf, changes: &mut Changes) {
    reach(path, old, new, changes);
    named(path, old, new, changes);
    let (before, after) = (&old.rules, &new.rules);
    match (&before.other, &after.other) {
        (Some(word), None) => {
            changes
                .widening(path, format!("what the rules do not name no longer becomes “{word}”"));
        }
        (before, Some(word)) if before.as_ref() != Some(word) => {
            changes.neutral(path, format!("what the rules do not name becomes “{word}”"));
        }
        _ => {}
    }
    let free = !old.is_closed() && !new.is_closed();
    if let (true, Some(old), Some(new)) = (free, before.max_length, after.max_length) {
        let text = format!("at most {new} characters instead of {old}");
        changes.greater_is_wider(path, old, new, text);
    }
    match (&before.cut_at, &after.cut_at) {
        (None, Some(mark)) => changes.narrowing(path, format!("cut at “{mark}”")),
        (Some(mark), None) => changes.widening(path, format!("no longer cut at “{mark}”")),
        (Some(old), Some(new)) if old != new => {
            changes.widening(path, format!("no longer cut at “{old}” but at “{new}”"));
        }
        _ => {}
    }
    if before.escape_html != after.escape_html {
        changes.neutral(path, "escaped differently in the report");
    }
}

fn reach(path: &str, old: &Leaf, new: &Leaf, changes: &mut Changes) {
    use Reach::{Any, Named, Pattern};
    match (Reach::of(old), Reach::of(new)) {
        (Named, Any) => changes.widening(path, "no longer a closed list: any text"),
        (Named, Pattern(new)) => {
            changes.widening(path, format!("no longer a closed list: any text that matches {new}"));
        }
        (Pattern(_) | Any, Named) => changes.narrowing(path, "now a closed list"),
        (Pattern(old), Any) => changes.widening(path, format!("no longer held to {old}: any text")),
        (Any, Pattern(new)) => changes.narrowing(path, format!("held to {new}")),
        // Whether one pattern lies within another is nothing to stake a consent on.
        (Pattern(old), Pattern(new)) if old != new => {
            changes.widening(path, format!("held to {new}, before to {old}"));
        }
        (Named, Named) | (Any, Any) | (Pattern(_), Pattern(_)) => {}
    }
}

/// Compares what becomes of every text that either contract names.
fn named(path: &str, old: &Leaf, new: &Leaf, changes: &mut Changes) {
    let mut wires: Vec<String> = old.words().into_iter().map(|word| word.wire).collect();
    for word in new.words() {
        if !wires.contains(&word.wire) {
            wires.push(word.wire);
        }
    }
    let fates: Vec<Fate<'_>> = wires.iter().map(|wire| Fate::of(wire, old, new)).collect();
    for fate in &fates {
        let stands_for_others = [&old.rules.other, &new.rules.other]
            .into_iter()
            .any(|other| other.as_deref() == Some(fate.wire));
        match (&fate.before, &fate.after) {
            _ if stands_for_others => {}
            (None, Some(_)) => changes.widening(path, format!("“{}” can be told", fate.wire)),
            (Some(_), None) => {
                changes.narrowing(path, format!("“{}” can no longer be told", fate.wire));
            }
            (Some(before), Some(after)) if before != after => {
                let text = format!("“{}” told as “{after}”, before as “{before}”", fate.wire);
                relabelled(path, fate, &fates, text, changes);
            }
            _ => {}
        }
    }
}

/// Another label tells more where it tells apart what was one, and less where it makes one of two.
fn relabelled(path: &str, fate: &Fate<'_>, all: &[Fate<'_>], text: String, changes: &mut Changes) {
    let others = || all.iter().filter(|other| other.wire != fate.wire);
    let parted = others().any(|other| other.before == fate.before && other.after != fate.after);
    let joined = others().any(|other| other.after == fate.after && other.before != fate.before);
    match (parted, joined) {
        (true, _) => changes.widening(path, text),
        (false, true) => changes.narrowing(path, text),
        (false, false) => changes.neutral(path, text),
    }
}

/// What the report shows for a text, before and after.
struct Fate<'w> {
    wire: &'w str,
    before: Option<String>,
    after: Option<String>,
}

impl<'w> Fate<'w> {
    fn of(wire: &'w str, old: &Leaf, new: &Leaf) -> Self {
        Self { wire, before: shown(old, wire), after: shown(new, wire) }
    }
}

fn shown(leaf: &Leaf, wire: &str) -> Option<String> {
    let admitted = leaf.admit_text(wire).ok()?;
    match leaf.render(&Scalar::from(admitted)) {
        Document::Text(shown) => Some(shown),
        _ => None,
    }
}

impl<'l> Reach<'l> {
    fn of(leaf: &'l Leaf) -> Self {
        match pattern(leaf) {
            _ if leaf.is_closed() => Self::Named,
            Some(pattern) => Self::Pattern(pattern),
            None => Self::Any,
        }
    }
}
