//! What one collection read: points, and gauges that had to be left out.

use std::collections::BTreeSet;

use headcount_contract::{Collected, Observation, Scalar};
use opentelemetry::KeyValue;

use super::attributes::scalar;
use super::{Collection, Fault, GaugeValue, LeftOut};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(super) points: Vec<Observation>,
    left_out: BTreeSet<LeftOut>,
}

impl Reading {
    /// Notes that a gauge has no usable value.
    pub(crate) fn leave_out(&mut self, metric: &str, fault: Fault) {
        self.left_out.insert(LeftOut { metric: metric.to_owned(), fault });
    }

    /// Adds a value, where a report can hold it; otherwise its gauge is left out.
    pub(super) fn point(
        &mut self,
        metric: &str,
        attributes: impl Iterator<Item = KeyValue>,
        value: GaugeValue,
    ) {
        match value.number() {
            Ok(value) => {
                let mut kept = Vec::with_capacity(attributes.size_hint().0);
                for KeyValue { key, value, .. } in attributes {
                    kept.extend(scalar(value).map(|value| (key.into(), value)));
                }
                let (metric, attributes) = (metric.to_owned(), kept);
                self.points.push(Observation { metric, attributes, value });
            }
            Err(fault) => self.leave_out(metric, fault),
        }
    }

    /// The collection. No gauge is there in part: one that is left out has no points.
    pub(crate) fn complete(mut self, resource: &[(String, Scalar)]) -> Collection {
        let incomplete: BTreeSet<&str> =
            self.left_out.iter().map(|entry| entry.metric.as_str()).collect();
        self.points.retain(|point| !incomplete.contains(point.metric.as_str()));
        Collection {
            collected: Collected {
                resource: resource.to_vec(),
                points: self.points,
                ..Collected::default()
            },
            left_out: self.left_out.into_iter().collect(),
        }
    }
}
