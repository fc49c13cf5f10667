//! A request as OTLP/JSON, written by hand from the specification.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use headcount_proto::otlp::{
    AnyValue, EntityRef, Exemplar, ExponentialHistogramDataPoint, ExportMetricsServiceRequest,
    HistogramDataPoint, KeyValue, Metric, NumberDataPoint, SummaryDataPoint, any_value, exemplar,
    exponential_histogram_data_point::Buckets, metric::Data, number_data_point,
};
use serde_json::{Value, json};

pub(crate) fn of(request: &ExportMetricsServiceRequest) -> Value {
    let resources = list(&request.resource_metrics, |resource| {
        let scopes = list(&resource.scope_metrics, |scope| {
            let head = scope.scope.as_ref().map(|scope| {
                json!({
                    "name": scope.name,
                    "version": scope.version,
                    "attributes": list(&scope.attributes, key_value),
                    "droppedAttributesCount": scope.dropped_attributes_count,
                })
            });
            let metrics = list(&scope.metrics, metric);
            json!({ "scope": head, "metrics": metrics, "schemaUrl": scope.schema_url })
        });
        let head = resource.resource.as_ref().map(|resource| {
            json!({
                "attributes": list(&resource.attributes, key_value),
                "droppedAttributesCount": resource.dropped_attributes_count,
                "entityRefs": list(&resource.entity_refs, entity),
            })
        });
        json!({ "resource": head, "scopeMetrics": scopes, "schemaUrl": resource.schema_url })
    });
    json!({ "resourceMetrics": resources })
}

/// Whether the request holds what OTLP/JSON cannot say: ids of a wrong length, or values deeper
/// than a JSON parser goes.
pub(crate) fn has_no_json(value: &Value) -> bool {
    let wrong_id = |key: &str, value: &Value| {
        let length = value.as_str().map_or(0, str::len);
        key == "spanId" && ![0, 16].contains(&length)
            || key == "traceId" && ![0, 32].contains(&length)
    };
    depth(value) > 100 || any(value, &mut |key, value| wrong_id(key, value))
}

fn any(value: &Value, found: &mut impl FnMut(&str, &Value) -> bool) -> bool {
    match value {
        Value::Array(values) => values.iter().any(|value| any(value, found)),
        Value::Object(members) => {
            members.iter().any(|(key, value)| found(key, value) || any(value, found))
        }
        _ => false,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn list<T>(values: &[T], one: impl Fn(&T) -> Value) -> Value {
    values.iter().map(one).collect()
}

fn text(value: &impl ToString) -> Value {
    Value::String(value.to_string())
}

fn double(value: f64) -> Value {
    if value.is_finite() {
        json!(value)
    } else if value.is_nan() {
        text(&"NaN")
    } else {
        text(&if value > 0.0 { "Infinity" } else { "-Infinity" })
    }
}

fn hexadecimal(bytes: &[u8]) -> Value {
    let mut digits = String::new();
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("a string takes everything");
    }
    Value::String(digits)
}

fn entity(entity: &EntityRef) -> Value {
    json!({
        "schemaUrl": entity.schema_url,
        "type": entity.r#type,
        "idKeys": entity.id_keys,
        "descriptionKeys": entity.description_keys,
    })
}

fn key_value(one: &KeyValue) -> Value {
    let value = one.value.as_ref().map(any_value);
    json!({ "key": one.key, "value": value, "keyStrindex": one.key_strindex })
}

fn any_value(value: &AnyValue) -> Value {
    match &value.value {
        None => json!({}),
        Some(any_value::Value::StringValue(value)) => json!({ "stringValue": value }),
        Some(any_value::Value::BoolValue(value)) => json!({ "boolValue": value }),
        Some(any_value::Value::IntValue(value)) => json!({ "intValue": text(value) }),
        Some(any_value::Value::DoubleValue(value)) => json!({ "doubleValue": double(*value) }),
        Some(any_value::Value::BytesValue(value)) => {
            json!({ "bytesValue": STANDARD.encode(value) })
        }
        Some(any_value::Value::ArrayValue(value)) => {
            json!({ "arrayValue": { "values": list(&value.values, any_value) } })
        }
        Some(any_value::Value::KvlistValue(value)) => {
            json!({ "kvlistValue": { "values": list(&value.values, key_value) } })
        }
        Some(any_value::Value::StringValueStrindex(value)) => {
            json!({ "stringValueStrindex": value })
        }
    }
}

fn metric(metric: &Metric) -> Value {
    let mut value = json!({
        "name": metric.name,
        "description": metric.description,
        "unit": metric.unit,
        "metadata": list(&metric.metadata, key_value),
    });
    match &metric.data {
        None => {}
        Some(Data::Gauge(data)) => {
            value["gauge"] = json!({ "dataPoints": list(&data.data_points, number_point) });
        }
        Some(Data::Sum(data)) => {
            value["sum"] = json!({
                "dataPoints": list(&data.data_points, number_point),
                "aggregationTemporality": data.aggregation_temporality,
                "isMonotonic": data.is_monotonic,
            });
        }
        Some(Data::Histogram(data)) => {
            value["histogram"] = json!({
                "dataPoints": list(&data.data_points, histogram_point),
                "aggregationTemporality": data.aggregation_temporality,
            });
        }
        Some(Data::ExponentialHistogram(data)) => {
            value["exponentialHistogram"] = json!({
                "dataPoints": list(&data.data_points, exponential_point),
                "aggregationTemporality": data.aggregation_temporality,
            });
        }
        Some(Data::Summary(data)) => {
            value["summary"] = json!({ "dataPoints": list(&data.data_points, summary_point) });
        }
    }
    value
}

fn number_point(point: &NumberDataPoint) -> Value {
    let mut value = json!({
        "attributes": list(&point.attributes, key_value),
        "startTimeUnixNano": text(&point.start_time_unix_nano),
        "timeUnixNano": text(&point.time_unix_nano),
        "exemplars": list(&point.exemplars, exemplar),
        "flags": point.flags,
    });
    match point.value {
        None => {}
        Some(number_data_point::Value::AsDouble(number)) => value["asDouble"] = double(number),
        Some(number_data_point::Value::AsInt(number)) => value["asInt"] = text(&number),
    }
    value
}

fn histogram_point(point: &HistogramDataPoint) -> Value {
    json!({
        "attributes": list(&point.attributes, key_value),
        "startTimeUnixNano": text(&point.start_time_unix_nano),
        "timeUnixNano": text(&point.time_unix_nano),
        "count": text(&point.count),
        "sum": point.sum.map(double),
        "bucketCounts": list(&point.bucket_counts, text),
        "explicitBounds": list(&point.explicit_bounds, |bound| double(*bound)),
        "exemplars": list(&point.exemplars, exemplar),
        "flags": point.flags,
        "min": point.min.map(double),
        "max": point.max.map(double),
    })
}

fn exponential_point(point: &ExponentialHistogramDataPoint) -> Value {
    let buckets = |buckets: &Buckets| {
        let counts = list(&buckets.bucket_counts, text);
        json!({ "offset": buckets.offset, "bucketCounts": counts })
    };
    json!({
        "attributes": list(&point.attributes, key_value),
        "startTimeUnixNano": text(&point.start_time_unix_nano),
        "timeUnixNano": text(&point.time_unix_nano),
        "count": text(&point.count),
        "sum": point.sum.map(double),
        "scale": point.scale,
        "zeroCount": text(&point.zero_count),
        "positive": point.positive.as_ref().map(buckets),
        "negative": point.negative.as_ref().map(buckets),
        "flags": point.flags,
        "exemplars": list(&point.exemplars, exemplar),
        "min": point.min.map(double),
        "max": point.max.map(double),
        "zeroThreshold": double(point.zero_threshold),
    })
}

fn summary_point(point: &SummaryDataPoint) -> Value {
    let quantiles = list(
        &point.quantile_values,
        |one| json!({ "quantile": double(one.quantile), "value": double(one.value) }),
    );
    json!({
        "attributes": list(&point.attributes, key_value),
        "startTimeUnixNano": text(&point.start_time_unix_nano),
        "timeUnixNano": text(&point.time_unix_nano),
        "count": text(&point.count),
        "sum": double(point.sum),
        "quantileValues": quantiles,
        "flags": point.flags,
    })
}

fn exemplar(exemplar: &Exemplar) -> Value {
    let mut value = json!({
        "filteredAttributes": list(&exemplar.filtered_attributes, key_value),
        "timeUnixNano": text(&exemplar.time_unix_nano),
        "spanId": hexadecimal(&exemplar.span_id),
        "traceId": hexadecimal(&exemplar.trace_id),
    });
    match exemplar.value {
        None => {}
        Some(exemplar::Value::AsDouble(number)) => value["asDouble"] = double(number),
        Some(exemplar::Value::AsInt(number)) => value["asInt"] = text(&number),
    }
    value
}
