//! Each limit lets in what it says, refuses one more, and lets nothing beyond it through.

mod differential;

use differential::event::Record;
use differential::json_text;
use headcount_proto::otlp::{
    AnyValue, ArrayValue, EntityRef, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint,
    ExportMetricsServiceRequest, Gauge, Histogram, HistogramDataPoint, InstrumentationScope,
    KeyValue, KeyValueList, Metric, NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics,
    Summary, SummaryDataPoint, any_value, exponential_histogram_data_point::Buckets, metric::Data,
    summary_data_point::ValueAtQuantile,
};
use headcount_proto::{Limits, from_json, read};
use prost::Message;

/// A request with the value somewhere in it.
trait Within {
    fn request(self) -> ExportMetricsServiceRequest;
}

impl Within for Vec<ResourceMetrics> {
    fn request(self) -> ExportMetricsServiceRequest {
        ExportMetricsServiceRequest { resource_metrics: self }
    }
}

impl Within for Resource {
    fn request(self) -> ExportMetricsServiceRequest {
        vec![ResourceMetrics { resource: Some(self), ..Default::default() }].request()
    }
}

impl Within for Vec<ScopeMetrics> {
    fn request(self) -> ExportMetricsServiceRequest {
        vec![ResourceMetrics { scope_metrics: self, ..Default::default() }].request()
    }
}

impl Within for InstrumentationScope {
    fn request(self) -> ExportMetricsServiceRequest {
        vec![ScopeMetrics { scope: Some(self), ..Default::default() }].request()
    }
}

impl Within for Vec<Metric> {
    fn request(self) -> ExportMetricsServiceRequest {
        vec![ScopeMetrics { metrics: self, ..Default::default() }].request()
    }
}

impl Within for Data {
    fn request(self) -> ExportMetricsServiceRequest {
        vec![Metric { data: Some(self), ..Default::default() }].request()
    }
}

impl Within for NumberDataPoint {
    fn request(self) -> ExportMetricsServiceRequest {
        Data::Gauge(Gauge { data_points: vec![self] }).request()
    }
}

impl Within for HistogramDataPoint {
    fn request(self) -> ExportMetricsServiceRequest {
        Data::Histogram(Histogram { data_points: vec![self], ..Default::default() }).request()
    }
}

impl Within for ExponentialHistogramDataPoint {
    fn request(self) -> ExportMetricsServiceRequest {
        let data_points = vec![self];
        Data::ExponentialHistogram(ExponentialHistogram { data_points, ..Default::default() })
            .request()
    }
}

impl Within for SummaryDataPoint {
    fn request(self) -> ExportMetricsServiceRequest {
        Data::Summary(Summary { data_points: vec![self] }).request()
    }
}

impl Within for any_value::Value {
    fn request(self) -> ExportMetricsServiceRequest {
        Resource { attributes: vec![key_value("k", Some(self))], ..Default::default() }.request()
    }
}

fn key_value(key: &str, value: Option<any_value::Value>) -> KeyValue {
    KeyValue { key: key.to_owned(), value: value.map(any), ..Default::default() }
}

fn any(value: any_value::Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn attributes(count: usize) -> Vec<KeyValue> {
    vec![KeyValue::default(); count]
}

fn text(length: usize) -> String {
    "x".repeat(length)
}

/// Both ways in take a request of `most` and refuse one of one more, as passing a limit.
fn bounded<R: Within>(most: usize, noun: &str, make: impl Fn(usize) -> R) {
    // Fewer points than by default, for the sake of time.
    let limits = Limits { points: 1_000, ..Limits::default() };
    for (count, fits) in [(most - 1, true), (most, true), (most + 1, false)] {
        let request = make(count).request();
        let bytes = request.encode_to_vec();
        let text = json_text::of(&request).to_string();
        let read = read(&bytes, &limits, &mut Record::default());
        for result in [read, from_json(text.as_bytes(), &limits).map(drop)] {
            match result {
                Ok(()) => assert!(fits, "{count} {noun}"),
                Err(error) => {
                    assert!(!fits && error.is_limit(), "{count} {noun}: {error}");
                    let message = format!("expected at most {most} {noun}, got more, at ");
                    assert!(error.to_string().starts_with(&message), "{error}");
                }
            }
        }
    }
}

#[test]
fn by_default_as_documented() {
    let limits = Limits::default();
    assert_eq!((limits.resources, limits.metrics, limits.points), (256, 2_000, 100_000));
    assert_eq!((limits.attributes, limits.key_bytes, limits.value_bytes), (64, 128, 4_096));
    assert_eq!((limits.depth, limits.unknown_bytes), (8, 65_536));
}

#[test]
fn of_what_a_request_holds() {
    bounded(256, "resources in a request", |count| vec![ResourceMetrics::default(); count]);
    bounded(2_000, "scopes in a request", |count| vec![ScopeMetrics::default(); count]);
    bounded(2_000, "metrics in a request", |count| vec![Metric::default(); count]);
    bounded(1_000, "data points in a request", |count| {
        Data::Gauge(Gauge { data_points: vec![NumberDataPoint::default(); count] })
    });
}

#[test]
fn of_a_request_over_all_its_parts() {
    let spread = |count: usize| {
        let half =
            ScopeMetrics { metrics: vec![Metric::default(); count / 2], ..ScopeMetrics::default() };
        let rest = ScopeMetrics {
            metrics: vec![Metric::default(); count - count / 2],
            ..ScopeMetrics::default()
        };
        vec![
            ResourceMetrics { scope_metrics: vec![half], ..Default::default() },
            ResourceMetrics { scope_metrics: vec![rest], ..Default::default() },
        ]
    };
    bounded(2_000, "metrics in a request", spread);
}

#[test]
fn of_the_attributes_of_every_entity() {
    let noun = "attributes";
    bounded(64, noun, |count| Resource { attributes: attributes(count), ..Default::default() });
    bounded(64, noun, |count| InstrumentationScope {
        attributes: attributes(count),
        ..Default::default()
    });
    bounded(64, noun, |count| vec![Metric { metadata: attributes(count), ..Default::default() }]);
    bounded(64, noun, |count| NumberDataPoint {
        attributes: attributes(count),
        ..Default::default()
    });
    bounded(64, noun, |count| HistogramDataPoint {
        attributes: attributes(count),
        ..Default::default()
    });
    bounded(64, noun, |count| ExponentialHistogramDataPoint {
        attributes: attributes(count),
        ..Default::default()
    });
    bounded(64, noun, |count| SummaryDataPoint {
        attributes: attributes(count),
        ..Default::default()
    });
    bounded(64, noun, |count| NumberDataPoint {
        exemplars: vec![Exemplar { filtered_attributes: attributes(count), ..Exemplar::default() }],
        ..NumberDataPoint::default()
    });
}

#[test]
fn of_the_parts_of_a_point() {
    bounded(64, "exemplars in a data point", |count| NumberDataPoint {
        exemplars: vec![Exemplar::default(); count],
        ..NumberDataPoint::default()
    });
    bounded(1_024, "bucket counts and bounds", |count| HistogramDataPoint {
        bucket_counts: vec![1; count / 2 + count % 2],
        explicit_bounds: vec![1.0; count / 2],
        ..HistogramDataPoint::default()
    });
    bounded(1_024, "bucket counts and bounds", |count| ExponentialHistogramDataPoint {
        negative: Some(Buckets { offset: 1, bucket_counts: vec![1; count] }),
        ..ExponentialHistogramDataPoint::default()
    });
    bounded(256, "quantiles in a data point", |count| SummaryDataPoint {
        quantile_values: vec![ValueAtQuantile::default(); count],
        ..SummaryDataPoint::default()
    });
    bounded(64, "entity references in a resource", |count| Resource {
        entity_refs: vec![EntityRef::default(); count],
        ..Resource::default()
    });
}

#[test]
fn of_the_bytes_of_keys_and_texts() {
    bounded(128, "bytes of key", |length| Resource {
        attributes: vec![key_value(&text(length), None)],
        ..Resource::default()
    });
    let noun = "bytes of text or value";
    bounded(4_096, noun, |length| any_value::Value::StringValue(text(length)));
    bounded(4_096, noun, |length| any_value::Value::BytesValue(vec![7; length]));
    bounded(4_096, noun, |length| vec![Metric { name: text(length), ..Default::default() }]);
    bounded(4_096, noun, |length| vec![Metric { description: text(length), ..Default::default() }]);
    bounded(4_096, noun, |length| {
        vec![ScopeMetrics { schema_url: text(length), ..Default::default() }]
    });
    bounded(4_096, noun, |length| InstrumentationScope {
        version: text(length),
        ..InstrumentationScope::default()
    });
    // An array of one text: the text, its two keys and its two lengths.
    bounded(4_096, noun, |length| {
        let values = vec![any(any_value::Value::StringValue(text(length - 6)))];
        any_value::Value::ArrayValue(ArrayValue { values })
    });
}

#[test]
fn of_the_depth_of_values() {
    let noun = "levels of attribute value";
    bounded(8, noun, |depth| {
        (1..depth).fold(any_value::Value::BoolValue(true), |inner, _| {
            any_value::Value::ArrayValue(ArrayValue { values: vec![any(inner)] })
        })
    });
    bounded(8, noun, |depth| {
        (1..depth).fold(any_value::Value::BoolValue(true), |inner, _| {
            let values = vec![key_value("k", Some(inner))];
            any_value::Value::KvlistValue(KeyValueList { values })
        })
    });
}

#[test]
fn of_the_bytes_in_unknown_fields() {
    let noun = "expected at most 65536 bytes of unknown fields in a request, got more";
    for (count, fits) in [(65_536, true), (65_537, false)] {
        // Two fields of number 15: a varint of one byte, and the rest with a length of three.
        let mut bytes = vec![0x78, 1, 0x7a];
        prost::encode_length_delimiter(count - 4, &mut bytes).expect("a vector grows");
        bytes.resize(bytes.len() + count - 4, 0);
        let result = read(&bytes, &Limits::default(), &mut Record::default());
        assert_eq!(result.is_ok(), fits, "{count}");
        assert!(result.err().is_none_or(|error| error.to_string().starts_with(noun)));

        let json = format!("{{\"a\": 1, \"b\": {{\"c\": \"{}\"}}}}", text(count - 10));
        let result = from_json(json.as_bytes(), &Limits::default());
        assert_eq!(result.is_ok(), fits, "{count}");
        assert!(result.err().is_none_or(|error| error.to_string().starts_with(noun)));
    }
}

#[test]
fn nothing_beyond_a_limit_is_yielded() {
    let points = vec![NumberDataPoint::default(); 7];
    let bytes = Data::Gauge(Gauge { data_points: points }).request().encode_to_vec();
    let mut record = Record::default();
    let error = read(&bytes, &Limits { points: 5, ..Limits::default() }, &mut record)
        .expect_err("two too many");
    assert_eq!(record.events.len(), 3 + 5, "resource, scope, metric and five points");
    assert_eq!(
        error.to_string(),
        "expected at most 5 data points in a request, got more, at \
         resourceMetrics[0].scopeMetrics[0].metrics[0].dataPoints[5] (byte 19)"
    );
}

#[test]
fn more_attributes_than_there_is_room_for_cannot_be_asked_for() {
    let limits = Limits { attributes: 1_000, ..Limits::default() };
    let request =
        |count| Resource { attributes: attributes(count), ..Default::default() }.request();
    let read = |count| read(&request(count).encode_to_vec(), &limits, &mut Record::default());
    assert_eq!(read(64), Ok(()));
    assert!(read(65).is_err_and(|error| error.is_limit()));
}
