//! Reports of the contracts that ship, both ways.
//!
//! `golden/recorded` holds what an application records and the report that has to come of it, a distinct value
//! in every path, so that two gauges that were swapped show. `golden/documented` holds the reports that the
//! applications' own documentation prints.

use std::fs;
use std::path::Path;

use headcount_contract::{
    Arrived, Collected, Contract, Document, Header, Level, Observation, Reason, Scalar, Secret,
    anonymise, sort,
};
use headcount_proto::otlp::ExportMetricsServiceRequest;
use headcount_proto::{Limits, Number};
use prost::Message as _;

use crate::request::LIBRARY;

/// The head of a report for 2024-04-25, made at the end of that day.
pub(crate) fn header() -> Header {
    let time_unix_nano = 1_714_089_600_000_000_000;
    Header {
        report_id: Header::report_id_at(time_unix_nano, 1, [3; 8]),
        date: "2024-04-25".parse().expect("a date"),
        time_unix_nano,
        reason: Reason::Daily,
        dropped: 0,
    }
}

/// Every golden file of a folder, by its name.
pub(crate) fn golden(folder: &str) -> Vec<(String, Document)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    let files = fs::read_dir(folder).expect("the folder of golden files");
    let mut golden: Vec<_> = files
        .map(|file| {
            let path = file.expect("a file").path();
            let text = fs::read_to_string(&path).expect("a text");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, Document::parse(&text).expect("JSON"))
        })
        .collect();
    golden.sort_by(|a, b| a.0.cmp(&b.0));
    golden
}

pub(crate) fn text(document: &Document, key: &str) -> String {
    match document.get(key) {
        Some(Document::Text(text)) => text.clone(),
        other => panic!("expected text under `{key}`, got {other:?}"),
    }
}

fn attributes(document: &Document) -> Vec<(String, Scalar)> {
    let Document::Object(members) = document else { panic!("expected attributes") };
    let keys = members.iter().map(|(key, _)| key);
    keys.map(|key| (key.clone(), Scalar::Text(text(document, key)))).collect()
}

/// What the application recorded.
pub(crate) fn collected(golden: &Document) -> Collected {
    let Some(Document::List(points)) = golden.get("points") else { panic!("expected points") };
    let observation = |point: &Document| match point {
        Document::List(point) => match point.as_slice() {
            [Document::Text(metric), Document::Int(value), at] => Observation {
                metric: metric.clone(),
                attributes: attributes(at),
                value: Number::Int(*value),
            },
            _ => panic!("expected name, value and attributes"),
        },
        _ => panic!("expected a point"),
    };
    Collected {
        resource: attributes(golden.get("resource").expect("a resource")),
        points: points.iter().map(observation).collect(),
        ..Collected::default()
    }
}

/// Sends a request to the receiver's end; it has to be one whole report of the contract.
fn received(contract: &Contract, otlp: &[u8]) -> Arrived {
    let secret = Secret::new([1; 32]);
    let mut sorted = sort(&LIBRARY, &secret, otlp, &Limits::default()).expect("OTLP");
    let label = contract.label();
    assert_eq!((sorted.first, sorted.rejected, sorted.duplicate), (None, 0, 0), "{label}");
    assert_eq!(sorted.arrived.len(), 1, "{label}");
    let arrived = sorted.arrived.remove(0);
    assert_eq!(format!("{}/{}", arrived.key.contract, arrived.key.version), label);
    arrived
}

#[test]
fn what_is_recorded_becomes_the_documented_report() {
    let golden = golden("recorded");
    for contract in LIBRARY.iter() {
        let label = contract.label();
        assert!(golden.iter().any(|(_, golden)| text(golden, "contract") == label), "{label}");
    }
    for (name, golden) in golden {
        let contract = LIBRARY.find(&text(&golden, "contract")).expect("it ships");
        let reason = Reason::from_name(&text(&golden, "reason")).expect("a reason");
        let header = Header { reason, ..header() };
        let secret = Secret::new([2; 32]);
        let anonymous = anonymise(contract, &collected(&golden), &header, Level::Basic, &secret)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(anonymous.withheld(), [], "{name}");
        let expected = golden.get("report").expect("a report").pretty();
        let preview = anonymous.report().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(preview.pretty(), expected, "{name}: the preview");
        let otlp = anonymous.otlp();
        let request = ExportMetricsServiceRequest::decode(&*otlp).expect("OTLP");
        assert_eq!(request.encode_to_vec(), otlp, "{name}: as any encoder writes it");
        let arrived = received(contract, &otlp);
        let report = contract.report(&arrived.part).expect("whole");
        assert_eq!(report.pretty(), expected, "{name}: the stored report");
        assert_eq!(arrived.part.receipt(), anonymous.receipt(), "{name}: the receipt");
    }
}

#[test]
fn a_report_becomes_what_was_recorded() {
    for (name, golden) in golden("recorded") {
        let contract = LIBRARY.find(&text(&golden, "contract")).expect("it ships");
        let reason = Reason::from_name(&text(&golden, "reason")).expect("a reason");
        let header = Header { reason, ..header() };
        let report = golden.get("report").expect("a report");
        let part = contract.part(report, &header).unwrap_or_else(|error| panic!("{name}: {error}"));
        let recorded = collected(&golden);
        let anonymous =
            anonymise(contract, &recorded, &header, Level::Basic, &Secret::new([2; 32]));
        let otlp = anonymous.expect("reportable").otlp();
        assert_eq!(contract.otlp(&part), otlp, "{name}: the same bytes");
    }
}

#[test]
fn the_documentations_own_reports_survive_the_wire() {
    for (name, report) in golden("documented") {
        let contract = LIBRARY.find(&name.replace('-', "/")).expect("it ships");
        let part = contract.part(&report, &header()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let arrived = received(contract, &contract.otlp(&part));
        assert_eq!(arrived.part, part, "{name}");
        let written = contract.report(&arrived.part).expect("whole");
        // JSON objects have no order, so the documentation's may differ from the contract's.
        let unordered = |document: &Document| {
            serde_json::from_str::<serde_json::Value>(&document.to_string()).expect("JSON")
        };
        assert_eq!(unordered(&written), unordered(&report), "{name}");
    }
}

#[test]
fn a_document_that_is_no_report_is_refused_with_its_path() {
    let contract = LIBRARY.find("openfn/2").expect("it ships");
    let (_, report) = golden("documented").into_iter().find(|(n, _)| n == "openfn-2").expect("it");
    let cases = [
        (
            r#""no_of_users":137"#,
            r#""no_of_users":"many""#,
            "expected a whole number, at instance.no_of_users",
        ),
        (
            r#""no_of_runs":6"#,
            r#""no_of_rums":6"#,
            "expected a key of the contract, got `no_of_rums`, at projects[0].workflows[0]",
        ),
        (r#""linux""#, r#""plan9""#, "expected one of linux, darwin, at instance.operating_system"),
        (
            "4CE189",
            "nosuch",
            "expected 64 hexadecimal digits in upper case, at instance.hashed_uuid",
        ),
        (r#""version":"2","#, "", "expected \"2\", at version"),
        (r#""2024-04-25""#, r#""nonsense""#, "expected \"2024-04-25\", at report_date"),
        (
            r#""2024-04-26T01:30:00.876776Z""#,
            "false",
            "expected \"2024-04-26T00:00:00.000000Z\", at generated_at",
        ),
    ];
    for (right, wrong, expected) in cases {
        let text = report.to_string().replacen(right, wrong, 1);
        let document = Document::parse(&text).expect("JSON");
        let error = contract.part(&document, &header()).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_list_has_its_fixed_elements_once() {
    let golden = golden("recorded");
    let (_, heartbeat) =
        golden.iter().find(|(name, _)| name == "openwisp-1-heartbeat").expect("it");
    let contract = LIBRARY.find("openwisp/1").expect("it ships");
    let report = heartbeat.get("report").expect("a report");
    let Some(Document::List(events)) = report.get("events") else { panic!("a list") };
    let with = |events: Vec<Document>| {
        let members = vec![
            ("idsite".to_owned(), Document::Int(5)),
            ("events".to_owned(), Document::List(events)),
        ];
        contract.part(&Document::Object(members), &header())
    };
    assert!(with(events.clone()).is_ok());
    let twice = [&events[..], &events[2..3]].concat();
    for wrong in [twice, events[3..].to_vec(), Vec::new()] {
        let error = with(wrong).expect_err("not a report").to_string();
        assert!(error.starts_with("expected each of its fixed elements once"), "{error}");
    }
}
