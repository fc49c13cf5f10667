//! The names of what the contract does not list, for people who look at a request.

use std::collections::BTreeSet;

use headcount_proto::Attribute;

use crate::model::Contract;
use crate::plan::GaugePlan;

/// Names kept at most, each at most this long: enough to look at, and bounded for any input.
const MAX_NAMES: usize = 256;
const MAX_LENGTH: usize = 128;

/// Names of metrics and attributes that were left out. They come from the sender: escape them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stripped {
    /// Resource attributes.
    pub resource_attributes: BTreeSet<String>,
    /// Metrics.
    pub metrics: BTreeSet<String>,
    /// Data point attributes.
    pub point_attributes: BTreeSet<String>,
}

impl Stripped {
    pub(super) fn resource(&mut self, contract: &Contract, attributes: &[Attribute<'_>]) {
        for attribute in attributes {
            let key = attribute.key;
            if !is_of_report(contract, key) && !contract.plan.is_of_element(key) {
                note(&mut self.resource_attributes, attribute.key);
            }
        }
    }

    pub(super) fn metric(&mut self, name: &str) {
        note(&mut self.metrics, name);
    }

    pub(super) fn point(
        &mut self,
        contract: &Contract,
        gauge: &GaugePlan,
        attributes: &[Attribute<'_>],
    ) {
        for attribute in attributes {
            let mut slots = gauge.lists.iter().flat_map(|list| list.slots());
            let known = slots.any(|slot| *slot.name == *attribute.key);
            if !known && !is_of_report(contract, attribute.key) {
                note(&mut self.point_attributes, attribute.key);
            }
        }
    }
}

/// Whether an attribute is read that is said about the report as a whole; a Collector may move it to the points.
fn is_of_report(contract: &Contract, key: &str) -> bool {
    contract.plan.of_report().any(|name| name == key)
}

fn note(names: &mut BTreeSet<String>, name: &str) {
    if names.len() < MAX_NAMES && name.len() <= MAX_LENGTH && !names.contains(name) {
        names.insert(name.to_owned());
    }
}
