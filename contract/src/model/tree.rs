//! The report's structure: objects, lists and leaves, in the order of the document.

use super::{Leaf, Level, Reason};
use crate::mistake::Position;

/// An object of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Structure {
    /// The object's members, in the order of the document.
    pub members: Vec<Member>,
    /// The reasons for which the object exists; empty where it always does.
    pub when: Vec<Reason>,
}

/// One key of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The JSON key.
    pub key: String,
    /// What stands under it.
    pub node: Node,
}

/// A value of the report.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// An object.
    Structure(Structure),
    /// An array.
    List(List),
    /// A single value.
    Leaf(Box<Leaf>),
}

/// An array of the report: the elements that each part gives, one part after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// What gives the elements.
    pub elements: Vec<Element>,
}

/// One source of a list's elements.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// Exactly one element.
    One(Structure),
    /// One element for each value of a data point attribute (`$each`).
    Each {
        /// Where it stands in the contract's file.
        at: Position,
        /// The attribute.
        attribute: String,
        /// The most elements that are taken.
        max: usize,
        /// The shape of an element.
        shape: Structure,
    },
    /// One element for each data point of a gauge (`$each_point`).
    EachPoint {
        /// Where it stands in the contract's file.
        at: Position,
        /// The gauge.
        gauge: String,
        /// UCUM unit of the gauge.
        unit: Option<String>,
        /// The most elements that are taken.
        max: usize,
        /// The level from which the elements are told.
        level: Level,
        /// The shape of an element.
        shape: Structure,
    },
}

impl Element {
    /// The shape of the element.
    pub fn shape(&self) -> &Structure {
        match self {
            Self::One(shape) | Self::Each { shape, .. } | Self::EachPoint { shape, .. } => shape,
        }
    }
}

impl Structure {
    /// Whether a report that is made for this reason has the object.
    pub(crate) fn exists_for(&self, reason: Reason) -> bool {
        self.when.is_empty() || self.when.contains(&reason)
    }

    /// Every leaf below, with its path such as `projects[].workflows[].hashed_uuid`, in document order.
    pub fn leaves(&self) -> Vec<(String, &Leaf)> {
        let mut found = Vec::new();
        self.collect("", &mut found);
        found
    }

    /// How many values come from the application: gauges, attributes and ids.
    pub fn told(&self) -> usize {
        self.leaves().iter().filter(|(_, leaf)| leaf.wire_name().is_some()).count()
    }

    fn collect<'t>(&'t self, prefix: &str, found: &mut Vec<(String, &'t Leaf)>) {
        for Member { key, node } in &self.members {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match node {
                Node::Structure(inner) => inner.collect(&path, found),
                Node::Leaf(leaf) => found.push((path, leaf)),
                Node::List(list) => {
                    for element in &list.elements {
                        element.shape().collect(&format!("{path}[]"), found);
                    }
                }
            }
        }
    }
}
