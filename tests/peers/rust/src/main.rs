//! Sends reports with the stock OpenTelemetry SDK of Rust, the way an application would.
//!
//! usage: send SENDINGS.json
//!
//! SENDINGS.json is a list of objects with `transport` (grpc, protobuf or json), `compression`, `endpoint`, `report`
//! and `flushes`. Of several flushes only the last has the report's own values; each before it has greater ones.
//! What the SDK warns about goes to standard error; a run without fault prints nothing.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::io;

use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{
    Compression, MetricExporter, Protocol, WithExportConfig as _, WithHttpConfig as _,
    WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use serde::Deserialize;

#[derive(Deserialize)]
struct Sending {
    transport: Transport,
    compression: String,
    endpoint: String,
    report: Report,
    flushes: i64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Transport {
    Grpc,
    Protobuf,
    Json,
}

#[derive(Deserialize)]
struct Report {
    schema_url: String,
    resource: BTreeMap<String, String>,
    gauges: Vec<Gauge>,
}

#[derive(Deserialize)]
struct Gauge {
    name: String,
    unit: String,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    value: i64,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(io::stderr)
        .init();
    let path = env::args().nth(1).ok_or("usage: send SENDINGS.json")?;
    let sendings: Vec<Sending> = serde_json::from_str(&fs::read_to_string(path)?)?;
    // The exporter over gRPC needs a runtime around it; that over HTTP has one of its own.
    let runtime = tokio::runtime::Runtime::new()?;
    for sending in &sendings {
        let exporter = {
            let _entered = matches!(sending.transport, Transport::Grpc).then(|| runtime.enter());
            exporter(sending)?
        };
        send(exporter, sending)?;
    }
    Ok(())
}

fn exporter(sending: &Sending) -> Result<MetricExporter, Box<dyn Error>> {
    let compression: Option<Compression> = match sending.compression.as_str() {
        "none" => None,
        name => Some(name.parse()?),
    };
    if let Transport::Grpc = sending.transport {
        let mut builder = MetricExporter::builder().with_tonic().with_endpoint(&sending.endpoint);
        if let Some(compression) = compression {
            builder = builder.with_compression(compression);
        }
        return Ok(builder.build()?);
    }
    let protocol = match sending.transport {
        Transport::Json => Protocol::HttpJson,
        Transport::Protobuf | Transport::Grpc => Protocol::HttpBinary,
    };
    let mut builder = MetricExporter::builder()
        .with_http()
        .with_protocol(protocol)
        // An endpoint given in code is taken as it is.
        .with_endpoint(format!("{}/v1/metrics", sending.endpoint));
    if let Some(compression) = compression {
        builder = builder.with_compression(compression);
    }
    Ok(builder.build()?)
}

fn send(exporter: MetricExporter, sending: &Sending) -> Result<(), Box<dyn Error>> {
    let Sending { report, flushes, .. } = sending;
    let resource = Resource::builder().with_attributes(attributes(&report.resource)).build();
    let provider = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_periodic_exporter(exporter)
        .build();
    let scope = InstrumentationScope::builder("usage").with_schema_url(report.schema_url.clone());
    let meter = provider.meter_with_scope(scope.build());
    for left in (1..*flushes).rev() {
        record(&meter, report, left);
        provider.force_flush()?;
    }
    record(&meter, report, 0);
    // Collects and sends once more before it ends: with the default interval, the only time.
    Ok(provider.shutdown()?)
}

fn record(meter: &Meter, report: &Report, more: i64) {
    for Gauge { name, unit, points } in &report.gauges {
        let gauge = meter.i64_gauge(name.clone()).with_unit(unit.clone()).build();
        for point in points {
            gauge.record(point.value + more, &attributes(&point.attributes));
        }
    }
}

fn attributes(texts: &BTreeMap<String, String>) -> Vec<KeyValue> {
    texts.iter().map(|(key, text)| KeyValue::new(key.clone(), text.clone())).collect()
}
