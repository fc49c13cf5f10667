//! The same report over every way in is the same stored report.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use headcount_proto::grpc::RawCodec;
use headcount_proto::otlp::ExportMetricsServiceRequest;
use http::uri::PathAndQuery;
use serde_json::{Value, json};
use tonic::client::Grpc;
use tonic::transport::Endpoint;

use crate::receiver::{Answer, EXPORT, JSON, PROTOBUF, Running, start};
use crate::reports::{INSTANCE, openfn, openfn_points};

pub fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(plain: &[u8]) -> Vec<u8> {
    zstd::encode_all(plain, 3).unwrap()
}

/// Two members, as some senders concatenate them.
fn gzip_in_two(plain: &[u8]) -> Vec<u8> {
    let (one, two) = plain.split_at(plain.len() / 2);
    [gzip(one), gzip(two)].concat()
}

/// Two frames.
fn zstd_in_two(plain: &[u8]) -> Vec<u8> {
    let (one, two) = plain.split_at(plain.len() / 2);
    [zstd(one), zstd(two)].concat()
}

fn plain(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

/// An encoding's name, and how it is made.
type Way = (&'static str, fn(&[u8]) -> Vec<u8>);

const WAYS: [Way; 5] = [
    ("identity", plain),
    ("gzip", gzip),
    ("gzip", gzip_in_two),
    ("zstd", zstd),
    ("zstd", zstd_in_two),
];

/// The request as OTLP/JSON, written by hand as an SDK of another language would.
pub fn json(request: &ExportMetricsServiceRequest) -> Value {
    use headcount_proto::otlp::{any_value, metric, number_data_point};
    let attributes = |pairs: &[headcount_proto::otlp::KeyValue]| -> Value {
        let pair = |pair: &headcount_proto::otlp::KeyValue| {
            let value = pair.value.as_ref().and_then(|value| value.value.as_ref());
            let Some(any_value::Value::StringValue(text)) = value else {
                panic!("expected text, got {value:?}");
            };
            json!({"key": pair.key, "value": {"stringValue": text}})
        };
        pairs.iter().map(pair).collect()
    };
    let point = |point: &headcount_proto::otlp::NumberDataPoint| {
        let Some(number_data_point::Value::AsInt(value)) = point.value else {
            panic!("expected an integer, got {:?}", point.value);
        };
        json!({
            "attributes": attributes(&point.attributes),
            "timeUnixNano": point.time_unix_nano.to_string(),
            "asInt": value.to_string(),
        })
    };
    let metric = |metric: &headcount_proto::otlp::Metric| {
        let Some(metric::Data::Gauge(gauge)) = &metric.data else {
            panic!("expected a gauge, got {:?}", metric.data);
        };
        let points: Value = gauge.data_points.iter().map(point).collect();
        json!({"name": metric.name, "gauge": {"dataPoints": points}})
    };
    let resource = &request.resource_metrics[0];
    let scope = &resource.scope_metrics[0];
    let described = attributes(&resource.resource.as_ref().unwrap().attributes);
    json!({"resourceMetrics": [{
        "resource": {"attributes": described},
        "scopeMetrics": [{
            "schemaUrl": scope.schema_url,
            "metrics": scope.metrics.iter().map(metric).collect::<Value>(),
        }],
    }]})
}

/// Sends the report to new receivers over every way in, and gives each answer and receiver.
async fn every_way(report: &crate::reports::Report) -> Vec<(String, Answer, Running)> {
    let protobuf = report.bytes();
    let json = json(&report.request()).to_string();
    let mut answers = Vec::new();
    for (encoding, compress) in WAYS {
        for (content, body) in [(PROTOBUF, &*protobuf), (JSON, json.as_bytes())] {
            let receiver = start().await;
            let headers = [("content-type", content), ("content-encoding", encoding)];
            let answer = receiver.post(&headers, compress(body)).await;
            answers.push((format!("HTTP {content} {encoding}"), answer, receiver));
            let receiver = start().await;
            let answer = receiver.send_h2("POST", "/v1/metrics", &headers, compress(body)).await;
            answers.push((format!("HTTP/2 {content} {encoding}"), answer, receiver));
        }
        let receiver = start().await;
        let flag = u8::from(encoding != "identity");
        let answer = receiver.call(Some(encoding), flag, &compress(&protobuf)).await;
        answers.push((format!("gRPC {encoding}"), answer, receiver));
    }
    answers
}

#[tokio::test]
async fn one_report_is_the_same_over_every_way_in() {
    let report = openfn(INSTANCE, 100);
    assert!(report.bytes().len() > 32 * 1024, "large enough to be read on another thread");
    let answers = every_way(&report).await;
    let expected = answers[0].2.documents().await;
    assert_eq!(expected.len(), 1);
    assert!(
        expected[0].contains("EECF8CFDD120E8DF8D9A12CA92AC3E815908223F95CFB11F19261A3C0EB34AEC")
    );
    for (way, answer, receiver) in answers {
        assert_eq!(answer.partial(), None, "{way}");
        assert_eq!(receiver.documents().await, expected, "{way}");
        let counts = receiver.tally.counts();
        assert_eq!(
            (counts.sent, counts.accepted),
            (openfn_points(100), openfn_points(100)),
            "{way}"
        );
    }
}

#[tokio::test]
async fn what_is_not_taken_is_counted_and_placed_alike_over_every_way_in() {
    let mut report = openfn(INSTANCE, 2);
    // The second project's users cannot be told: its id is no UUID.
    report.gauges[2].1[1].attributes[0].1 = "secret-project".to_owned();
    report.gauges.push(("process.cpu.time", report.gauges[0].1.clone()));
    for (way, answer, receiver) in every_way(&report).await {
        let (rejected, why) = answer.partial().unwrap_or_else(|| panic!("{way}: taken whole"));
        assert_eq!(rejected, 2, "{way}");
        let place = "resourceMetrics[0].scopeMetrics[0].metrics[2].dataPoints[1]";
        assert!(why.ends_with(place), "{way}: {why}");
        assert!(!why.contains("secret"), "{way}: {why}");
        let counts = receiver.tally.counts();
        assert_eq!(counts.sent, openfn_points(2) + 1, "{way}");
        assert_eq!((counts.accepted, counts.rejected), (counts.sent - 2, 2), "{way}");
    }
}

#[tokio::test]
async fn a_report_in_halves_in_reverse_and_twice_is_one_report() {
    let whole = openfn(INSTANCE, 3);
    let receiver = start().await;
    let headers = [("content-type", PROTOBUF)];
    for piece in [4..8, 0..4, 0..4, 2..8] {
        assert_eq!(receiver.post(&headers, whole.piece(piece).bytes()).await.partial(), None);
    }
    let once = start().await;
    once.post(&headers, whole.bytes()).await;
    assert_eq!(receiver.documents().await, once.documents().await);
    let counts = receiver.tally.counts();
    assert_eq!(counts.accepted, openfn_points(3));
    assert_eq!(counts.sent, counts.accepted + counts.duplicate);
}

#[tokio::test]
async fn a_stock_grpc_client_is_served() {
    let receiver = start().await;
    let endpoint = Endpoint::from_shared(format!("http://{}", receiver.address)).unwrap();
    let mut client = Grpc::new(endpoint.connect().await.unwrap());
    client.ready().await.unwrap();
    let request = tonic::Request::new(Bytes::from(openfn(INSTANCE, 2).bytes()));
    let path = PathAndQuery::from_static(EXPORT);
    let response = client.unary(request, path, RawCodec).await.unwrap();
    assert_eq!(response.into_inner(), Bytes::new(), "full success is an empty response");
    assert_eq!(receiver.documents().await.len(), 1);

    client.ready().await.unwrap();
    let traces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let request = tonic::Request::new(Bytes::new());
    let path = PathAndQuery::from_static(traces);
    let status = client.unary(request, path, RawCodec).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unimplemented);
    assert!(status.message().contains("nothing is served there"), "{status}");
}

#[tokio::test]
async fn an_empty_request_is_a_success() {
    let receiver = start().await;
    assert_eq!(receiver.call(None, 0, b"").await.partial(), None);
    assert_eq!(receiver.post(&[("content-type", PROTOBUF)], "").await.partial(), None);
    let answer = receiver.post(&[("content-type", JSON)], "{}").await;
    assert_eq!((answer.partial(), &*answer.body), (None, &b"{}"[..]));
}
