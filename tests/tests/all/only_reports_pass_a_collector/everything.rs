//! What an application sends in a day: a report, and a canary in every place around it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::ensure;
use headcount_tests::Report;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, EntityRef, InstrumentationScope, KeyValue, any_value,
};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, ResourceMetrics, Sum, metric::Data, number_data_point,
};
use prost::Message as _;

/// A text that is looked for.
pub(super) const CANARY: &str = "canary 5f3a91c7 \u{e9}";
/// Names that no contract lists.
pub(super) const UNLISTED: [&str; 4] =
    ["host.name", "http.route", "shop.orders", "another-service"];
/// The day's start of the application, which is not told either.
const STARTED: u64 = 1_700_000_000_123_456_789;

/// A report of `openfn/2`, and what is around it.
pub(super) struct Everything {
    report: ExportMetricsServiceRequest,
}

impl Everything {
    /// Where there is a canary.
    pub(super) const PLACES: [&'static str; 16] = [
        "resource attribute",
        "resource schema",
        "scope name",
        "scope version",
        "scope attribute",
        "description",
        "unit",
        "metadata",
        "point attribute",
        "exemplar",
        "metric",
        "counter",
        "histogram",
        "another service",
        "span",
        "log",
    ];

    /// With points of this time.
    pub(super) fn at(time: u64) -> anyhow::Result<Self> {
        let report = Report::read("openfn-2", time)?.protobuf();
        Ok(Self { report: ExportMetricsServiceRequest::decode(report.as_slice())? })
    }

    /// What of it may arrive at us.
    pub(super) fn report(&self) -> ExportMetricsServiceRequest {
        let mut report = self.report.clone();
        for resource in &mut report.resource_metrics {
            for scope in &mut resource.scope_metrics {
                scope.scope = Some(InstrumentationScope::default());
                for metric in &mut scope.metrics {
                    metric.unit.clear();
                }
            }
        }
        report
    }

    /// All the metrics.
    pub(super) fn metrics(&self) -> ExportMetricsServiceRequest {
        let mut request = self.report.clone();
        let ours = &mut request.resource_metrics[0];
        ours.schema_url = format!("https://{}/openfn/2/", canary("resource schema"));
        let resource = ours.resource.get_or_insert_default();
        resource.attributes.insert(1, pair("shop.region", &canary("resource attribute")));
        resource.dropped_attributes_count = 3;
        let scope = &mut ours.scope_metrics[0];
        scope.scope = Some(InstrumentationScope {
            name: canary("scope name"),
            version: canary("scope version"),
            attributes: vec![pair("http.route", &canary("scope attribute"))],
            dropped_attributes_count: 3,
        });
        for metric in &mut scope.metrics {
            adorn(metric);
        }
        let template = scope.metrics[0].clone();
        scope.metrics.extend(unwanted(&template));
        request.resource_metrics.push(another_service(&self.report.resource_metrics[0]));
        request
    }

    /// A trace and a log record, of the application itself.
    pub(super) fn traces_and_logs(to: SocketAddr) -> anyhow::Result<()> {
        let attributes =
            r#"{"attributes":[{"key":"service.name","value":{"stringValue":"openfn"}}]}"#;
        let span = format!(
            r#"{{"resourceSpans":[{{"resource":{attributes},"scopeSpans":[{{"spans":[{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"{}"}}]}}]}}]}}"#,
            canary("span")
        );
        let log = format!(
            r#"{{"resourceLogs":[{{"resource":{attributes},"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"{}"}}}}]}}]}}]}}"#,
            canary("log")
        );
        post_json(to, "/v1/traces", &span)?;
        post_json(to, "/v1/logs", &log)
    }
}

fn canary(place: &str) -> String {
    format!("{CANARY} {place}")
}

pub(super) fn pair(key: &str, text: &str) -> KeyValue {
    let value = Some(any_value::Value::StringValue(text.to_owned()));
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value }), ..Default::default() }
}

pub(super) fn points(metric: &mut Metric) -> Option<&mut Vec<NumberDataPoint>> {
    match &mut metric.data {
        Some(Data::Gauge(gauge)) => Some(&mut gauge.data_points),
        _ => None,
    }
}

/// Tells more about a gauge of the report than the contract lists, and adds a point that names a trace.
fn adorn(metric: &mut Metric) {
    metric.description = canary("description");
    metric.unit = canary("unit");
    metric.metadata = vec![pair("http.route", &canary("metadata"))];
    let Some(points) = points(metric) else { return };
    for point in points.iter_mut() {
        point.attributes.insert(0, pair("http.route", &canary("point attribute")));
        point.start_time_unix_nano = STARTED;
        point.flags = 6;
    }
    let exemplar = Exemplar {
        filtered_attributes: vec![pair("http.route", &canary("exemplar"))],
        trace_id: CANARY.as_bytes()[..16].to_vec(),
        span_id: CANARY.as_bytes()[..8].to_vec(),
        ..Exemplar::default()
    };
    let traced = NumberDataPoint { exemplars: vec![exemplar], ..points[0].clone() };
    points.push(traced);
}

/// Other metrics of the application: some have names that the contract lists.
fn unwanted(gauge: &Metric) -> Vec<Metric> {
    let Some(Data::Gauge(Gauge { data_points })) = gauge.data.clone() else { return Vec::new() };
    let counter = Sum {
        data_points,
        aggregation_temporality: AggregationTemporality::Cumulative.into(),
        is_monotonic: true,
    };
    let bucket = HistogramDataPoint { count: 1, ..HistogramDataPoint::default() };
    let histogram = Histogram {
        data_points: vec![bucket],
        aggregation_temporality: AggregationTemporality::Delta.into(),
    };
    vec![
        Metric { name: "shop.orders".to_owned(), description: canary("metric"), ..gauge.clone() },
        Metric { description: canary("counter"), data: Some(Data::Sum(counter)), ..gauge.clone() },
        Metric {
            description: canary("histogram"),
            data: Some(Data::Histogram(histogram)),
            ..gauge.clone()
        },
    ]
}

/// Another service, which records what the contract lists, too.
fn another_service(ours: &ResourceMetrics) -> ResourceMetrics {
    let mut other = ours.clone();
    let resource = other.resource.get_or_insert_default();
    resource.attributes = vec![
        pair("service.name", "another-service"),
        pair("service.version", &canary("another service")),
    ];
    resource.entity_refs = vec![EntityRef { r#type: CANARY.to_owned(), ..EntityRef::default() }];
    for scope in &mut other.scope_metrics {
        "https://opentelemetry.io/schemas/1.30.0".clone_into(&mut scope.schema_url);
        for point in scope.metrics.iter_mut().filter_map(points).flatten() {
            point.value = Some(number_data_point::Value::AsInt(77));
        }
    }
    other
}

fn post_json(to: SocketAddr, path: &str, body: &str) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(to)?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    Ok(())
}
