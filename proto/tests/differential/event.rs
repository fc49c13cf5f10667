//! What a walk yields, as owned events that compare bit by bit.

use headcount_proto::otlp::{
    self, AnyValue, ExportMetricsServiceRequest, KeyValue, any_value, metric::Data,
    number_data_point,
};
use headcount_proto::{
    Attribute, Kind, Metric, Number, Point, Resource, Scope, Sum, Temporality, Value, Visit,
};

#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    Resource(String, Vec<(String, Leaf)>),
    Scope { schema_url: String, name: String, version: String, attributes: Vec<(String, Leaf)> },
    Metric(String, String, Kind),
    Point { attributes: Vec<(String, Leaf)>, start: u64, time: u64, value: Bits, flags: u32 },
}

#[derive(Debug, PartialEq)]
pub(crate) enum Bits {
    None,
    Int(i64),
    Double(u64),
}

#[derive(Debug, PartialEq)]
pub(crate) enum Leaf {
    Empty,
    Text(String),
    Bool(bool),
    Int(i64),
    Double(u64),
    Bytes(Vec<u8>),
    Array,
    KeyValues,
}

/// Records what a walk yields.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) events: Vec<Event>,
}

impl<'a> Visit<'a> for Record {
    fn resource(&mut self, resource: &Resource<'_, 'a>) {
        let attributes = leaves(resource.attributes);
        self.events.push(Event::Resource(resource.schema_url.to_owned(), attributes));
    }

    fn scope(&mut self, scope: &Scope<'_, 'a>) {
        self.events.push(Event::Scope {
            schema_url: scope.schema_url.to_owned(),
            name: scope.name.to_owned(),
            version: scope.version.to_owned(),
            attributes: leaves(scope.attributes),
        });
    }

    fn metric(&mut self, metric: &Metric<'a>) {
        let (name, unit) = (metric.name.to_owned(), metric.unit.to_owned());
        self.events.push(Event::Metric(name, unit, metric.kind));
    }

    fn point(&mut self, point: &Point<'_, 'a>) {
        self.events.push(Event::Point {
            attributes: leaves(point.attributes),
            start: point.start_time_unix_nano,
            time: point.time_unix_nano,
            value: match point.value {
                None => Bits::None,
                Some(Number::Int(value)) => Bits::Int(value),
                Some(Number::Double(value)) => Bits::Double(value.to_bits()),
            },
            flags: point.flags,
        });
    }
}

fn leaves(attributes: &[Attribute<'_>]) -> Vec<(String, Leaf)> {
    let leaf = |value| match value {
        Value::Empty => Leaf::Empty,
        Value::Text(text) => Leaf::Text(str::to_owned(text)),
        Value::Bool(value) => Leaf::Bool(value),
        Value::Int(value) => Leaf::Int(value),
        Value::Double(value) => Leaf::Double(value.to_bits()),
        Value::Bytes(bytes) => Leaf::Bytes(bytes.to_vec()),
        Value::Array => Leaf::Array,
        Value::KeyValues => Leaf::KeyValues,
    };
    attributes.iter().map(|one| (one.key.to_owned(), leaf(one.value))).collect()
}

/// The events that a walk over this request must yield.
pub(crate) fn of(request: &ExportMetricsServiceRequest) -> Vec<Event> {
    let mut events = Vec::new();
    for resource in &request.resource_metrics {
        let attributes = resource.resource.as_ref().map_or(&[][..], |head| &head.attributes);
        events.push(Event::Resource(resource.schema_url.clone(), expected(attributes)));
        for scope in &resource.scope_metrics {
            let head = scope.scope.clone().unwrap_or_default();
            events.push(Event::Scope {
                schema_url: scope.schema_url.clone(),
                name: head.name,
                version: head.version,
                attributes: expected(&head.attributes),
            });
            scope.metrics.iter().for_each(|metric| of_metric(metric, &mut events));
        }
    }
    events
}

fn of_metric(metric: &otlp::Metric, events: &mut Vec<Event>) {
    let kind = match &metric.data {
        None => Kind::Empty,
        Some(Data::Gauge(_)) => Kind::Gauge,
        Some(Data::Sum(sum)) => Kind::Sum(Sum {
            temporality: match sum.aggregation_temporality {
                1 => Temporality::Delta,
                2 => Temporality::Cumulative,
                _ => Temporality::Unspecified,
            },
            monotonic: sum.is_monotonic,
        }),
        Some(Data::Histogram(_)) => Kind::Histogram,
        Some(Data::ExponentialHistogram(_)) => Kind::ExponentialHistogram,
        Some(Data::Summary(_)) => Kind::Summary,
    };
    events.push(Event::Metric(metric.name.clone(), metric.unit.clone(), kind));
    macro_rules! without_value {
        ($points:expr) => {
            events.extend($points.iter().map(|point| Event::Point {
                attributes: expected(&point.attributes),
                start: point.start_time_unix_nano,
                time: point.time_unix_nano,
                value: Bits::None,
                flags: point.flags,
            }))
        };
    }
    match &metric.data {
        None => {}
        Some(Data::Gauge(gauge)) => events.extend(gauge.data_points.iter().map(of_number)),
        Some(Data::Sum(sum)) => events.extend(sum.data_points.iter().map(of_number)),
        Some(Data::Histogram(data)) => without_value!(data.data_points),
        Some(Data::ExponentialHistogram(data)) => without_value!(data.data_points),
        Some(Data::Summary(data)) => without_value!(data.data_points),
    }
}

fn of_number(point: &otlp::NumberDataPoint) -> Event {
    Event::Point {
        attributes: expected(&point.attributes),
        start: point.start_time_unix_nano,
        time: point.time_unix_nano,
        value: match point.value {
            None => Bits::None,
            Some(number_data_point::Value::AsInt(value)) => Bits::Int(value),
            Some(number_data_point::Value::AsDouble(value)) => Bits::Double(value.to_bits()),
        },
        flags: point.flags,
    }
}

fn expected(attributes: &[KeyValue]) -> Vec<(String, Leaf)> {
    let leaf = |value: &Option<AnyValue>| match value.as_ref().and_then(|any| any.value.as_ref()) {
        None | Some(any_value::Value::StringValueStrindex(_)) => Leaf::Empty,
        Some(any_value::Value::StringValue(text)) => Leaf::Text(text.clone()),
        Some(any_value::Value::BoolValue(value)) => Leaf::Bool(*value),
        Some(any_value::Value::IntValue(value)) => Leaf::Int(*value),
        Some(any_value::Value::DoubleValue(value)) => Leaf::Double(value.to_bits()),
        Some(any_value::Value::BytesValue(bytes)) => Leaf::Bytes(bytes.clone()),
        Some(any_value::Value::ArrayValue(_)) => Leaf::Array,
        Some(any_value::Value::KvlistValue(_)) => Leaf::KeyValues,
    };
    attributes.iter().map(|one| (one.key.clone(), leaf(&one.value))).collect()
}
