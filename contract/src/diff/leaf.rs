//! Changes of a leaf that stayed.

use super::tree::Told;
use super::{Changes, text};
use crate::model::{Fact, HashAlgorithm, Leaf, Level, Source, Type};
use crate::wording::{hidden, listed, reasons, source, when_missing};

pub(super) fn leaf(old: &Told<'_>, new: &Told<'_>, changes: &mut Changes) {
    let path = new.path.as_str();
    match (&old.leaf.source, &new.leaf.source) {
        (Source::Const(old), Source::Const(new)) if old != new => {
            changes.neutral(path, format!("constant from {old} to {new}"));
        }
        (Source::Report(old_fact), Source::Report(new_fact)) => {
            let alike = old_fact == new_fact
                && (*new_fact != Fact::Reason || old.leaf.rules == new.leaf.rules);
            if !alike {
                changes.neutral(path, "written in another form");
            }
        }
        _ => {}
    }
    if !matches!(new.leaf.source, Source::Const(_) | Source::Report(_)) {
        told_in(old, new, changes);
        level(path, old.leaf.level, new.leaf.level, changes);
        hashing(path, old.leaf, new.leaf, changes);
        value(path, old.leaf, new.leaf, changes);
        missing(path, old.leaf, new.leaf, changes);
    }
    words(path, old.leaf, new.leaf, changes);
}

fn missing(path: &str, old: &Leaf, new: &Leaf, changes: &mut Changes) {
    let told = |leaf| when_missing(leaf).unwrap_or_else(|| "an incomplete report".to_owned());
    if old.missing != new.missing {
        changes.neutral(path, format!("a missing value, from {} to {}", told(old), told(new)));
    }
}

/// In which reports it is told.
fn told_in(old: &Told<'_>, new: &Told<'_>, changes: &mut Changes) {
    let beyond = |a: &Told<'_>, b: &Told<'_>| {
        let beyond = a.reasons.iter().filter(|reason| !b.reasons.contains(reason));
        beyond.copied().collect::<Vec<_>>()
    };
    let (more, fewer) = (beyond(new, old), beyond(old, new));
    if !more.is_empty() {
        changes.widening(&new.path, format!("also in reports made {}", reasons(&more)));
    }
    if !fewer.is_empty() {
        changes.narrowing(&new.path, format!("no longer in reports made {}", reasons(&fewer)));
    }
}

/// A value of a lower level is told by those as well who agreed to less.
pub(super) fn level(path: &str, old: Level, new: Level, changes: &mut Changes) {
    let text = format!("from level {} to level {}", old.as_str(), new.as_str());
    changes.greater_is_wider(path, new, old, text);
}

fn hashing(path: &str, old: &Leaf, new: &Leaf, changes: &mut Changes) {
    // What an identifier keeps to itself.
    let strength = |leaf: &Leaf| match leaf.hash.map(|hash| hash.algorithm) {
        None => 0,
        Some(HashAlgorithm::Sha256) => 1,
        Some(HashAlgorithm::HmacSha256) => 2,
    };
    let told = |leaf| hidden(leaf).unwrap_or("in clear");
    let text = format!("from {} to {}", told(old), told(new));
    changes.greater_is_wider(path, strength(new), strength(old), text);
    if let (Some(old), Some(new)) = (old.hash, new.hash)
        && old.encoding != new.encoding
    {
        changes.neutral(path, format!("from {} to {}", old.encoding.form(), new.encoding.form()));
    }
    if source(old) != source(new) {
        changes.neutral(path, format!("from {} to {}", source(old), source(new)));
    }
}

fn value(path: &str, old: &Leaf, new: &Leaf, changes: &mut Changes) {
    if old.hash.is_some() || new.hash.is_some() {
        return;
    }
    if old.kind != new.kind {
        // A type within the other tells less; of two that have nothing in common nobody can say.
        let within = |a, b| {
            use Type::{Boolean, Double, Integer, Text, Uuid};
            matches!((a, b), (Boolean, Integer | Double) | (Integer, Double) | (Uuid, Text))
        };
        let text = format!("from {} to {}", old.kind.expected(), new.kind.expected());
        if within(new.kind, old.kind) {
            changes.narrowing(path, text);
        } else {
            changes.widening(path, text);
        }
    } else if new.kind == Type::Text {
        text::rules(path, old, new, changes);
    } else {
        numbers(path, old, new, changes);
    }
    unit(path, old.unit.as_ref(), new.unit.as_ref(), changes);
}

/// Another unit is another quantity; one where none was says what the quantity is.
pub(super) fn unit(path: &str, old: Option<&String>, new: Option<&String>, changes: &mut Changes) {
    match (old, new) {
        (Some(old), Some(new)) if old != new => {
            changes.widening(path, format!("another quantity, from {old} to {new}"));
        }
        (old, new) => changes.reworded(path, "unit", &old, &new),
    }
}

fn numbers(path: &str, old: &Leaf, new: &Leaf, changes: &mut Changes) {
    let (old, new) = (&old.rules, &new.rules);
    let bound = |bound: Option<f64>| bound.map_or("none".to_owned(), |bound| bound.to_string());
    let least = |min: Option<f64>| min.unwrap_or(f64::NEG_INFINITY);
    let text = format!("least value {} instead of {}", bound(new.min), bound(old.min));
    changes.greater_is_wider(path, least(new.min), least(old.min), text);
    let most = |max: Option<f64>| max.unwrap_or(f64::INFINITY);
    let text = format!("greatest value {} instead of {}", bound(new.max), bound(old.max));
    changes.greater_is_wider(path, most(old.max), most(new.max), text);
    buckets(path, &old.buckets, &new.buckets, changes);
}

fn buckets(path: &str, old: &[f64], new: &[f64], changes: &mut Changes) {
    let told = |bounds: &[f64]| {
        let bounds: Vec<_> = bounds.iter().map(ToString::to_string).collect();
        if bounds.is_empty() {
            "exact".to_owned()
        } else {
            format!("rounded down to {}", listed(&bounds, "or"))
        }
    };
    if old == new {
        return;
    }
    let text = format!("from {} to {}", told(old), told(new));
    // Fewer of the same bounds are coarser; any other bound can tell apart what was one before.
    let coarser = old.is_empty() || new.iter().all(|bound| old.contains(bound));
    if coarser && !new.is_empty() {
        changes.narrowing(path, text);
    } else {
        changes.widening(path, text);
    }
}

/// What a person reads about the leaf.
fn words(path: &str, old: &Leaf, new: &Leaf, changes: &mut Changes) {
    changes.reworded(path, "brief", &old.brief, &new.brief);
    changes.reworded(path, "note", &old.note, &new.note);
    changes.reworded(path, "example", &old.examples, &new.examples);
    changes.reworded(path, "stability", &old.stability, &new.stability);
    changes.reworded(path, "since", &old.since, &new.since);
    changes.reworded(path, "deprecated", &old.deprecated, &new.deprecated);
}
