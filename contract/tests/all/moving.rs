//! A Collector moves attributes: from points to their resource, and from resources to their points.

use headcount_contract::{Library, Secret, Sorted, sort_for_relay, sort_noting_stripped};
use headcount_proto::Limits;
use headcount_proto::otlp::{
    InstrumentationScope, KeyValue, NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics,
};
use jiff::civil::Date;

use crate::request::*;

const PROJECTS: [&str; 2] =
    ["1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "7d444840-9dc0-41d1-b245-5ffdce74fad2"];
const WORKFLOW: &str = "9f0d1a52-6f0f-4b0c-8d3b-2f6f1f0f9a11";
const OTHER_INSTANCE: &str = "4f0d1a52-6f0f-4b0c-8d3b-2f6f1f0f9a11";

fn relay(library: &Library, resources: Vec<ResourceMetrics>) -> Sorted {
    let (secret, bytes) = (Secret::new([9; 32]), bytes(resources));
    let any = |_: &_| Some(Date::MIN..=Date::MAX);
    sort_for_relay(&any, library, &secret, &bytes, &Limits::default()).expect("OTLP")
}

fn workflow_point(project: Option<&str>, workflow: Option<&str>) -> NumberDataPoint {
    let told = [("openfn.project.id", project), ("openfn.workflow.id", workflow)];
    let told: Vec<_> = told.into_iter().filter_map(|(key, id)| Some((key, id?))).collect();
    point(4, NOON, &told)
}

fn with(mut attributes: Vec<KeyValue>, key: &str, value: &str) -> Vec<KeyValue> {
    attributes.push(text(key, value));
    attributes
}

fn without(mut attributes: Vec<KeyValue>, key: &str) -> Vec<KeyValue> {
    attributes.retain(|attribute| attribute.key != key);
    attributes
}

/// Points with these attributes beside their own.
fn users(attributes: &[KeyValue]) -> NumberDataPoint {
    NumberDataPoint { attributes: attributes.to_vec(), ..point(137, NOON, &[]) }
}

fn first(sorted: &Sorted) -> String {
    sorted.first.as_ref().expect("something was rejected").to_string()
}

#[test]
fn what_tells_elements_apart_may_stand_on_the_resource_or_the_scope() {
    let jobs = |point| vec![gauge("openfn.workflow.jobs", vec![point])];
    let whole = resource(openfn(), jobs(workflow_point(Some(PROJECTS[0]), Some(WORKFLOW))));
    let on_resource = resource(
        with(openfn(), "openfn.project.id", PROJECTS[0]),
        jobs(workflow_point(None, Some(WORKFLOW))),
    );
    let mut on_scope =
        resource(with(openfn(), "openfn.workflow.id", WORKFLOW), jobs(workflow_point(None, None)));
    on_scope.scope_metrics[0].scope = Some(InstrumentationScope {
        attributes: vec![text("openfn.project.id", PROJECTS[0]), text("host.name", "secret-host")],
        ..Default::default()
    });
    for receive in [receive, relay] {
        let expected = receive(&LIBRARY, vec![whole.clone()]);
        for moved in [&on_resource, &on_scope] {
            let sorted = receive(&LIBRARY, vec![moved.clone()]);
            assert_eq!((sorted.sent, sorted.rejected), (1, 0), "{:?}", sorted.first);
            assert_eq!(sorted.arrived, expected.arrived);
            assert_eq!(
                sorted.stripped.resource_attributes.iter().collect::<Vec<_>>(),
                ["host.name"]
            );
        }
    }
}

#[test]
fn what_a_point_says_itself_counts() {
    let own =
        gauge("openfn.project.users", vec![point(4, NOON, &[("openfn.project.id", PROJECTS[1])])]);
    let expected = receive(&LIBRARY, vec![resource(openfn(), vec![own.clone()])]);
    let attributes = with(openfn(), "openfn.project.id", PROJECTS[0]);
    let sorted = receive(&LIBRARY, vec![resource(attributes, vec![own])]);
    assert_eq!(sorted.arrived, expected.arrived);
}

/// What becomes of a request at a receiver, or at a relay.
type End = fn(&Library, Vec<ResourceMetrics>) -> Sorted;

#[test]
fn resource_attributes_may_stand_on_the_points() {
    let expected = |receive: fn(&Library, Vec<ResourceMetrics>) -> Sorted| {
        receive(&LIBRARY, vec![resource(openfn(), vec![gauge("openfn.users", vec![users(&[])])])])
    };
    let metrics = |attributes: &[KeyValue]| vec![gauge("openfn.users", vec![users(attributes)])];
    // A relay does not note the names of point attributes.
    let (at_receiver, at_relay): (&[&str], &[&str]) = (&["host.name"], &[]);
    let ends = [(receive as End, at_receiver), (relay, at_relay)];
    for (receive, stripped) in ends {
        let expected = expected(receive);
        let moved = receive(&LIBRARY, vec![resource(Vec::new(), metrics(&openfn()))]);
        assert_eq!((moved.sent, moved.rejected), (1, 0), "{:?}", moved.first);
        assert_eq!(moved.arrived, expected.arrived);
        assert_eq!(moved.stripped.point_attributes.iter().collect::<Vec<_>>(), stripped);
        assert!(moved.stripped.metrics.is_empty(), "{:?}", moved.stripped);
        for name in ["service.name", "service.version", "service.instance.id", "os.type"] {
            let one: Vec<_> = openfn().into_iter().filter(|one| one.key == name).collect();
            let sorted = receive(&LIBRARY, vec![resource(without(openfn(), name), metrics(&one))]);
            assert_eq!(sorted.arrived, expected.arrived, "{name}: {:?}", sorted.first);
        }
    }
}

#[test]
fn instances_that_only_their_points_tell_apart_are_told_apart() {
    let bare = without(openfn(), "service.instance.id");
    let ids = [INSTANCE, OTHER_INSTANCE];
    let apart = ids.map(|id| {
        let attributes = with(bare.clone(), "service.instance.id", id);
        resource(attributes, vec![gauge("openfn.users", vec![point(137, NOON, &[])])])
    });
    let points = ids.map(|id| users(&[text("service.instance.id", id)]));
    let points = [&points[..], &points[..]].concat();
    let together = resource(bare, vec![gauge("openfn.users", points)]);
    for receive in [receive, relay] {
        let sorted = receive(&LIBRARY, vec![together.clone()]);
        assert_eq!((sorted.sent, sorted.duplicate, sorted.rejected), (4, 2, 0));
        assert_eq!(sorted.arrived, receive(&LIBRARY, apart.to_vec()).arrived);
    }
}

#[test]
fn what_the_resource_says_counts_and_not_what_its_points_do() {
    let metrics =
        vec![gauge("openfn.users", vec![users(&[text("service.instance.id", OTHER_INSTANCE)])])];
    let sorted = receive(&LIBRARY, vec![resource(openfn(), metrics)]);
    assert_eq!(sorted.arrived[0].key.instance, HASHED);
}

#[test]
fn what_is_wrong_on_a_point_is_rejected_with_its_place() {
    let wrong = users(&[text("service.instance.id", "payroll")]);
    let right = users(&[text("service.instance.id", INSTANCE)]);
    let nobody = users(&[]);
    let bare = without(openfn(), "service.instance.id");
    let metrics = vec![gauge("openfn.users", vec![right.clone(), wrong, nobody])];
    let sorted = receive(&LIBRARY, vec![resource(bare, metrics)]);
    assert_eq!((sorted.sent, sorted.rejected, sorted.arrived.len()), (3, 2, 1));
    assert_eq!(
        first(&sorted),
        "expected a UUID for `service.instance.id`, got something else, at \
         resourceMetrics[0].scopeMetrics[0].metrics[0].dataPoints[1]"
    );
    let unknown = users(&[text("service.name", "nobody")]);
    let sorted =
        receive(&LIBRARY, vec![resource(Vec::new(), vec![gauge("openfn.users", vec![unknown])])]);
    assert_eq!((sorted.sent, sorted.rejected), (1, 1));
    assert!(
        first(&sorted).starts_with("expected the schema URL or `service.name` of a known contract")
    );
    assert!(sorted.stripped.metrics.contains("openfn.users"));
}

#[test]
fn a_finished_report_is_one_wherever_it_says_so() {
    let metrics = vec![gauge("openfn.users", vec![users(&[text("headcount.report.id", "a")])])];
    let sorted = relay(&LIBRARY, vec![resource(openfn(), metrics)]);
    assert_eq!((sorted.rejected, sorted.arrived.len()), (1, 0));
    assert!(first(&sorted).contains("of a finished report"), "{}", first(&sorted));
}

#[test]
fn an_erasure_is_one_wherever_it_says_so() {
    let mut attributes = openfn();
    attributes.push(text("headcount.report.reason", "erase"));
    let beat = |attributes: &[KeyValue]| {
        let point = NumberDataPoint { attributes: attributes.to_vec(), ..point(1, NOON, &[]) };
        vec![gauge("headcount.report", vec![point])]
    };
    let expected = receive(&LIBRARY, vec![resource(attributes.clone(), beat(&[]))]);
    let sorted = receive(&LIBRARY, vec![resource(Vec::new(), beat(&attributes))]);
    assert_eq!(expected.erasures.len(), 1);
    assert_eq!(sorted.erasures, expected.erasures);
}

#[test]
fn there_are_as_many_resources_on_points_as_there_may_be_others() {
    let points = (0..5_u8).map(|index| {
        users(&[text(
            "service.instance.id",
            &format!("{index}f0d1a52-6f0f-4b0c-8d3b-2f6f1f0f9a11"),
        )])
    });
    let bare = without(openfn(), "service.instance.id");
    let bytes = bytes(vec![resource(bare, vec![gauge("openfn.users", points.collect())])]);
    let limits = Limits { resources: 3, ..Limits::default() };
    let sorted = sort_noting_stripped(&LIBRARY, &Secret::new([9; 32]), &bytes, &limits);
    let sorted = sorted.expect("OTLP");
    assert_eq!((sorted.sent, sorted.arrived.len(), sorted.rejected), (5, 3, 2));
    assert_eq!(
        first(&sorted),
        "expected points of at most 3 resources that only they tell apart, got more, at \
         resourceMetrics[0].scopeMetrics[0].metrics[0].dataPoints[3]"
    );
    assert_eq!(sorted.first.expect("the fourth").label(), "too_many");
}

#[test]
fn scopes_of_one_resource_are_one_report_whatever_they_say_of_themselves() {
    let scope = |name: &str, metric: &str| ScopeMetrics {
        scope: Some(InstrumentationScope {
            name: name.to_owned(),
            attributes: vec![text("library.language", name)],
            ..Default::default()
        }),
        metrics: vec![gauge(metric, vec![point(3, NOON, &[])])],
        ..Default::default()
    };
    let report = "  users: { $gauge: shop.users, brief: People. }\n  \
                  goods: { $gauge: shop.goods, brief: Goods. }\n";
    let library = library_of(shop("none", report));
    let attributes = vec![text("service.name", "shop")];
    let request = ResourceMetrics {
        resource: Some(Resource { attributes, ..Default::default() }),
        scope_metrics: vec![scope("one", "shop.users"), scope("two", "shop.goods")],
        ..Default::default()
    };
    let sorted = receive(&library, vec![request]);
    assert_eq!((sorted.arrived.len(), sorted.arrived[0].part.points()), (1, 2));
}
