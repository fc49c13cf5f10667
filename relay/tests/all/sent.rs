//! What applications send, as stock SDKs do.

use bytes::{BufMut as _, Bytes, BytesMut};
use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, Gauge, KeyValue, Metric, NumberDataPoint, Resource,
    ResourceMetrics, ScopeMetrics, any_value, metric, number_data_point,
};
use jiff::Timestamp;
use prost::Message as _;

pub const A: &str = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";
/// SHA-256 of the text of [`A`], as `sha256sum` prints it.
pub const A_HASHED: &str = "EECF8CFDD120E8DF8D9A12CA92AC3E815908223F95CFB11F19261A3C0EB34AEC";
pub const B: &str = "0191f6a2-5c3d-7e4f-8a1b-2c3d4e5f6071";
pub const PROJECT: &str = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10";

pub fn text(key: &str, value: &str) -> KeyValue {
    let value = any_value::Value::StringValue(value.to_owned());
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..Default::default()
    }
}

pub fn nanos(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond()).unwrap()
}

pub fn point(value: i64, at: Timestamp, attributes: &[(&str, &str)]) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes.iter().map(|(key, value)| text(key, value)).collect(),
        time_unix_nano: nanos(at),
        value: Some(number_data_point::Value::AsInt(value)),
        ..Default::default()
    }
}

pub fn gauge(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    let data = Some(metric::Data::Gauge(Gauge { data_points }));
    Metric { name: name.to_owned(), data, ..Default::default() }
}

pub fn resource(attributes: &[(&str, &str)], metrics: Vec<Metric>) -> ResourceMetrics {
    let attributes = attributes.iter().map(|(key, value)| text(key, value)).collect();
    ResourceMetrics {
        resource: Some(Resource { attributes, ..Default::default() }),
        scope_metrics: vec![ScopeMetrics { metrics, ..Default::default() }],
        ..Default::default()
    }
}

pub fn bytes(resource_metrics: Vec<ResourceMetrics>) -> Vec<u8> {
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
}

/// An instance of OpenFn with so many users, a project, and what its SDK adds of its own.
pub fn openfn(id: Option<&str>, users: i64, at: Timestamp) -> ResourceMetrics {
    let mut attributes = vec![
        ("service.name", "openfn"),
        ("service.version", "v2.4.2:match:f1bd9ae"),
        ("os.type", "linux"),
        ("host.name", "a-host-of-the-operator"),
    ];
    attributes.extend(id.map(|id| ("service.instance.id", id)));
    let project = [("openfn.project.id", PROJECT)];
    let metrics = vec![
        gauge("openfn.users", vec![point(users, at, &[])]),
        gauge("openfn.users.active", vec![point(1, at, &[])]),
        gauge("openfn.project.users", vec![point(2, at, &project)]),
        gauge("openfn.project.users.active", vec![point(1, at, &project)]),
        gauge("http.server.duration.of.the.operator", vec![point(9, at, &[])]),
    ];
    resource(&attributes, metrics)
}

/// An instance of Manyfold.
pub fn manyfold(id: &str, at: Timestamp) -> ResourceMetrics {
    let attributes = [
        ("service.name", "manyfold"),
        ("service.version", "v0.90.1"),
        ("service.instance.id", id),
        ("manyfold.platform", "x86_64-linux"),
        ("vcs.ref.head.revision", "0a1b2c3"),
    ];
    resource(&attributes, vec![gauge("headcount.report", vec![point(1, at, &[])])])
}

/// A gRPC message with its prefix.
pub fn framed(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap());
    framed.put_slice(message);
    framed.freeze()
}
