//! A part as an ordinary OTLP request, which every OpenTelemetry SDK and Collector can carry.
//!
//! Written field by field: a struct for each of many points would take ten times as long. The numbers are those of
//! OTLP's messages, and a test holds the bytes against what the structs give.

use headcount_proto::Encoder;

use crate::admit::{REPORT_DATE, REPORT_ID, SERVICE_NAME, heartbeat};
use crate::model::Contract;
use crate::part::{Entity, Part, Stamped};
use crate::plan::{GaugePlan, ListPlan};
use crate::value::Scalar;

/// The name of the one scope in our requests.
const SCOPE: &[u8] = b"headcount";

/// `ExportMetricsServiceRequest`
mod request {
    pub(super) const RESOURCE_METRICS: u32 = 1;
}

/// `ResourceMetrics`, and `Resource`
mod resource {
    pub(super) const RESOURCE: u32 = 1;
    pub(super) const ATTRIBUTES: u32 = 1;
    pub(super) const SCOPE_METRICS: u32 = 2;
}

/// `ScopeMetrics`, and `InstrumentationScope`
mod scope {
    pub(super) const SCOPE: u32 = 1;
    pub(super) const NAME: u32 = 1;
    pub(super) const METRICS: u32 = 2;
    pub(super) const SCHEMA_URL: u32 = 3;
}

/// `Metric`, and `Gauge`
mod metric {
    pub(super) const NAME: u32 = 1;
    pub(super) const UNIT: u32 = 3;
    pub(super) const GAUGE: u32 = 5;
    pub(super) const DATA_POINTS: u32 = 1;
}

/// `NumberDataPoint`
mod point {
    pub(super) const TIME_UNIX_NANO: u32 = 3;
    pub(super) const AS_DOUBLE: u32 = 4;
    pub(super) const AS_INT: u32 = 6;
    pub(super) const ATTRIBUTES: u32 = 7;
}

/// `KeyValue`, and `AnyValue`
mod attribute {
    pub(super) const KEY: u32 = 1;
    pub(super) const VALUE: u32 = 2;
    pub(super) const STRING: u32 = 1;
    pub(super) const BOOL: u32 = 2;
    pub(super) const INT: u32 = 3;
    pub(super) const DOUBLE: u32 = 4;
}

impl Contract {
    /// The OTLP `ExportMetricsServiceRequest` that carries a part, encoded. Equal parts give equal bytes.
    pub fn otlp(&self, part: &Part) -> Vec<u8> {
        let mut request = Encoder::default();
        request.message(request::RESOURCE_METRICS, |to| {
            to.message(resource::RESOURCE, |to| self.resource(part, to));
            to.message(resource::SCOPE_METRICS, |to| self.scope(part, to));
        });
        request.into_bytes()
    }

    fn resource(&self, part: &Part, to: &mut Encoder) {
        let mut attribute = |key: &str, value: &Scalar| {
            write_attribute(resource::ATTRIBUTES, key, value, to);
        };
        // A report that lists it has it among its own; an erasure has no other way to say whose it is.
        if self.plan.resource(SERVICE_NAME).is_none() || part.is_erasure() {
            attribute(SERVICE_NAME, &Scalar::from(self.name.as_str()));
        }
        for (name, stamped) in part.root.attributes.iter() {
            attribute(name, &stamped.value);
        }
        if !part.generation.is_empty() {
            attribute(REPORT_ID, &Scalar::from(part.generation.as_str()));
        }
        attribute(REPORT_DATE, &Scalar::Text(part.date.to_string()));
    }

    fn scope(&self, part: &Part, to: &mut Encoder) {
        to.message(scope::SCOPE, |to| to.bytes(scope::NAME, SCOPE));
        for gauge in &self.plan.order {
            write_metric(gauge, part, to);
        }
        write_metric(heartbeat(), part, to);
        to.bytes(scope::SCHEMA_URL, self.schema_url.as_bytes());
    }
}

/// Writes a gauge that has points.
fn write_metric(gauge: &GaugePlan, part: &Part, to: &mut Encoder) {
    let before = to.len();
    let mut any = false;
    to.message(scope::METRICS, |to| {
        to.bytes(metric::NAME, gauge.name.as_bytes());
        if let Some(unit) = gauge.unit.as_deref().filter(|unit| !unit.is_empty()) {
            to.bytes(metric::UNIT, unit.as_bytes());
        }
        to.message(metric::GAUGE, |to| {
            let empty = to.len();
            write_points(gauge, &gauge.lists, &part.root, &mut Encoder::default(), to);
            any = to.len() > empty;
        });
    });
    if !any {
        to.truncate(before);
    }
}

/// Walks down the gauge's lists, and writes its points with the attributes of every list on the way.
fn write_points(
    gauge: &GaugePlan,
    lists: &[std::sync::Arc<ListPlan>],
    entity: &Entity,
    attributes: &mut Encoder,
    to: &mut Encoder,
) {
    let Some((list, inner)) = lists.split_first() else {
        if let Some(stamped) = entity.gauges.get(&gauge.name) {
            to.message(metric::DATA_POINTS, |to| write_point(stamped, attributes, to));
        }
        return;
    };
    let Some(elements) = entity.lists.get(&list.name) else {
        return;
    };
    for element in elements.by_key.values() {
        let outer = attributes.len();
        for slot in list.slots() {
            if let Some(stamped) = element.attributes.get(&slot.name) {
                write_attribute(point::ATTRIBUTES, &slot.name, &stamped.value, attributes);
            }
        }
        write_points(gauge, inner, element, attributes, to);
        attributes.truncate(outer);
    }
}

fn write_point(stamped: &Stamped, attributes: &Encoder, to: &mut Encoder) {
    if stamped.time != 0 {
        to.fixed64(point::TIME_UNIX_NANO, stamped.time);
    }
    match stamped.value {
        Scalar::Int(value) => to.fixed64(point::AS_INT, value.cast_unsigned()),
        Scalar::Double(value) => to.fixed64(point::AS_DOUBLE, value.to_bits()),
        Scalar::Bool(value) => to.fixed64(point::AS_INT, value.into()),
        Scalar::Text(_) => {}
    }
    to.fields(attributes);
}

fn write_attribute(number: u32, key: &str, value: &Scalar, to: &mut Encoder) {
    to.message(number, |to| {
        to.bytes(attribute::KEY, key.as_bytes());
        to.message(attribute::VALUE, |to| match value {
            Scalar::Text(text) => to.bytes(attribute::STRING, text.as_bytes()),
            Scalar::Bool(value) => to.varint(attribute::BOOL, (*value).into()),
            Scalar::Int(value) => to.varint(attribute::INT, value.cast_unsigned()),
            Scalar::Double(value) => to.fixed64(attribute::DOUBLE, value.to_bits()),
        });
    });
}
