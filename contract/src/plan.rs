//! The contract seen from the wire: which names are wanted, and where each belongs.
//!
//! This is the allow-list. What has no entry here is neither sent nor stored.

mod planner;

use std::collections::HashMap;
use std::sync::Arc;

use planner::Planner;

use crate::mistake::{Findings, Position};
use crate::model::{Identity, Leaf, Level, Structure};

/// A name on the wire and the leaf that it fills.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) name: Arc<str>,
    pub(crate) leaf: Arc<Leaf>,
    /// Whether the leaf exists for some reasons of a report only.
    pub(crate) conditional: bool,
}

/// A gauge that the contract names.
#[derive(Clone, Debug)]
pub(crate) struct GaugePlan {
    pub(crate) name: Arc<str>,
    /// The leaf that the value fills; none where the points only make elements.
    pub(crate) leaf: Option<Arc<Leaf>>,
    pub(crate) level: Level,
    pub(crate) unit: Option<String>,
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

/// The allow-list of a contract.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) resource: Vec<Slot>,
    pub(crate) gauges: HashMap<Arc<str>, Arc<GaugePlan>>,
    /// The gauges in the order of the document.
    pub(crate) order: Vec<Arc<GaugePlan>>,
}

impl Plan {
    /// Lays the report's leaves out by their names on the wire. What does not fit is a mistake.
    pub(crate) fn new(
        report: &Structure,
        identity: Identity,
        at: Position,
        findings: &mut Findings,
    ) -> Self {
        Planner::new(findings).plan(report, identity, at)
    }

    /// The slot of a resource attribute.
    pub(crate) fn resource(&self, name: &str) -> Option<&Slot> {
        self.resource.iter().find(|slot| *slot.name == *name)
    }
}
