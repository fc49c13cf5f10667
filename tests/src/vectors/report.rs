//! A request that an application could have made, but for what is odd about it.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, Sum, Summary, SummaryDataPoint,
    metric::Data, number_data_point,
};
use prost::Message as _;
use serde::Deserialize;
use toml::{Table, Value};

use crate::report::Report;

/// The section `[report]`: one of `tests/peers/reports/`, and what is other about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Described {
    /// The report to begin with.
    of: String,
    schema_url: Option<String>,
    resource_schema_url: Option<String>,
    /// So many resources, all alike.
    #[serde(default = "one")]
    resources: usize,
    /// Attributes of the resource, set or replaced; an empty table takes one away.
    #[serde(default)]
    attributes: Table,
    /// Attributes of the resource that come once more, behind the others.
    #[serde(default)]
    again: Table,
    /// Only the gauges that are named here.
    #[serde(default)]
    only: bool,
    /// Gauges, set or replaced.
    #[serde(default)]
    gauges: Vec<DescribedGauge>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedGauge {
    name: String,
    #[serde(default)]
    kind: Kind,
    points: Vec<DescribedPoint>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Gauge,
    /// A sum that says nothing about itself.
    Sum,
    /// A cumulative sum that can fall.
    UpDownCounter,
    /// A cumulative sum that can only rise.
    Counter,
    DeltaSum,
    Histogram,
    ExponentialHistogram,
    Summary,
    Nothing,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedPoint {
    value: Option<Value>,
    /// In `{index}` stands the number of the repetition.
    #[serde(default)]
    attributes: Table,
    time: Option<Time>,
    #[serde(default)]
    flags: u32,
    #[serde(default = "one")]
    repeat: usize,
}

/// A time: nanoseconds since 1970 as a text, or days from now.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Time {
    Days(i64),
    Nanoseconds(String),
}

fn one() -> usize {
    1
}

/// A day before now, in nanoseconds since the Unix epoch: a day that receivers still take.
pub(super) fn yesterday() -> u64 {
    days_from_now(-1)
}

fn days_from_now(days: i64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let day = 86_400_000_000_000_i128;
    let time = i128::try_from(now).unwrap_or_default() + day * i128::from(days);
    u64::try_from(time).unwrap_or_default()
}

impl Described {
    /// The request.
    pub(super) fn request(&self) -> anyhow::Result<ExportMetricsServiceRequest> {
        let start = Report::read(&self.of, yesterday())?;
        let mut request = ExportMetricsServiceRequest::decode(&*start.protobuf())?;
        let resource = request.resource_metrics.first_mut().context("a report has a resource")?;
        self.adapt(resource)?;
        let resource = resource.clone();
        request.resource_metrics = vec![resource; self.resources];
        Ok(request)
    }

    fn adapt(&self, to: &mut ResourceMetrics) -> anyhow::Result<()> {
        let attributes = &mut to.resource.get_or_insert_default().attributes;
        for (key, value) in &self.attributes {
            attributes.retain(|pair| pair.key != *key);
            if value.as_table().is_none_or(|table| !table.is_empty()) {
                attributes.push(pair(key, value, 0)?);
            }
        }
        for (key, value) in &self.again {
            attributes.push(pair(key, value, 0)?);
        }
        if let Some(url) = &self.resource_schema_url {
            to.schema_url.clone_from(url);
        }
        let scope = to.scope_metrics.first_mut().context("a report has a scope")?;
        if let Some(url) = &self.schema_url {
            scope.schema_url.clone_from(url);
        }
        scope.scope = Some(InstrumentationScope { name: "usage".to_owned(), ..Default::default() });
        if self.only {
            scope.metrics.clear();
        }
        for gauge in &self.gauges {
            scope.metrics.retain(|metric| metric.name != gauge.name);
            scope.metrics.push(gauge.metric()?);
        }
        Ok(())
    }
}

impl DescribedGauge {
    fn metric(&self) -> anyhow::Result<Metric> {
        let mut points = Vec::new();
        for described in &self.points {
            for index in 0..described.repeat {
                points.push(described.point(index)?);
            }
        }
        Ok(Metric { name: self.name.clone(), data: self.kind.data(points), ..Default::default() })
    }
}

impl DescribedPoint {
    fn point(&self, index: usize) -> anyhow::Result<NumberDataPoint> {
        let value = match &self.value {
            Some(Value::Integer(value)) => Some(number_data_point::Value::AsInt(*value)),
            Some(Value::Float(value)) => Some(number_data_point::Value::AsDouble(*value)),
            None => None,
            other => bail!("expected a number for a point, got {other:?}"),
        };
        let time_unix_nano = match &self.time {
            None => yesterday(),
            Some(Time::Days(days)) => days_from_now(*days),
            Some(Time::Nanoseconds(text)) => text.parse()?,
        };
        let attributes: Result<_, _> =
            self.attributes.iter().map(|(key, value)| pair(key, value, index)).collect();
        Ok(NumberDataPoint {
            attributes: attributes?,
            time_unix_nano,
            value,
            flags: self.flags,
            ..Default::default()
        })
    }
}

impl Kind {
    /// The points as this kind has them. Those that are no numbers keep the time and the attributes.
    fn data(self, points: Vec<NumberDataPoint>) -> Option<Data> {
        let points = points.into_iter();
        Some(match self {
            Self::Nothing => return None,
            Self::Gauge => Data::Gauge(Gauge { data_points: points.collect() }),
            Self::Sum => sum(points.collect(), AggregationTemporality::Unspecified, false),
            Self::UpDownCounter => sum(points.collect(), AggregationTemporality::Cumulative, false),
            Self::Counter => sum(points.collect(), AggregationTemporality::Cumulative, true),
            Self::DeltaSum => sum(points.collect(), AggregationTemporality::Delta, false),
            Self::Histogram => {
                let point = |point: NumberDataPoint| HistogramDataPoint {
                    attributes: point.attributes,
                    time_unix_nano: point.time_unix_nano,
                    ..Default::default()
                };
                let data_points = points.map(point).collect();
                Data::Histogram(Histogram { data_points, ..Default::default() })
            }
            Self::ExponentialHistogram => {
                let point = |point: NumberDataPoint| ExponentialHistogramDataPoint {
                    attributes: point.attributes,
                    time_unix_nano: point.time_unix_nano,
                    ..Default::default()
                };
                let data_points = points.map(point).collect();
                Data::ExponentialHistogram(ExponentialHistogram {
                    data_points,
                    ..Default::default()
                })
            }
            Self::Summary => {
                let point = |point: NumberDataPoint| SummaryDataPoint {
                    attributes: point.attributes,
                    time_unix_nano: point.time_unix_nano,
                    ..Default::default()
                };
                Data::Summary(Summary { data_points: points.map(point).collect() })
            }
        })
    }
}

fn sum(
    data_points: Vec<NumberDataPoint>,
    temporality: AggregationTemporality,
    is_monotonic: bool,
) -> Data {
    Data::Sum(Sum { data_points, aggregation_temporality: temporality.into(), is_monotonic })
}

fn pair(key: &str, value: &Value, index: usize) -> anyhow::Result<KeyValue> {
    let value = Some(any(value, index)?);
    Ok(KeyValue { key: key.to_owned(), value, ..Default::default() })
}

/// A value as OTLP has it. `{index}` in a text is the number of the repetition, in eight digits.
fn any(value: &Value, index: usize) -> anyhow::Result<AnyValue> {
    let value = match value {
        Value::String(text) => {
            any_value::Value::StringValue(text.replace("{index}", &format!("{index:08}")))
        }
        Value::Integer(value) => any_value::Value::IntValue(*value),
        Value::Float(value) => any_value::Value::DoubleValue(*value),
        Value::Boolean(value) => any_value::Value::BoolValue(*value),
        Value::Array(values) => {
            let values: Result<_, _> = values.iter().map(|value| any(value, index)).collect();
            any_value::Value::ArrayValue(ArrayValue { values: values? })
        }
        Value::Table(table) => {
            let values: Result<_, _> =
                table.iter().map(|(key, value)| pair(key, value, index)).collect();
            any_value::Value::KvlistValue(KeyValueList { values: values? })
        }
        Value::Datetime(_) => bail!("expected a value that OTLP has, got a date"),
    };
    Ok(AnyValue { value: Some(value) })
}
