//! What an application has to record, seen from the contract: gauges and attributes by their names.

use crate::model::{Contract, Level, Missing, Type};
use crate::plan::{GaugePlan, Slot};

/// A gauge of the report, as an application records it.
///
/// ```
/// use headcount_contract::{Level, Library, Type};
///
/// let library = Library::built_in();
/// let contract = library.get("openfn", "2").expect("a contract that ships");
/// let gauges: Vec<_> = contract.gauges().collect();
/// let jobs = gauges.iter().find(|gauge| gauge.name == "openfn.workflow.jobs").expect("listed");
/// assert_eq!(jobs.unit, Some("{job}"));
/// assert_eq!(jobs.brief, Some("Jobs in the workflow"));
/// assert_eq!((jobs.kind, jobs.level), (Type::Integer, Level::Basic));
/// // A child names its parents.
/// assert_eq!(jobs.entities().collect::<Vec<_>>(), ["openfn.project.id", "openfn.workflow.id"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GaugeOutline<'c> {
    /// The metric's name.
    pub name: &'c str,
    /// The unit, in UCUM.
    pub unit: Option<&'c str>,
    /// What the value tells, for people. None where the contract shows no value of the points, only
    /// that they are there.
    pub brief: Option<&'c str>,
    /// What the value has to be: an integer, a double, or a boolean (told as 1 or 0).
    pub kind: Type,
    /// The level of consent from which it is told.
    pub level: Level,
    /// The data point attributes that the report reads, those of the outermost list first, and of
    /// each list the one that tells its elements apart first.
    pub attributes: Vec<AttributeOutline<'c>>,
}

/// An attribute of a gauge's data points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttributeOutline<'c> {
    /// The attribute's key.
    pub name: &'c str,
    /// What its value has to be. An id may be a text or an integer, whatever this says.
    pub kind: Type,
    /// Whether each point has to carry it; otherwise it may.
    pub required: bool,
}

impl<'c> GaugeOutline<'c> {
    /// The names of the attributes that each data point has to carry: which entity, such as which
    /// project, its value belongs to.
    pub fn entities(&self) -> impl Iterator<Item = &'c str> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.required)
            .map(|attribute| attribute.name)
    }
}

impl Contract {
    /// The gauges of which the report is made, in the order of the document.
    pub fn gauges(&self) -> impl Iterator<Item = GaugeOutline<'_>> {
        self.plan.order.iter().map(|gauge| outline(gauge))
    }
}

fn outline(gauge: &GaugePlan) -> GaugeOutline<'_> {
    let leaf = gauge.leaf.as_deref();
    let attributes = gauge.lists.iter().flat_map(|list| {
        let key = list.key.iter().map(|slot| attribute(slot, true));
        let others = list.attributes.iter();
        key.chain(others.map(|slot| attribute(slot, slot.leaf.missing == Missing::Required)))
    });
    GaugeOutline {
        name: &gauge.name,
        unit: gauge.unit.as_deref(),
        brief: leaf.and_then(|leaf| leaf.brief.as_deref()),
        kind: leaf.map_or(Type::Integer, |leaf| leaf.kind),
        level: gauge.level,
        attributes: attributes.collect(),
    }
}

fn attribute(slot: &Slot, required: bool) -> AttributeOutline<'_> {
    AttributeOutline { name: &slot.name, kind: slot.leaf.kind, required }
}
