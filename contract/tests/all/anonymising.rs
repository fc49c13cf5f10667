//! What leaves holds nothing that the contract does not list.

use std::sync::Arc;

use headcount_contract::{Collected, Contract, Level, Observation, Scalar, Secret, anonymise};
use headcount_proto::Number;
use proptest::prelude::*;

use crate::golden::header;
use crate::request::{HASHED, INSTANCE, LIBRARY};

fn openfn() -> Arc<Contract> {
    LIBRARY.find("openfn/2").expect("it ships").clone()
}

fn resource() -> Vec<(String, Scalar)> {
    [
        ("service.version", "v2.4.2:match:f1bd9ae"),
        ("service.instance.id", INSTANCE),
        ("os.type", "linux"),
    ]
    .map(|(key, value)| (key.to_owned(), Scalar::from(value)))
    .to_vec()
}

fn users(attributes: Vec<(String, Scalar)>, value: i64) -> Observation {
    Observation { metric: "openfn.users".to_owned(), attributes, value: Number::Int(value) }
}

fn wire(collected: &Collected) -> String {
    let anonymous = anonymise(&openfn(), collected, &header(), Level::Basic, &Secret::new([0; 32]));
    String::from_utf8_lossy(&anonymous.expect("reportable").otlp()).into_owned()
}

#[test]
fn ids_are_hashed_as_documented() {
    let collected =
        Collected { resource: resource(), points: vec![users(vec![], 3)], ..Collected::default() };
    let wire = wire(&collected);
    assert!(wire.contains(HASHED));
    assert!(!wire.contains(INSTANCE));
}

#[test]
fn an_unkeyed_hash_of_what_is_no_random_uuid_is_refused() {
    let ids = ["payroll", "10.0.0.1", "c232ab00-9414-11ec-b3c8-9f68deced846", HASHED];
    for id in ids {
        let mut resource = resource();
        resource[1].1 = Scalar::from(id);
        let collected = Collected { resource, points: Vec::new(), ..Collected::default() };
        let error =
            anonymise(&openfn(), &collected, &header(), Level::Basic, &Secret::new([0; 32]))
                .expect_err("not a random UUID")
                .to_string();
        assert!(error.contains("UUID") && !error.contains(id), "{error}");
    }
}

#[test]
fn points_that_differ_only_in_what_is_stripped_are_not_silently_one() {
    let region = |name: &str| vec![("region".to_owned(), Scalar::from(name))];
    let points = vec![users(region("north"), 3), users(region("south"), 4)];
    let collected = Collected { resource: resource(), points, ..Collected::default() };
    let anonymous =
        anonymise(&openfn(), &collected, &header(), Level::Basic, &Secret::new([0; 32]));
    let withheld = anonymous.expect("reportable").withheld().to_vec();
    assert_eq!(withheld.len(), 1);
    assert!(withheld[0].why.contains("does not tell apart"), "{}", withheld[0]);
}

#[test]
fn every_time_that_leaves_is_the_reports() {
    let collected =
        Collected { resource: resource(), points: vec![users(vec![], 3)], ..Collected::default() };
    let anonymous =
        anonymise(&openfn(), &collected, &header(), Level::Basic, &Secret::new([0; 32]));
    let bytes = anonymous.expect("reportable").otlp();
    let request: headcount_proto::otlp::ExportMetricsServiceRequest =
        prost::Message::decode(bytes.as_slice()).expect("OTLP");
    for metric in &request.resource_metrics[0].scope_metrics[0].metrics {
        let Some(headcount_proto::otlp::metric::Data::Gauge(gauge)) = &metric.data else {
            panic!("a gauge")
        };
        for point in &gauge.data_points {
            assert_eq!(
                (point.start_time_unix_nano, point.time_unix_nano),
                (0, header().time_unix_nano)
            );
            assert!(point.exemplars.is_empty());
        }
        assert_eq!(metric.description, "");
    }
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        "canary[a-z0-9]{0,8}".prop_map(Scalar::Text),
        any::<bool>().prop_map(Scalar::Bool),
        (7_777_777_000_i64..7_777_778_000).prop_map(Scalar::Int),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<(String, Scalar)>> {
    let key = prop_oneof![
        "canary[a-z.]{0,8}",
        Just("host.name".to_owned()),
        Just("openfn.project.id".to_owned()),
        Just("openfn.workflow.id".to_owned()),
    ];
    proptest::collection::vec((key, scalar()), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn nothing_unlisted_leaves(
        extra in attributes(),
        points in proptest::collection::vec(
            (prop_oneof!["canary[a-z]{0,6}", Just("openfn.users".to_owned()), Just("openfn.workflow.jobs".to_owned())], attributes(), 0..9_i64),
            0..6,
        ),
    ) {
        let mut resource = resource();
        resource.extend(extra);
        let points = points.into_iter().map(|(metric, attributes, value)| {
            Observation { metric, attributes, value: Number::Int(value) }
        });
        let wire = wire(&Collected { resource, points: points.collect(), ..Collected::default() });
        prop_assert!(!wire.contains("canary") && !wire.contains("host.name"), "{wire}");
        prop_assert!(!wire.contains("openfn.workflow.jobs"), "its ids are no UUIDs: {wire}");
    }
}
