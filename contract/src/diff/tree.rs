//! Changes of the report: which values and lists came, went or stayed.

use super::{Changes, leaf};
use crate::model::{Element, Leaf, Level, Member, Node, Reason, Source, Structure};
use crate::vocabulary::Reasons;
use crate::wording::{hidden, made_by, source};

/// A leaf in its place.
pub(super) struct Told<'c> {
    pub(super) path: String,
    pub(super) leaf: &'c Leaf,
    /// The reports in which it is told.
    pub(super) reasons: Vec<Reason>,
}

/// What makes the elements of a list.
struct Maker<'c> {
    path: String,
    element: &'c Element,
}

/// Everything that a report tells.
#[derive(Default)]
struct Inventory<'c> {
    leaves: Vec<Told<'c>>,
    makers: Vec<Maker<'c>>,
}

pub(super) fn report(old: &Structure, new: &Structure, changes: &mut Changes) {
    let (mut old, new) = (Inventory::of(old), Inventory::of(new));
    for maker in &new.makers {
        let known = |old: &Maker<'_>| {
            old.path == maker.path && made_by(old.element) == made_by(maker.element)
        };
        match old.makers.iter().position(known) {
            Some(index) => list(&old.makers.remove(index), maker, changes),
            None => changes.widening(&maker.path, format!("new list, {}", made_by(maker.element))),
        }
    }
    for told in &new.leaves {
        let known = |old: &Told<'_>| old.path == told.path && same_source(old.leaf, told.leaf);
        match old.leaves.iter().position(known) {
            Some(index) => leaf::leaf(&old.leaves.remove(index), told, changes),
            None if tells_nothing(told.leaf) => {
                changes.neutral(&told.path, format!("new leaf ({})", source(told.leaf)));
            }
            None => changes.widening(&told.path, format!("new leaf ({})", described(told.leaf))),
        }
    }
    for gone in old.leaves {
        let text = format!("no longer told ({})", source(gone.leaf));
        if tells_nothing(gone.leaf) {
            changes.neutral(&gone.path, text);
        } else {
            changes.narrowing(&gone.path, text);
        }
    }
    for gone in old.makers {
        changes.narrowing(&gone.path, format!("no longer a list, {}", made_by(gone.element)));
    }
}

/// A constant, or what a receiver knows of every report from its envelope.
fn tells_nothing(leaf: &Leaf) -> bool {
    matches!(leaf.source, Source::Const(_) | Source::Report(_))
}

fn described(leaf: &Leaf) -> String {
    let mut text = source(leaf);
    for more in [leaf.unit.as_deref(), hidden(leaf)].into_iter().flatten() {
        text.push_str(", ");
        text.push_str(more);
    }
    text
}

/// Whether two leaves tell the same thing, each in its own way.
fn same_source(old: &Leaf, new: &Leaf) -> bool {
    use Source::{Attribute, Const, Gauge, Id, Report, Value};
    match (&old.source, &new.source) {
        (Gauge(old), Gauge(new)) | (Attribute(old) | Id(old), Attribute(new) | Id(new)) => {
            old == new
        }
        (Const(_), Const(_)) | (Value, Value) => true,
        (Report(_), Report(_)) => source(old) == source(new),
        _ => false,
    }
}

fn list<'c>(old: &Maker<'c>, new: &Maker<'c>, changes: &mut Changes) {
    let bounds = |maker: &Maker<'_>| match maker.element {
        Element::One(_) => (1, Level::Basic),
        Element::Each { max, .. } => (*max, Level::Basic),
        Element::EachPoint { max, level, .. } => (*max, *level),
    };
    let ((old_max, old_level), (new_max, new_level)) = (bounds(old), bounds(new));
    let text = format!("at most {new_max} elements instead of {old_max}");
    changes.greater_is_wider(&new.path, old_max, new_max, text);
    leaf::level(&new.path, old_level, new_level, changes);
    let unit = |maker: &Maker<'c>| match maker.element {
        Element::EachPoint { unit, .. } => unit.as_ref(),
        _ => None,
    };
    leaf::unit(&new.path, unit(old), unit(new), changes);
}

impl<'c> Inventory<'c> {
    fn of(report: &'c Structure) -> Self {
        let mut inventory = Self::default();
        inventory.structure("", report, &Reasons::of_reports());
        inventory
    }

    fn structure(&mut self, prefix: &str, structure: &'c Structure, outer: &Reasons) {
        let reasons = outer.within(&structure.when);
        for Member { key, node } in &structure.members {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match node {
                Node::Structure(inner) => self.structure(&path, inner, &reasons),
                Node::Leaf(leaf) => {
                    self.leaves.push(Told { path, leaf, reasons: reasons.as_slice().to_vec() });
                }
                Node::List(list) => {
                    let path = format!("{path}[]");
                    for element in &list.elements {
                        if !matches!(element, Element::One(_)) {
                            self.makers.push(Maker { path: path.clone(), element });
                        }
                        self.structure(&path, element.shape(), &reasons);
                    }
                }
            }
        }
    }
}
