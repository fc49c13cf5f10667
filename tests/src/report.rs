//! A report as an application's gauges, and as the OTLP request that carries them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Context as _;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    self as otlp, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::peer::report_file;

/// The gauges of one report. The files in `tests/peers/reports/`, which the SDKs of other languages
/// send too, hold these.
#[derive(Clone, Debug, Deserialize)]
pub struct Report {
    /// Names the contract.
    pub schema_url: String,
    /// The resource's attributes.
    #[serde(deserialize_with = "in_order")]
    pub resource: Vec<(String, String)>,
    /// What is measured.
    pub gauges: Vec<Gauge>,
}

/// One gauge.
#[derive(Clone, Debug, Deserialize)]
pub struct Gauge {
    /// The metric's name.
    pub name: String,
    /// The metric's unit, in UCUM.
    pub unit: String,
    /// Its data points.
    pub points: Vec<Point>,
}

/// One data point.
#[derive(Clone, Debug, Deserialize)]
pub struct Point {
    /// An integer or a double.
    pub value: serde_json::Number,
    /// The point's attributes.
    #[serde(default, deserialize_with = "in_order")]
    pub attributes: Vec<(String, String)>,
    /// Nanoseconds since the Unix epoch.
    #[serde(default)]
    pub time: u64,
}

impl Report {
    /// The report in `tests/peers/reports/NAME.json`, all points at `time`.
    pub fn read(name: &str, time: u64) -> anyhow::Result<Self> {
        let file = report_file(name);
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let mut report: Self = serde_json::from_str(&text)?;
        for point in report.gauges.iter_mut().flat_map(|gauge| &mut gauge.points) {
            point.time = time;
        }
        Ok(report)
    }

    /// The gauge of that name.
    pub fn gauge(&mut self, name: &str) -> anyhow::Result<&mut Gauge> {
        let gauge = self.gauges.iter_mut().find(|gauge| gauge.name == name);
        gauge.with_context(|| format!("the report has no gauge {name}"))
    }

    /// The ids in it, in clear: of the instance, and of what its points are about.
    pub fn ids(&self) -> BTreeSet<(&str, &str)> {
        let points = self.gauges.iter().flat_map(|gauge| &gauge.points);
        let attributes = points.flat_map(|point| &point.attributes).chain(&self.resource);
        let ids = attributes.filter(|(key, _)| key.rsplit('.').next() == Some("id"));
        ids.map(|(key, id)| (key.as_str(), id.as_str())).collect()
    }

    /// The report in two, as a Collector's batches split it: every other point, of each gauge.
    pub fn halves(&self) -> [Self; 2] {
        [0, 1].map(|half| {
            let mut part = self.clone();
            let mut index = 0;
            for gauge in &mut part.gauges {
                gauge.points.retain(|_| {
                    index += 1;
                    index % 2 == half
                });
            }
            part.gauges.retain(|gauge| !gauge.points.is_empty());
            part
        })
    }

    /// The same with every list back to front.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let mut report = self.clone();
        report.resource.reverse();
        report.gauges.reverse();
        for gauge in &mut report.gauges {
            gauge.points.reverse();
            for point in &mut gauge.points {
                point.attributes.reverse();
            }
        }
        report
    }

    /// As an OTLP request in protobuf.
    pub fn protobuf(&self) -> Vec<u8> {
        let scope = ScopeMetrics {
            scope: Some(InstrumentationScope { name: "usage".to_owned(), ..Default::default() }),
            metrics: self.gauges.iter().map(Gauge::metric).collect(),
            schema_url: self.schema_url.clone(),
        };
        let resource = Resource { attributes: attributes(&self.resource), ..Default::default() };
        let request = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(resource),
                scope_metrics: vec![scope],
                schema_url: String::new(),
            }],
        };
        request.encode_to_vec()
    }

    /// As an OTLP request in JSON, by the rules of OTLP: 64-bit integers and times are strings.
    pub fn json(&self) -> String {
        let metrics: Vec<Value> = self.gauges.iter().map(Gauge::json).collect();
        let request = json!({ "resourceMetrics": [{
            "resource": { "attributes": json_attributes(&self.resource) },
            "scopeMetrics": [{
                "scope": { "name": "usage" },
                "metrics": metrics,
                "schemaUrl": self.schema_url,
            }],
        }] });
        request.to_string()
    }
}

impl Gauge {
    fn metric(&self) -> Metric {
        let data_points = self.points.iter().map(Point::otlp).collect();
        Metric {
            name: self.name.clone(),
            unit: self.unit.clone(),
            data: Some(otlp::metric::Data::Gauge(otlp::Gauge { data_points })),
            ..Default::default()
        }
    }

    fn json(&self) -> Value {
        let points: Vec<Value> = self.points.iter().map(Point::json).collect();
        json!({ "name": self.name, "unit": self.unit, "gauge": { "dataPoints": points } })
    }
}

impl Point {
    fn otlp(&self) -> NumberDataPoint {
        let value = match self.value.as_i64() {
            Some(integer) => number_data_point::Value::AsInt(integer),
            None => number_data_point::Value::AsDouble(self.value.as_f64().unwrap_or(f64::NAN)),
        };
        NumberDataPoint {
            attributes: attributes(&self.attributes),
            time_unix_nano: self.time,
            value: Some(value),
            ..Default::default()
        }
    }

    fn json(&self) -> Value {
        let (key, value) = match self.value.as_i64() {
            Some(integer) => ("asInt", json!(integer.to_string())),
            None => ("asDouble", json!(self.value)),
        };
        json!({
            "attributes": json_attributes(&self.attributes),
            "timeUnixNano": self.time.to_string(),
            key: value,
        })
    }
}

fn attributes(pairs: &[(String, String)]) -> Vec<KeyValue> {
    let pair = |(key, text): &(String, String)| KeyValue {
        key: key.clone(),
        value: Some(AnyValue { value: Some(any_value::Value::StringValue(text.clone())) }),
        ..Default::default()
    };
    pairs.iter().map(pair).collect()
}

fn json_attributes(pairs: &[(String, String)]) -> Vec<Value> {
    let pair =
        |(key, text): &(String, String)| json!({ "key": key, "value": { "stringValue": text } });
    pairs.iter().map(pair).collect()
}

fn in_order<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
    let map = BTreeMap::<String, String>::deserialize(from)?;
    Ok(map.into_iter().collect())
}
