//! What a relay kept, on its way back to where reports are made.

use headcount_proto::Number;

use super::{Collected, Ids, Observation};
use crate::model::Contract;
use crate::part::{Entity, Part, Stamped};
use crate::plan::{GaugePlan, ListPlan};
use crate::value::Scalar;

impl Collected {
    /// What a part holds, as if it had just been collected: a relay makes reports of it. Values that were measured
    /// before `since`, in nanoseconds since the Unix epoch, are left out; 0 leaves out none.
    pub fn of_part(contract: &Contract, part: &Part, since_unix_nano: u64) -> Self {
        let resource = attributes(&part.root.attributes);
        let mut points = Vec::new();
        for gauge in &contract.plan.order {
            let mut walk = Walk { gauge, since: since_unix_nano, points: &mut points };
            walk.points(&gauge.lists, &part.root, &mut Vec::new());
        }
        Self { resource, points, ids: Ids::Held }
    }
}

/// The points of one gauge.
struct Walk<'w> {
    gauge: &'w GaugePlan,
    since: u64,
    points: &'w mut Vec<Observation>,
}

impl Walk<'_> {
    /// Walks down the gauge's lists, with the attributes of every list on the way.
    fn points(
        &mut self,
        lists: &[std::sync::Arc<ListPlan>],
        entity: &Entity,
        attributes: &mut Vec<(String, Scalar)>,
    ) {
        let Some((list, inner)) = lists.split_first() else {
            self.points.extend(self.point(entity, attributes));
            return;
        };
        let elements = entity.lists.get(&list.name).into_iter();
        for element in elements.flat_map(|elements| elements.by_key.values()) {
            let outer = attributes.len();
            for slot in list.slots() {
                if let Some(stamped) = element.attributes.get(&slot.name) {
                    attributes.push((slot.name.to_string(), stamped.value.clone()));
                }
            }
            self.points(inner, element, attributes);
            attributes.truncate(outer);
        }
    }

    fn point(&self, entity: &Entity, attributes: &[(String, Scalar)]) -> Option<Observation> {
        let Stamped { time, value } = entity.gauges.get(&self.gauge.name)?;
        let value = match value {
            Scalar::Int(value) => Number::Int(*value),
            Scalar::Double(value) => Number::Double(*value),
            Scalar::Bool(value) => Number::Int((*value).into()),
            Scalar::Text(_) => return None,
        };
        let metric = self.gauge.name.to_string();
        let attributes = attributes.to_vec();
        (*time >= self.since).then_some(Observation { metric, attributes, value })
    }
}

fn attributes(values: &crate::part::Values) -> Vec<(String, Scalar)> {
    values.iter().map(|(name, stamped)| (name.to_string(), stamped.value.clone())).collect()
}
