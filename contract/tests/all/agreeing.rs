//! What an instance previews, sends and a receiver stores is one thing.

use std::sync::Arc;

use headcount_contract::{
    Anonymous, Collected, Contract, Document, Header, Level, Observation, Reason, Scalar, Secret,
    anonymise, sort,
};
use headcount_proto::{Limits, Number};

use crate::golden::header;
use crate::request::{LIBRARY, library_of, shop};

fn observe(metric: &str, value: Number, attributes: &[(&str, &str)]) -> Observation {
    let attribute = |(key, value): &(&str, &str)| ((*key).to_owned(), Scalar::from(*value));
    let attributes = attributes.iter().map(attribute).collect();
    Observation { metric: metric.to_owned(), attributes, value }
}

fn resource(attributes: &[(&str, &str)]) -> Vec<(String, Scalar)> {
    attributes.iter().map(|(key, value)| ((*key).to_owned(), Scalar::from(*value))).collect()
}

fn sent(contract: &Arc<Contract>, collected: &Collected, reason: Reason) -> Anonymous {
    let header = Header { reason, ..header() };
    anonymise(contract, collected, &header, Level::Basic, &Secret::new([1; 32]))
        .expect("reportable")
}

fn contract(report: &str) -> Arc<Contract> {
    Arc::new(shop("none", report))
}

#[test]
fn an_opt_out_carries_nothing_but_itself() {
    let contract = LIBRARY.find("openwisp/1").expect("it ships");
    let collected = Collected {
        resource: resource(&[
            ("service.version", "22.05"),
            ("os.description", "Ubuntu 20.04.1 LTS"),
            ("os.version", "5.13.0-52-generic"),
            ("host.arch", "amd64"),
            ("openwisp.installation.method", "pip"),
        ]),
        points: vec![observe(
            "openwisp.module",
            Number::Int(987_654_321),
            &[("openwisp.module.name", "openwisp-users"), ("openwisp.module.version", "1.1.0")],
        )],
        ..Collected::default()
    };
    let goodbye = sent(contract, &collected, Reason::OptOut);
    let wire = String::from_utf8_lossy(&goodbye.otlp()).into_owned();
    for told in ["22.05", "Ubuntu", "5.13.0", "amd64", "pip", "openwisp-users", "openwisp.module"] {
        assert!(!wire.contains(told), "{told} in {wire}");
    }
    assert_eq!(goodbye.withheld().len(), 1, "{:?}", goodbye.withheld());

    let daily = sent(contract, &collected, Reason::Daily).otlp();
    let value = 987_654_321_i64.to_le_bytes();
    let shown = daily.windows(8).any(|bytes| bytes == value);
    assert!(!shown, "the contract shows no value of the point");
}

#[test]
fn what_was_admitted_once_is_admitted_again_as_it_is() {
    let cases = [
        (
            "a: { $attribute: a, brief: B, cut_at: \"-\", pattern: '[a-z]+', example: x, other: not-known }",
            "123",
            r#"{"a":"not-known"}"#,
        ),
        (
            "a: { $attribute: a, brief: B, cut_at: \"-\", pattern: '[a-z]+', example: x, other: not-known }",
            "ab-c",
            r#"{"a":"ab"}"#,
        ),
        (
            "a: { $attribute: a, brief: B, map: { x: \"<y>\" }, other: none, escape: html }",
            "x",
            r#"{"a":"&lt;y&gt;"}"#,
        ),
    ];
    for (leaf, raw, expected) in cases {
        let contract = contract(&format!("  {leaf}\n"));
        let collected = Collected {
            resource: resource(&[("a", raw)]),
            points: Vec::new(),
            ..Collected::default()
        };
        agree(&contract, &collected, expected);
    }
    let cases = [
        ("g: { $gauge: g, brief: B, range: { min: 1 }, buckets: [1, 10, 100] }", 5.0, r#"{"g":1}"#),
        ("g: { $gauge: g, brief: B, type: double, buckets: [0.5, 2.5, 10] }", 5.0, r#"{"g":2.5}"#),
        ("g: { $gauge: g, brief: B, type: boolean }", 1.0, r#"{"g":true}"#),
    ];
    for (leaf, raw, expected) in cases {
        let contract = contract(&format!("  {leaf}\n"));
        let points = vec![observe("g", Number::Double(raw), &[])];
        agree(
            &contract,
            &Collected { resource: Vec::new(), points, ..Collected::default() },
            expected,
        );
    }
}

fn agree(contract: &Arc<Contract>, collected: &Collected, expected: &str) {
    let anonymous = sent(contract, collected, Reason::Daily);
    assert_eq!(anonymous.report().expect("whole").to_string(), expected);
    let library = library_of((**contract).clone());
    let other = Secret::new([2; 32]);
    let sorted = sort(&library, &other, &anonymous.otlp(), &Limits::default()).expect("OTLP");
    assert_eq!(sorted.first, None);
    let stored = contract.report(&sorted.arrived[0].part).expect("whole");
    assert_eq!(stored.to_string(), expected);
}

#[test]
fn a_level_of_the_whole_report_counts() {
    let contract = contract("  level: diagnostics\n  a: { $gauge: g, brief: B }\n");
    let points = vec![observe("g", Number::Int(5), &[])];
    let anonymous = sent(
        &contract,
        &Collected { resource: Vec::new(), points, ..Collected::default() },
        Reason::Daily,
    );
    assert_eq!(anonymous.report().expect("whole").to_string(), "{}");
}

#[test]
fn one_uuid_is_one_instance_however_it_is_written() {
    let contract = contract("  a: { $id: a, hash: hmac_sha256, type: uuid }\n");
    let written = ["3cfb674b-e878-470d-b7c0-cfa8f7e003ae", "3CFB674B-E878-470D-B7C0-CFA8F7E003AE"];
    let [lower, upper] = written.map(|id| {
        let collected = Collected {
            resource: resource(&[("a", id)]),
            points: Vec::new(),
            ..Collected::default()
        };
        sent(&contract, &collected, Reason::Daily).report().expect("whole").to_string()
    });
    assert_eq!(lower, upper);
}

#[test]
fn a_place_for_one_reason_is_in_no_document_for_another() {
    let contract = contract(
        "  why: { $report: reason }\n  last: { $when: { reason: backfill }, words: { $attribute: a, brief: B } }\n",
    );
    let read = |json: &str| {
        let document = Document::parse(json).expect("JSON");
        contract.part(&document, &header()).map_err(|error| error.to_string()).map(drop)
    };
    assert_eq!(read(r#"{"why":"daily"}"#), Ok(()));
    assert_eq!(read(r#"{"why":"backfill","last":{"words":"x"}}"#), Ok(()));
    let unexpected = "expected nothing in a report for this reason, at last".to_owned();
    assert_eq!(read(r#"{"why":"daily","last":{"words":"x"}}"#), Err(unexpected));
    assert_eq!(read(r#"{"why":"backfill"}"#), Err("expected an object, at last".to_owned()));
}

#[test]
fn a_report_tells_how_many_before_it_were_lost() {
    let contract = contract("  users: { $gauge: a.users, unit: \"{user}\", brief: People }");
    let collected = Collected {
        resource: Vec::new(),
        points: vec![observe("a.users", Number::Int(3), &[])],
        ..Collected::default()
    };
    for dropped in [0, 7] {
        let header = Header { dropped, ..header() };
        let report = anonymise(&contract, &collected, &header, Level::Basic, &Secret::new([1; 32]));
        let otlp = report.expect("reportable").otlp();
        let told = String::from_utf8_lossy(&otlp).contains("headcount.report.dropped");
        assert_eq!(told, dropped > 0);
    }
}
