//! OTLP requests as a stock SDK makes them.

use std::sync::LazyLock;

use headcount_contract::{Contract, Library, Rejection, Secret, Sorted, sort_noting_stripped};
use headcount_proto::Limits;
use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, Gauge, KeyValue, Metric, NumberDataPoint, Resource,
    ResourceMetrics, ScopeMetrics, any_value, metric, number_data_point,
};
use prost::Message;

/// The contracts that ship, read once.
pub(crate) static LIBRARY: LazyLock<Library> = LazyLock::new(Library::built_in);

/// 2024-04-25T12:00:00Z.
pub(crate) const NOON: u64 = 1_714_046_400_000_000_000;

pub(crate) const INSTANCE: &str = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";
/// The given test vector: SHA-256 of the text of [`INSTANCE`].
pub(crate) const HASHED: &str = "EECF8CFDD120E8DF8D9A12CA92AC3E815908223F95CFB11F19261A3C0EB34AEC";

pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    let value = any_value::Value::StringValue(value.to_owned());
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..Default::default() }
}

/// A gauge's data point at a time.
pub(crate) fn point(value: i64, time: u64, attributes: &[(&str, &str)]) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes.iter().map(|(key, value)| text(key, value)).collect(),
        time_unix_nano: time,
        value: Some(number_data_point::Value::AsInt(value)),
        ..Default::default()
    }
}

pub(crate) fn gauge(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    let data = Some(metric::Data::Gauge(Gauge { data_points }));
    Metric { name: name.to_owned(), data, ..Default::default() }
}

pub(crate) fn resource(attributes: Vec<KeyValue>, metrics: Vec<Metric>) -> ResourceMetrics {
    ResourceMetrics {
        resource: Some(Resource { attributes, ..Default::default() }),
        scope_metrics: vec![ScopeMetrics { metrics, ..Default::default() }],
        ..Default::default()
    }
}

/// The resource of an OpenFn instance, as its SDK would describe it.
pub(crate) fn openfn() -> Vec<KeyValue> {
    vec![
        text("service.name", "openfn"),
        text("service.version", "v2.4.2:match:f1bd9ae"),
        text("service.instance.id", INSTANCE),
        text("os.type", "linux"),
        text("host.name", "secret-host"),
    ]
}

pub(crate) fn bytes(resources: Vec<ResourceMetrics>) -> Vec<u8> {
    ExportMetricsServiceRequest { resource_metrics: resources }.encode_to_vec()
}

pub(crate) fn receive(library: &Library, resources: Vec<ResourceMetrics>) -> Sorted {
    let (secret, bytes) = (Secret::new([9; 32]), bytes(resources));
    let sorted = sort_noting_stripped(library, &secret, &bytes, &Limits::default()).expect("OTLP");
    assert_eq!(sorted.reasons.iter().sum::<u64>(), sorted.rejected, "each has a reason");
    if let Some(first) = &sorted.first {
        let place = Rejection::LABELS.iter().position(|label| *label == first.label());
        assert!(sorted.reasons[place.expect("a known word")] > 0, "the first one, too");
    }
    sorted
}

/// A contract with this report; `identity` as a contract writes it.
pub(crate) fn shop(identity: &str, report: &str) -> Contract {
    let yaml = format!(
        "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: {identity}\n\
         consent: {{ default: opt_in }}\nreport:\n{report}"
    );
    Contract::parse("shop.yaml", &yaml).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A library of one contract.
pub(crate) fn library_of(contract: Contract) -> Library {
    let mut library = Library::empty();
    library.add(contract).expect("the first of its name");
    library
}
