//! A part as an ordinary OTLP request, which every OpenTelemetry SDK and Collector can carry.

use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, Gauge, InstrumentationScope, KeyValue, Metric,
    NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics, any_value, metric, number_data_point,
};
use prost::Message;

use crate::admit::{REPORT_DATE, REPORT_ID, SERVICE_NAME, heartbeat};
use crate::model::Contract;
use crate::part::{Entity, Part, Stamped};
use crate::plan::{GaugePlan, ListPlan};
use crate::value::Scalar;

/// The name of the one scope in our requests.
const SCOPE: &str = "headcount";

impl Contract {
    /// The OTLP `ExportMetricsServiceRequest` that carries a part, encoded. Equal parts give equal bytes.
    pub fn otlp(&self, part: &Part) -> Vec<u8> {
        let mut metrics: Vec<Metric> =
            self.plan.order.iter().filter_map(|gauge| metric_of(gauge, part)).collect();
        metrics.extend(metric_of(&heartbeat(), part));
        let scope = ScopeMetrics {
            scope: Some(InstrumentationScope { name: SCOPE.to_owned(), ..Default::default() }),
            metrics,
            schema_url: self.schema_url.clone(),
        };
        let resource = ResourceMetrics {
            resource: Some(Resource { attributes: self.resource(part), ..Default::default() }),
            scope_metrics: vec![scope],
            schema_url: String::new(),
        };
        ExportMetricsServiceRequest { resource_metrics: vec![resource] }.encode_to_vec()
    }

    fn resource(&self, part: &Part) -> Vec<KeyValue> {
        let mut attributes = Vec::new();
        // A report that lists it has it among its own; an erasure has no other way to say whose it is.
        if self.plan.resource(SERVICE_NAME).is_none() || part.is_erasure() {
            attributes.push(key_value(SERVICE_NAME, &Scalar::from(self.name.as_str())));
        }
        let values = part.root.attributes.iter();
        attributes.extend(values.map(|(name, stamped)| key_value(name, &stamped.value)));
        if !part.generation.is_empty() {
            attributes.push(key_value(REPORT_ID, &Scalar::from(part.generation.as_str())));
        }
        attributes.push(key_value(REPORT_DATE, &Scalar::Text(part.date.to_string())));
        attributes
    }
}

fn metric_of(gauge: &GaugePlan, part: &Part) -> Option<Metric> {
    let mut points = Vec::new();
    collect(gauge, &gauge.lists, &part.root, &mut Vec::new(), &mut points);
    if points.is_empty() {
        return None;
    }
    Some(Metric {
        name: gauge.name.to_string(),
        unit: gauge.unit.clone().unwrap_or_default(),
        data: Some(metric::Data::Gauge(Gauge { data_points: points })),
        ..Default::default()
    })
}

/// Walks down the gauge's lists, and collects its points with the attributes of every list on the way.
fn collect(
    gauge: &GaugePlan,
    lists: &[std::sync::Arc<ListPlan>],
    entity: &Entity,
    attributes: &mut Vec<KeyValue>,
    points: &mut Vec<NumberDataPoint>,
) {
    let Some((list, inner)) = lists.split_first() else {
        points.extend(entity.gauges.get(&gauge.name).map(|value| point(value, attributes)));
        return;
    };
    let Some(elements) = entity.lists.get(&list.name) else {
        return;
    };
    for element in elements.by_key.values() {
        let outer = attributes.len();
        for slot in list.key.iter().chain(&list.attributes) {
            let value = element.attributes.get(&slot.name);
            attributes.extend(value.map(|stamped| key_value(&slot.name, &stamped.value)));
        }
        collect(gauge, inner, element, attributes, points);
        attributes.truncate(outer);
    }
}

fn point(stamped: &Stamped, attributes: &[KeyValue]) -> NumberDataPoint {
    let value = match stamped.value {
        Scalar::Int(value) => Some(number_data_point::Value::AsInt(value)),
        Scalar::Double(value) => Some(number_data_point::Value::AsDouble(value)),
        Scalar::Bool(value) => Some(number_data_point::Value::AsInt(value.into())),
        Scalar::Text(_) => None,
    };
    NumberDataPoint {
        attributes: attributes.to_vec(),
        time_unix_nano: stamped.time,
        value,
        ..Default::default()
    }
}

fn key_value(key: &str, value: &Scalar) -> KeyValue {
    let value = match value {
        Scalar::Text(text) => any_value::Value::StringValue(text.clone()),
        Scalar::Bool(value) => any_value::Value::BoolValue(*value),
        Scalar::Int(value) => any_value::Value::IntValue(*value),
        Scalar::Double(value) => any_value::Value::DoubleValue(*value),
    };
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..Default::default() }
}
