//! Two requests as exporters send them: a small report and a big one.

use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, Gauge, InstrumentationScope, KeyValue, Metric,
    NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics, any_value, metric, number_data_point,
};
use prost::Message;

const DAY: u64 = 1_767_225_600_000_000_000;

/// One resource and twelve gauges of one point each, about 1.8 KB.
pub(crate) fn small() -> Vec<u8> {
    let metrics = (0..12).map(|index| {
        let attributes = vec![attribute("com.example.deployment.kind", "container")];
        gauge(
            &format!("com.example.usage.feature_{index}.daily.count"),
            vec![point(attributes, index)],
        )
    });
    encode(metrics.collect())
}

/// Four gauges with a point for each of 20 workflows of 50 projects, about 780 KB.
pub(crate) fn big() -> Vec<u8> {
    let names = ["runs", "steps", "active_users", "triggers"];
    let metrics = names.map(|name| {
        let points = (0..50).flat_map(|project| {
            (0..20).map(move |workflow| {
                let id = format!("{:064x}", project * 7_919);
                let uuid = format!("{workflow:08x}-0000-4000-8000-{project:012x}");
                let attributes = vec![
                    attribute("com.example.project.id", &id),
                    attribute("com.example.workflow.id", &uuid),
                ];
                point(attributes, project * workflow)
            })
        });
        gauge(&format!("com.example.usage.workflow.{name}"), points.collect())
    });
    encode(metrics.into())
}

fn encode(metrics: Vec<Metric>) -> Vec<u8> {
    let resource = Resource {
        attributes: vec![
            attribute("service.name", "example"),
            attribute("service.version", "2.14.0"),
            attribute("service.instance.id", "0198f0aa-0000-7000-8000-00000000002a"),
            attribute("headcount.report.id", "0198f0aa-0000-7000-8000-00000000002b"),
            attribute("headcount.report.reason", "daily"),
        ],
        ..Resource::default()
    };
    let scope = InstrumentationScope { name: "headcount".into(), ..Default::default() };
    let scope_metrics = ScopeMetrics {
        scope: Some(scope),
        metrics,
        schema_url: "https://example.com/usage/example/2".into(),
    };
    let resource_metrics = ResourceMetrics {
        resource: Some(resource),
        scope_metrics: vec![scope_metrics],
        ..ResourceMetrics::default()
    };
    ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }.encode_to_vec()
}

fn gauge(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    Metric {
        name: name.to_owned(),
        unit: "{item}".to_owned(),
        data: Some(metric::Data::Gauge(Gauge { data_points })),
        ..Metric::default()
    }
}

fn point(attributes: Vec<KeyValue>, value: i64) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        start_time_unix_nano: DAY,
        time_unix_nano: DAY + 86_400_000_000_000,
        value: Some(number_data_point::Value::AsInt(value)),
        ..NumberDataPoint::default()
    }
}

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = any_value::Value::StringValue(value.to_owned());
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}
