//! A withdrawal is told without an id, whatever the contract lists.

use std::sync::Arc;

use headcount_contract::{
    Collected, Contract, Header, Level, Observation, Reason, Scalar, Secret, anonymise,
};
use headcount_proto::Number;
use headcount_proto::otlp::KeyValue;

use crate::golden::header;
use crate::request::*;

const MACHINE: &str = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10";
const BRANCH: &str = "9f0d1a52-6f0f-4b0c-8d3b-2f6f1f0f9a11";

fn contract(announce: bool) -> Arc<Contract> {
    let yaml = format!(
        "
contract: shop
version: \"1\"
brief: A shop.
identity: stable
consent: {{ default: opt_out, announce: {announce} }}
report:
  id: {{ $id: service.instance.id, hash: none, optional: \"null\" }}
  machine: {{ $id: host.id, hash: none, optional: omit }}
  why: {{ $report: reason }}
  version: {{ $attribute: service.version, brief: The release }}
  users: {{ $gauge: shop.users, brief: Users }}
  branches:
    $each: shop.branch
    id: {{ $id: shop.branch, hash: none }}
    staff: {{ $gauge: shop.staff, brief: Staff }}
"
    );
    Arc::new(Contract::parse("shop.yaml", &yaml).unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

fn collected() -> Collected {
    let text = |key: &str, value: &str| (key.to_owned(), Scalar::from(value));
    let observe = |metric: &str, attributes| Observation {
        metric: metric.to_owned(),
        attributes,
        value: Number::Int(3),
    };
    Collected {
        resource: vec![
            text("service.instance.id", INSTANCE),
            text("host.id", MACHINE),
            text("service.version", "7"),
        ],
        points: vec![
            observe("shop.users", Vec::new()),
            observe("shop.staff", vec![text("shop.branch", BRANCH)]),
        ],
        ..Collected::default()
    }
}

fn goodbye() -> Header {
    Header { reason: Reason::OptOut, ..header() }
}

#[test]
fn an_announcement_tells_no_id_and_is_whole_without() {
    let contract = contract(true);
    let secret = Secret::new([1; 32]);
    let told = anonymise(&contract, &collected(), &goodbye(), Level::Basic, &secret);
    let told = told.expect("reportable");
    let wire = String::from_utf8_lossy(&told.otlp()).into_owned();
    for id in [INSTANCE, MACHINE, BRANCH, "service.instance.id", "host.id", "shop.branch"] {
        assert!(!wire.contains(id), "{id} in {wire}");
    }
    assert_eq!(told.instance(), None);
    let expected = r#"{"id":null,"why":"opt_out","version":"7","users":3,"branches":[]}"#;
    assert_eq!(told.report().expect("whole").to_string(), expected);
    let withheld: Vec<_> = told.withheld().iter().map(ToString::to_string).collect();
    assert_eq!(
        withheld,
        [
            "shop.staff: expected a metric of shop/1, got one that it does not list for reason `opt_out`"
        ]
    );
    let usual = anonymise(&contract, &collected(), &header(), Level::Basic, &secret);
    assert_eq!(usual.expect("reportable").instance(), Some(INSTANCE));
}

/// An announcement as a stock SDK sends it, with its id all the same.
fn stock(reason: &str) -> Vec<KeyValue> {
    vec![
        text("service.name", "shop"),
        text("service.instance.id", INSTANCE),
        text("host.id", MACHINE),
        text("service.version", "7"),
        text("headcount.report.reason", reason),
    ]
}

#[test]
fn a_receiver_strips_the_ids_of_an_announcement() {
    let library = library_of((*contract(true)).clone());
    let metrics = vec![
        gauge("shop.users", vec![point(3, NOON, &[])]),
        gauge("shop.staff", vec![point(3, NOON, &[("shop.branch", BRANCH)])]),
    ];
    let sorted = receive(&library, vec![resource(stock("opt_out"), metrics)]);
    assert_eq!((sorted.sent, sorted.rejected, sorted.arrived.len()), (2, 1, 1));
    let arrived = &sorted.arrived[0];
    assert_eq!(arrived.key.instance.len(), 64, "known by what it says");
    let stored = String::from_utf8_lossy(&arrived.part.encode()).into_owned();
    for id in [INSTANCE, MACHINE, BRANCH] {
        assert!(!stored.contains(id) && !arrived.key.instance.contains(id), "{id} in {stored}");
    }

    let mut with_id = stock("opt_out");
    with_id.push(text("headcount.report.id", "one-of-its-own"));
    let beat = gauge("headcount.report", vec![point(1, NOON, &[])]);
    let sorted = receive(&library, vec![resource(with_id, vec![beat])]);
    assert_eq!(sorted.arrived[0].key.instance, "one-of-its-own");
}

#[test]
fn nobody_announces_what_the_contract_does_not() {
    let silent = contract(false);
    let secret = Secret::new([1; 32]);
    let refused = anonymise(&silent, &collected(), &goodbye(), Level::Basic, &secret);
    let expected = "expected a reason for which the contract has reports for `headcount.report.reason`, got something else";
    assert_eq!(refused.expect_err("a refusal").to_string(), expected);
    let beat = gauge("headcount.report", vec![point(1, NOON, &[])]);
    let library = library_of((*silent).clone());
    let sorted = receive(&library, vec![resource(stock("opt_out"), vec![beat])]);
    assert_eq!((sorted.rejected, sorted.arrived.len()), (1, 0));
    let first = sorted.first.expect("a rejection").to_string();
    assert_eq!(first, format!("{expected}, at resourceMetrics[0]"));
}
