//! What an instance says when it asks to be forgotten, and what a receiver makes of it.

use std::sync::Arc;

use headcount_contract::{
    Anonymous, Collected, Contract, Cutoff, Erasure, HEARTBEAT, Header, Identity, InstanceId,
    Level, Observation, Reason, Scalar, Secret, Sorted, anonymise, erasure,
};
use headcount_proto::Number;
use headcount_proto::otlp::{ExportMetricsServiceRequest, KeyValue, Sum, metric::Data};
use prost::Message as _;

use crate::golden::header;
use crate::request::*;

const PROJECT: &str = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10";

fn secret() -> Secret {
    Secret::new([4; 32])
}

fn openfn_2() -> Arc<Contract> {
    LIBRARY.find("openfn/2").expect("it ships").clone()
}

fn ask(contract: &Arc<Contract>) -> Anonymous {
    let header = Header { dropped: 3, ..header() };
    erasure(contract, InstanceId::Raw(INSTANCE, &secret()), &header).expect("it has an identity")
}

fn refusal(contract: &Arc<Contract>, id: InstanceId<'_>) -> String {
    erasure(contract, id, &header()).expect_err("a refusal").to_string()
}

/// The keys of the resource, and the metrics with how many points they have.
fn told(otlp: &[u8]) -> (Vec<String>, Vec<String>) {
    let mut request = ExportMetricsServiceRequest::decode(otlp).expect("OTLP");
    assert_eq!(request.resource_metrics.len(), 1);
    let mut resource = request.resource_metrics.remove(0);
    assert_eq!(resource.scope_metrics.len(), 1);
    let attributes = resource.resource.expect("a resource").attributes;
    let metrics = resource.scope_metrics.remove(0).metrics;
    let names = metrics.into_iter().map(|metric| {
        let Some(Data::Gauge(gauge)) = metric.data else { panic!("a gauge") };
        assert_eq!(gauge.data_points.len(), 1);
        assert!(gauge.data_points[0].attributes.is_empty());
        metric.name
    });
    let mut keys: Vec<_> = attributes.into_iter().map(|attribute| attribute.key).collect();
    keys.sort();
    (keys, names.collect())
}

const TOLD: [&str; 6] = [
    "headcount.report.date",
    "headcount.report.id",
    "headcount.report.points",
    "headcount.report.reason",
    "service.instance.id",
    "service.name",
];

/// Everything that a contract lists, recorded.
fn everything(contract: &Contract) -> Collected {
    let text = |name: &str| (name.to_owned(), Scalar::from(INSTANCE));
    let observation = |gauge: headcount_contract::GaugeOutline<'_>| Observation {
        metric: gauge.name.to_owned(),
        attributes: gauge.attributes.iter().map(|attribute| text(attribute.name)).collect(),
        value: Number::Int(1),
    };
    let mut resource: Vec<_> = contract.resource_attributes().map(text).collect();
    resource.push(("headcount.report.dropped".to_owned(), Scalar::Int(7)));
    Collected {
        resource,
        points: contract.gauges().map(observation).collect(),
        ..Collected::default()
    }
}

#[test]
fn an_erasure_tells_the_id_and_nothing_else() {
    for contract in LIBRARY.iter().filter(|one| one.identity() != Identity::None) {
        let label = contract.label();
        let asked = ask(contract);
        assert_eq!(
            told(&asked.otlp()),
            (TOLD.map(str::to_owned).to_vec(), vec![HEARTBEAT.to_owned()]),
            "{label}"
        );
        assert!(asked.is_erasure() && asked.reason() == Reason::Erase, "{label}");
        assert_eq!(
            (asked.points(), asked.date(), asked.report_id()),
            (1, header().date, &*header().report_id)
        );

        let header = Header { reason: Reason::Erase, dropped: 3, ..header() };
        let level = Level::Diagnostics;
        let collected = anonymise(contract, &everything(contract), &header, level, &secret());
        assert_eq!(collected.expect("it has an id").otlp(), asked.otlp(), "{label}: as collected");
        let known = InstanceId::AsItTravels(asked.instance().expect("an id"));
        let without_id = erasure(contract, known, &header).expect("the form in which it travels");
        assert_eq!(without_id.otlp(), asked.otlp(), "{label}: by the hash");
        assert_eq!(format!("{known:?}"), "AsItTravels(…)");
    }
}

#[test]
fn an_erasure_is_no_report() {
    let asked = ask(&openfn_2());
    let error = asked.report().expect_err("no report").to_string();
    assert_eq!(error, "expected a report, got a request for erasure");
    assert_eq!(asked.draft().0.to_string(), "{}");
}

#[test]
fn whom_nobody_can_name_nobody_can_erase() {
    let openwisp = LIBRARY.find("openwisp/1").expect("it ships");
    let error = refusal(openwisp, InstanceId::Raw(INSTANCE, &secret()));
    assert!(error.starts_with("expected a reason that needs no identity"), "{error}");
    for id in ["payroll", HASHED] {
        let error = refusal(&openfn_2(), InstanceId::Raw(id, &secret()));
        assert_eq!(error, "expected a UUID for `service.instance.id`, got something else");
    }
    for id in [INSTANCE, &HASHED.to_lowercase(), ""] {
        let error = refusal(&openfn_2(), InstanceId::AsItTravels(id));
        assert!(error.starts_with("expected 64 hexadecimal digits in upper case"), "{error}");
    }
    let header = Header { reason: Reason::Erase, ..header() };
    let nobody = anonymise(&openfn_2(), &Collected::default(), &header, Level::Basic, &secret());
    let error = nobody.expect_err("no id").to_string();
    assert_eq!(error, "expected attribute `service.instance.id`, got none");
}

#[test]
fn an_erasure_that_waited_is_taken_back_as_it_was() {
    let named = shop(
        "stable",
        "  id: { $id: service.instance.id, hash: hmac_sha256 }\n  name: { $attribute: service.name, brief: B }\n",
    );
    for contract in [openfn_2(), Arc::new(named)] {
        let asked = ask(&contract);
        let restored = Anonymous::restore(&contract, &asked.otlp()).expect("its own bytes");
        assert_eq!((restored.otlp(), restored.is_erasure()), (asked.otlp(), true));
        assert_eq!(restored, asked);
        for bit in 0..asked.otlp().len() * 8 {
            let mut other = asked.otlp();
            other[bit / 8] ^= 1 << (bit % 8);
            if let Ok(taken) = Anonymous::restore(&contract, &other) {
                assert_eq!(taken.otlp(), other, "what leaves is what was checked");
            }
        }
        let mut request = ExportMetricsServiceRequest::decode(&*asked.otlp()).expect("OTLP");
        request.resource_metrics.extend(request.resource_metrics.clone());
        assert!(Anonymous::restore(&contract, &request.encode_to_vec()).is_err());
    }
}

fn sent(asked: &Anonymous) -> Sorted {
    let request = ExportMetricsServiceRequest::decode(&*asked.otlp()).expect("OTLP");
    receive(&LIBRARY, request.resource_metrics)
}

fn expected(instance: &str, report_id: &str, time_unix_nano: u64) -> Erasure {
    Erasure {
        contract: "openfn".to_owned(),
        instance: instance.to_owned(),
        date: header().date,
        cutoff: Cutoff { report_id: report_id.to_owned(), time_unix_nano },
    }
}

#[test]
fn a_receiver_is_told_whose_reports_go_and_up_to_where() {
    let sorted = sent(&ask(&openfn_2()));
    assert_eq!((sorted.sent, sorted.rejected, sorted.duplicate), (1, 0, 0));
    assert!(sorted.arrived.is_empty() && sorted.stripped.resource_attributes.is_empty());
    let Header { report_id, time_unix_nano, .. } = header();
    assert_eq!(sorted.erasures, [expected(HASHED, &report_id, time_unix_nano)]);
}

/// An erasure as a stock SDK sends it, id in clear, beside what it always sends.
fn stock() -> Vec<KeyValue> {
    [openfn(), vec![text("headcount.report.reason", "erase")]].concat()
}

fn beat(time: u64) -> headcount_proto::otlp::Metric {
    gauge(HEARTBEAT, vec![point(1, time, &[])])
}

#[test]
fn a_stock_sender_can_ask_too_and_nothing_rides_along() {
    let metrics = vec![
        gauge("openfn.users", vec![point(7, NOON, &[])]),
        beat(NOON),
        gauge("openfn.project.users", vec![point(7, NOON, &[("openfn.project.id", PROJECT)])]),
        gauge("http.server.requests", vec![point(7, NOON, &[])]),
    ];
    let sorted = receive(&LIBRARY, vec![resource(stock(), metrics)]);
    assert_eq!((sorted.sent, sorted.rejected, sorted.duplicate), (4, 3, 0));
    assert_eq!(sorted.erasures, [expected(HASHED, "", NOON)]);
    assert!(sorted.arrived.is_empty());
    assert_eq!(
        sorted.first.expect("a rejection").to_string(),
        "expected a metric of openfn/3, got one that it does not list for reason `erase`, at resourceMetrics[0].scopeMetrics[0].metrics[0].dataPoints[0]"
    );
}

#[test]
fn an_instance_is_erased_once_in_a_request_and_up_to_the_latest() {
    let other = |id: &str| [stock(), vec![text("headcount.report.id", id)]].concat();
    let report = resource(openfn(), vec![gauge("openfn.users", vec![point(7, NOON, &[])])]);
    let resources = vec![
        resource(other("b"), vec![beat(NOON), beat(NOON + 1)]),
        report,
        resource(other("a"), vec![beat(NOON + 5)]),
        resource(other("b"), vec![beat(NOON)]),
    ];
    let sorted = receive(&LIBRARY, resources);
    assert_eq!((sorted.sent, sorted.rejected, sorted.duplicate), (5, 0, 3));
    assert_eq!(sorted.erasures, [expected(HASHED, "b", NOON + 5)]);
    assert_eq!(sorted.arrived.len(), 1, "what is not asked for by this resource is a report");
}

#[test]
fn an_erasure_that_cannot_be_meant_is_rejected() {
    let without = |key: &str| {
        let mut attributes = stock();
        attributes.retain(|attribute| attribute.key != key);
        attributes
    };
    let mut sum = beat(NOON);
    if let Some(Data::Gauge(gauge)) = sum.data.take() {
        sum.data = Some(Data::Sum(Sum { data_points: gauge.data_points, ..Sum::default() }));
    }
    let mut nobody = without("service.name");
    nobody.push(text("service.name", "openwisp"));
    let cases = [
        (
            without("service.instance.id"),
            beat(NOON),
            "expected attribute `service.instance.id`, got none, at resourceMetrics[0]",
        ),
        (
            nobody,
            beat(NOON),
            "expected a reason that needs no identity for `headcount.report.reason`, got something else, at resourceMetrics[0]",
        ),
        (
            stock(),
            sum,
            "expected `headcount.report` to be a gauge or a cumulative sum that can fall, got a sum that is neither cumulative nor delta, at resourceMetrics[0].scopeMetrics[0].metrics[0]",
        ),
        (
            stock(),
            beat(0),
            "expected a time for `timeUnixNano`, got something else, at resourceMetrics[0].scopeMetrics[0].metrics[0].dataPoints[0]",
        ),
    ];
    for (attributes, metric, expected) in cases {
        let sorted = receive(&LIBRARY, vec![resource(attributes, vec![metric])]);
        assert_eq!((sorted.sent, sorted.rejected, sorted.erasures.len()), (1, 1, 0), "{expected}");
        assert_eq!(sorted.first.expect("a rejection").to_string(), expected);
    }
}
