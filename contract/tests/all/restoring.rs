//! A report that was kept is taken back as it was; whatever else is in its place is not.

use std::sync::Arc;

use headcount_contract::{
    Anonymous, Collected, Contract, Level, Observation, Scalar, Secret, anonymise,
};
use headcount_proto::Number;
use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, KeyValue, ResourceMetrics, any_value::Value,
    metric::Data,
};
use prost::Message as _;

use crate::golden::header;
use crate::request::{INSTANCE, LIBRARY, shop};

const PROJECT: &str = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10";

fn openfn() -> Arc<Contract> {
    LIBRARY.find("openfn/2").expect("it ships").clone()
}

fn text(pairs: &[(&str, &str)]) -> Vec<(String, Scalar)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), Scalar::from(*value))).collect()
}

fn report() -> Anonymous {
    let users = |attributes, value, metric: &str| Observation {
        metric: metric.to_owned(),
        attributes,
        value: Number::Int(value),
    };
    let collected = Collected {
        resource: text(&[
            ("service.version", "v2.4.2:match:f1bd9ae"),
            ("service.instance.id", INSTANCE),
            ("os.type", "linux"),
        ]),
        points: vec![
            users(Vec::new(), 3, "openfn.users"),
            users(text(&[("openfn.project.id", PROJECT)]), 2, "openfn.project.users"),
            users(Vec::new(), 9, "unlisted"),
        ],
        ..Collected::default()
    };
    anonymise(&openfn(), &collected, &header(), Level::Basic, &Secret::new([5; 32])).expect("whole")
}

fn refusal(contract: &Arc<Contract>, otlp: &[u8]) -> String {
    let error = Anonymous::restore(contract, otlp).expect_err("not to be taken back");
    error.to_string()
}

#[test]
fn a_report_is_taken_back_as_it_was() {
    let report = report();
    let restored = Anonymous::restore(&openfn(), &report.otlp()).expect("its own bytes");
    assert_eq!(restored.otlp(), report.otlp());
    assert_eq!(restored.receipt(), report.receipt());
    assert_eq!(restored.report(), report.report());
    assert_eq!(restored.report_id(), report.report_id());
    assert_eq!((restored.date(), restored.reason()), (report.date(), report.reason()));
    assert_eq!((restored.points(), restored.instance()), (report.points(), report.instance()));
    assert_eq!(restored.withheld(), [], "what stayed behind is not kept");
}

#[test]
fn every_change_of_the_bytes_is_refused_or_another_report_of_the_contract() {
    let contract = openfn();
    let otlp = report().otlp();
    for bit in 0..otlp.len() * 8 {
        let mut other = otlp.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        if let Ok(taken) = Anonymous::restore(&contract, &other) {
            assert_eq!(taken.otlp(), other, "what leaves is what was checked");
        }
    }
    for length in 0..otlp.len() {
        refusal(&contract, &otlp[..length]);
    }
}

#[test]
fn nothing_rides_along() {
    type Change = fn(&mut ExportMetricsServiceRequest);
    let attribute = |key: &str| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(Value::StringValue("secret".to_owned())) }),
        ..KeyValue::default()
    };
    let changes: [(&str, Change); 9] = [
        ("a description", |request| {
            request.resource_metrics[0].scope_metrics[0].metrics[0].description = "secret".into();
        }),
        ("a unit", |request| {
            request.resource_metrics[0].scope_metrics[0].metrics[0].unit = "secret".into();
        }),
        ("a scope's version", |request| {
            let scope = &mut request.resource_metrics[0].scope_metrics[0].scope;
            scope.as_mut().expect("a scope").version = "secret".into();
        }),
        ("a schema URL", |request| request.resource_metrics[0].schema_url = "secret".into()),
        ("a start", |request| {
            let metric = &mut request.resource_metrics[0].scope_metrics[0].metrics[0];
            let Some(Data::Gauge(gauge)) = &mut metric.data else { panic!("a gauge") };
            gauge.data_points[0].start_time_unix_nano = 1;
        }),
        ("another order", |request| {
            request.resource_metrics[0].scope_metrics[0].metrics.reverse();
        }),
        ("the report twice", |request| {
            let again = request.resource_metrics[0].clone();
            request.resource_metrics.push(again);
        }),
        ("an empty resource", |request| request.resource_metrics.push(ResourceMetrics::default())),
        ("no report", |request| request.resource_metrics.clear()),
    ];
    let contract = openfn();
    let whole = ExportMetricsServiceRequest::decode(&*report().otlp()).expect("OTLP");
    for (what, change) in changes {
        let mut other = whole.clone();
        change(&mut other);
        let error = refusal(&contract, &other.encode_to_vec());
        assert!(error.starts_with("expected exactly one report of openfn/2, "), "{what}: {error}");
        assert!(!error.contains("secret"), "{what}: {error}");
    }

    let mut other = whole.clone();
    let resource = other.resource_metrics[0].resource.as_mut().expect("a resource");
    resource.attributes.push(attribute("user.name"));
    refusal(&contract, &other.encode_to_vec());
    let mut other = whole;
    let metric = &mut other.resource_metrics[0].scope_metrics[0].metrics[0];
    let Some(Data::Gauge(gauge)) = &mut metric.data else { panic!("a gauge") };
    gauge.data_points[0].attributes.push(attribute("user.name"));
    refusal(&contract, &other.encode_to_vec());
    let mut unknown = report().otlp();
    unknown.extend_from_slice(b"\x7a\x06secret");
    refusal(&contract, &unknown);
}

#[test]
fn a_raw_id_is_refused_under_either_hash() {
    for hash in ["sha256", "hmac_sha256"] {
        let contract = |hash: &str| {
            let hashed = format!("  a: {{ $id: a, hash: {hash}, type: uuid }}\n");
            let report = if hash == "none" { "  a: { $id: a, hash: none }\n" } else { &*hashed };
            Arc::new(shop("none", report))
        };
        let collected = Collected {
            resource: text(&[("a", PROJECT)]),
            points: Vec::new(),
            ..Collected::default()
        };
        let raw = anonymise(
            &contract("none"),
            &collected,
            &header(),
            Level::Basic,
            &Secret::new([0; 32]),
        );
        let raw = raw.expect("whole").otlp();
        let error = refusal(&contract(hash), &raw);
        assert!(error.ends_with("say it in another way"), "{error}");
        assert!(Anonymous::restore(&contract("none"), &raw).is_ok());
    }
}

#[test]
fn a_report_of_another_contract_is_refused() {
    let version_3 = LIBRARY.find("openfn/3").expect("it ships");
    let error = refusal(version_3, &report().otlp());
    assert!(error.contains("(openfn/3), got another"), "{error}");
}
