//! The contract seen from the wire: which names are wanted, and where each belongs.
//!
//! This is the allow-list. What has no entry here is neither sent nor stored.

mod planner;

use std::collections::HashMap;
use std::sync::Arc;

use planner::Planner;

use crate::admit::{ABOUT, SERVICE_NAME};
use crate::mistake::{Findings, Position};
use crate::model::{Identity, Leaf, Level, Structure};
use crate::part::Values;
use crate::value::Scalar;
use crate::vocabulary::Reasons;

/// A name on the wire and the leaf that it fills.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) name: Arc<str>,
    pub(crate) leaf: Arc<Leaf>,
    /// The reasons of a report for which the leaf exists.
    pub(crate) when: Reasons,
}

/// A gauge that the contract names.
#[derive(Clone, Debug)]
pub(crate) struct GaugePlan {
    pub(crate) name: Arc<str>,
    /// The leaf that the value fills; none where the points only make elements.
    pub(crate) leaf: Option<Arc<Leaf>>,
    pub(crate) level: Level,
    pub(crate) unit: Option<String>,
    /// The reasons of a report for which the gauge exists.
    pub(crate) when: Reasons,
    /// The lists that the point lies in, outermost first.
    pub(crate) lists: Vec<Arc<ListPlan>>,
}

/// A list whose elements come from data points.
#[derive(Debug)]
pub(crate) struct ListPlan {
    /// The attribute of `$each`, or the gauge of `$each_point`.
    pub(crate) name: Arc<str>,
    /// The attribute that tells elements apart; none where all attributes together do.
    pub(crate) key: Option<Slot>,
    /// The other attributes of an element.
    pub(crate) attributes: Vec<Slot>,
    pub(crate) max: usize,
}

impl ListPlan {
    /// What is read about an element.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.key.iter().chain(&self.attributes)
    }

    /// The attribute that tells elements apart, where nothing else is to be read about them.
    pub(crate) fn sole_key(&self) -> Option<&Slot> {
        self.key.as_ref().filter(|_| self.attributes.is_empty())
    }

    /// Whether this attribute alone tells elements apart.
    pub(crate) fn is_key(&self, slot: &Slot) -> bool {
        self.key.as_ref().is_some_and(|key| key.name == slot.name)
    }

    /// The key of the element with these attributes: the value of the one that tells elements apart, or else all of
    /// them with their names, in the list's own order. Values hold no control characters, so these separate.
    pub(crate) fn element_key(&self, attributes: &Values) -> Box<str> {
        let value = |slot: &Slot| attributes.get(&slot.name).map(|stamped| &stamped.value);
        if let Some(slot) = &self.key {
            return match value(slot) {
                Some(Scalar::Text(text)) => text.as_str().into(),
                Some(other) => other.to_string().into(),
                None => Box::default(),
            };
        }
        let mut key = String::new();
        for slot in &self.attributes {
            if let Some(value) = value(slot) {
                key.extend([&*slot.name, "\u{1e}", &value.to_string(), "\u{1f}"]);
            }
        }
        key.into()
    }
}

/// The allow-list of a contract.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) resource: Vec<Slot>,
    pub(crate) gauges: HashMap<Arc<str>, Arc<GaugePlan>>,
    /// The gauges in the order of the document.
    pub(crate) order: Vec<Arc<GaugePlan>>,
    /// The names of all attributes that tell about elements of lists, each once.
    pub(crate) elements: Vec<Arc<str>>,
    /// The lengths of the names of [`Plan::of_report`], a bit for each.
    pub(crate) lengths: u64,
}

impl Plan {
    /// Lays the report's leaves out by their names on the wire. What does not fit is a mistake.
    pub(crate) fn new(
        report: &Structure,
        identity: Option<Identity>,
        at: Position,
        findings: &mut Findings,
    ) -> Self {
        Planner::new(findings).plan(report, identity, at)
    }

    /// The list of this name, where a gauge lies in it.
    pub(crate) fn list(&self, name: &str) -> Option<&ListPlan> {
        let mut lists = self.order.iter().flat_map(|gauge| &gauge.lists);
        lists.find(|list| *list.name == *name).map(AsRef::as_ref)
    }

    /// Whether an attribute tells about an element of a list, and not about the report.
    pub(crate) fn is_of_element(&self, name: &str) -> bool {
        self.has_in_elements(name) && self.resource(name).is_none()
    }

    /// Whether an attribute of this name tells about an element of a list.
    pub(crate) fn has_in_elements(&self, name: &str) -> bool {
        self.elements.iter().any(|element| **element == *name)
    }

    /// The names of what is read about the report as a whole.
    pub(crate) fn of_report(&self) -> impl Iterator<Item = &str> {
        let listed = self.resource.iter().map(|slot| &*slot.name);
        ABOUT.into_iter().chain([SERVICE_NAME]).chain(listed)
    }

    /// The slot of a resource attribute.
    pub(crate) fn resource(&self, name: &str) -> Option<&Slot> {
        self.resource.iter().find(|slot| *slot.name == *name)
    }
}

/// The bit of a name's length; lengths that are 64 apart share one.
pub(crate) fn length_bit(name: &str) -> u64 {
    1 << (name.len() % 64)
}
