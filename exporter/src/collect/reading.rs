//! Reads the SDK's data through its public getters, and keeps names, attributes and values.
//!
//! What is not read here cannot leave: descriptions, units, scopes, schema URLs, exemplars (which
//! carry trace ids) and the SDK's times. Histograms are not read; no contract can name one.

use std::collections::BTreeSet;

use headcount_contract::{Collected, Observation, Scalar};
use headcount_proto::Number;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics,
};

use super::round::Reading;
use super::{Collection, Fault, LeftOut};

/// The attribute of the point into which the SDK folds all series above the limit.
const OVERFLOW: &str = "otel.metric.overflow";

/// Reads what the SDK collected.
pub(super) fn read(metrics: &ResourceMetrics) -> Reading {
    let mut reading = Reading::default();
    for metric in metrics.scope_metrics().flat_map(ScopeMetrics::metrics) {
        let name = metric.name();
        match metric.data() {
            AggregatedMetrics::I64(data) => reading.add(name, data, |v| Ok(Number::Int(v))),
            AggregatedMetrics::U64(data) => reading.add(name, data, unsigned),
            AggregatedMetrics::F64(data) => reading.add(name, data, finite),
        }
    }
    reading
}

/// Joins a reading with what the instruments left out: no gauge is there in part.
pub(super) fn complete(
    mut reading: Reading,
    left_out: BTreeSet<LeftOut>,
    resource: &[(String, Scalar)],
) -> Collection {
    reading.left_out.extend(left_out);
    let incomplete: BTreeSet<&str> =
        reading.left_out.iter().map(|entry| entry.metric.as_str()).collect();
    reading.points.retain(|point| !incomplete.contains(point.metric.as_str()));
    Collection {
        collected: Collected { resource: resource.to_vec(), points: reading.points },
        left_out: reading.left_out.into_iter().collect(),
    }
}

impl Reading {
    fn add<T: Copy>(
        &mut self,
        metric: &str,
        data: &MetricData<T>,
        number: fn(T) -> Result<Number, Fault>,
    ) {
        match data {
            MetricData::Gauge(gauge) => {
                for point in gauge.data_points() {
                    self.point(metric, point.attributes(), number(point.value()));
                }
            }
            MetricData::Sum(sum) => {
                for point in sum.data_points() {
                    self.point(metric, point.attributes(), number(point.value()));
                }
            }
            MetricData::Histogram(_) | MetricData::ExponentialHistogram(_) => {}
        }
    }

    fn point<'a>(
        &mut self,
        metric: &str,
        attributes: impl Iterator<Item = &'a KeyValue>,
        value: Result<Number, Fault>,
    ) {
        let attributes: Vec<_> = attributes
            .filter_map(|attribute| {
                Some((attribute.key.as_str().to_owned(), scalar(&attribute.value)?))
            })
            .collect();
        let value = match value {
            Ok(_) if attributes.iter().any(|(key, _)| key == OVERFLOW) => Err(Fault::TooManySeries),
            value => value,
        };
        match value {
            Ok(value) => {
                self.points.push(Observation { metric: metric.to_owned(), attributes, value });
            }
            Err(fault) => {
                self.left_out.insert(LeftOut { metric: metric.to_owned(), fault });
            }
        }
    }
}

fn unsigned(value: u64) -> Result<Number, Fault> {
    i64::try_from(value).map(Number::Int).map_err(|_| Fault::TooLarge)
}

fn finite(value: f64) -> Result<Number, Fault> {
    if value.is_finite() { Ok(Number::Double(value)) } else { Err(Fault::NotFinite) }
}

/// A single value. Arrays are none: no contract can name one.
pub(crate) fn scalar(value: &Value) -> Option<Scalar> {
    match value {
        Value::Bool(value) => Some(Scalar::Bool(*value)),
        Value::I64(value) => Some(Scalar::Int(*value)),
        Value::F64(value) => Some(Scalar::Double(*value)),
        Value::String(value) => Some(Scalar::Text(value.as_str().to_owned())),
        _ => None,
    }
}
