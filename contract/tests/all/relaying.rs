//! A relay hashes what comes in, keeps it, and makes the same report of it as the application's own exporter.

use headcount_contract::{
    Anonymous, Collected, Contract, HEARTBEAT, Header, Ids, Level, Library, Reason, Scalar, Secret,
    Sorted, anonymise, sort_for_relay,
};
use headcount_proto::otlp::{
    AnyValue, KeyValue, Metric, NumberDataPoint, ResourceMetrics, any_value, number_data_point,
};
use headcount_proto::{Limits, Number};

use crate::golden::{collected, golden, header, text as member};
use crate::request::{HASHED, LIBRARY, NOON, bytes, gauge, library_of, openfn, point, resource};
use crate::request::{shop, text};

const SECRET: [u8; 32] = [2; 32];

fn relay(library: &Library, resources: Vec<ResourceMetrics>) -> Sorted {
    let any = |contract: &Contract| {
        assert!(!contract.name().is_empty());
        Some(jiff::civil::Date::MIN..=jiff::civil::Date::MAX)
    };
    let (secret, bytes) = (Secret::new(SECRET), bytes(resources));
    let sorted = sort_for_relay(&any, library, &secret, &bytes, &Limits::default()).expect("OTLP");
    let taken: u64 = sorted.arrived.iter().map(|arrived| arrived.part.points()).sum();
    let Sorted { sent, rejected, duplicate, left_out, .. } = sorted;
    assert_eq!(sent, taken + rejected + duplicate + left_out, "every point is accounted for");
    sorted
}

fn any_value(value: &Scalar) -> AnyValue {
    let value = match value {
        Scalar::Text(text) => any_value::Value::StringValue(text.clone()),
        Scalar::Bool(value) => any_value::Value::BoolValue(*value),
        Scalar::Int(value) => any_value::Value::IntValue(*value),
        Scalar::Double(value) => any_value::Value::DoubleValue(*value),
    };
    AnyValue { value: Some(value) }
}

fn attributes(of: &[(String, Scalar)]) -> Vec<KeyValue> {
    let attribute = |(key, value): &(String, Scalar)| KeyValue {
        key: key.clone(),
        value: Some(any_value(value)),
        ..Default::default()
    };
    of.iter().map(attribute).collect()
}

/// What the application recorded, as a stock SDK sends it.
pub(crate) fn as_sent(contract: &Contract, collected: &Collected) -> ResourceMetrics {
    let mut resource_attributes = attributes(&collected.resource);
    resource_attributes.push(text("service.name", contract.name()));
    let metric = |observation: &headcount_contract::Observation| {
        let value = match observation.value {
            Number::Int(value) => number_data_point::Value::AsInt(value),
            Number::Double(value) => number_data_point::Value::AsDouble(value),
        };
        let point = NumberDataPoint {
            attributes: attributes(&observation.attributes),
            time_unix_nano: NOON,
            value: Some(value),
            ..Default::default()
        };
        gauge(&observation.metric, vec![point])
    };
    // For applications without gauges, a stock SDK records the one that every report may carry.
    let beat = gauge(HEARTBEAT, vec![point(1, NOON, &[])]);
    let metrics = collected.points.iter().map(metric).chain([beat]);
    resource(resource_attributes, metrics.collect())
}

fn made(contract: &Contract, collected: &Collected, header: &Header) -> Anonymous {
    let contract = LIBRARY.find(&contract.label()).expect("it ships");
    anonymise(contract, collected, header, Level::Basic, &Secret::new(SECRET)).expect("reportable")
}

fn users(service: &str) -> ResourceMetrics {
    let named = vec![text("service.name", service)];
    resource(named, vec![gauge("shop.users", vec![point(3, NOON, &[])])])
}

#[test]
fn a_relay_makes_the_bytes_that_the_exporter_makes() {
    for (name, golden) in golden("recorded") {
        let contract = LIBRARY.find(&member(&golden, "contract")).expect("it ships");
        let reason = Reason::from_name(&member(&golden, "reason")).expect("a reason");
        let header = Header { reason, ..header() };
        let recorded = collected(&golden);
        let library = Library::only(contract.clone());
        let mut sorted = relay(&library, vec![as_sent(contract, &recorded)]);
        assert_eq!((sorted.first, sorted.left_out), (None, 0), "{name}");
        assert_eq!(sorted.arrived.len(), 1, "{name}");
        let arrived = sorted.arrived.remove(0);
        let held = Collected::of_part(contract, &arrived.part, 0);
        let relayed = made(contract, &held, &header);
        let direct = made(contract, &recorded, &header);
        assert_eq!(relayed.withheld(), [], "{name}");
        assert!(relayed.otlp() == direct.otlp(), "{name}: the same bytes");
    }
}

#[test]
fn what_a_relay_keeps_holds_no_raw_id() {
    let project = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10";
    let points = vec![point(3, NOON, &[("openfn.project.id", project)])];
    let library = Library::only(LIBRARY.find("openfn/2").expect("it ships").clone());
    let sorted =
        relay(&library, vec![resource(openfn(), vec![gauge("openfn.project.users", points)])]);
    let [arrived] = sorted.arrived.as_slice() else { panic!("one report") };
    assert_eq!(arrived.key.instance, HASHED);
    let kept = arrived.part.encode();
    for raw in [project, crate::request::INSTANCE, "secret-host"] {
        assert!(!kept.windows(raw.len()).any(|bytes| bytes == raw.as_bytes()), "{raw}");
    }
}

#[test]
fn an_id_that_looks_hashed_is_hashed_all_the_same() {
    let shop = shop(
        "stable",
        "  id: { $id: service.instance.id, hash: hmac_sha256, encoding: hex }\n  \
         users: { $gauge: shop.users, brief: People. }\n",
    );
    let looks_hashed = "e".repeat(64);
    let attributes = vec![text("service.name", "shop"), text("service.instance.id", &looks_hashed)];
    let metrics = vec![gauge("shop.users", vec![point(3, NOON, &[])])];
    let sorted = relay(&library_of(shop), vec![resource(attributes, metrics)]);
    let id = &sorted.arrived[0].key.instance;
    assert!(*id != looks_hashed && id.len() == 64, "{id}");
}

#[test]
fn what_is_no_usage_figure_is_left_out_and_named() {
    let library = Library::only(LIBRARY.find("openfn/2").expect("it ships").clone());
    let metric = |name: &str| gauge(name, vec![point(1, NOON, &[])]);
    let own = resource(openfn(), vec![metric("openfn.users"), metric("http.server.duration")]);
    let other = resource(vec![text("service.name", "postgres")], vec![metric("db.client.calls")]);
    let sorted = relay(&library, vec![own, other]);
    assert_eq!((sorted.sent, sorted.left_out, sorted.rejected), (3, 2, 0));
    let names: Vec<_> = sorted.stripped.metrics.iter().map(String::as_str).collect();
    assert_eq!(names, ["db.client.calls", "http.server.duration"]);
    assert!(sorted.stripped.resource_attributes.contains("host.name"));
}

#[test]
fn a_usage_figure_of_nobody_is_rejected_and_not_left_out() {
    let report = "  users: { $gauge: shop.users, brief: People. }\n";
    let sorted = relay(&library_of(shop("none", report)), vec![users("unknown_service:python")]);
    assert_eq!((sorted.left_out, sorted.rejected), (0, 1));
    let first = sorted.first.expect("it is told").to_string();
    assert!(first.contains("`service.name` of a known contract (shop/1)"), "{first}");
}

#[test]
fn a_finished_report_is_rejected() {
    let library = Library::only(LIBRARY.find("openfn/2").expect("it ships").clone());
    for reason in [None, Some("erase"), Some("opt_out")] {
        let mut attributes = openfn();
        attributes.push(text("headcount.report.id", "a"));
        attributes.extend(reason.map(|reason| text("headcount.report.reason", reason)));
        let metrics = vec![gauge("headcount.report", vec![point(1, NOON, &[])])];
        let users = gauge("openfn.users", vec![point(1, NOON, &[])]);
        let metrics = metrics.into_iter().chain([users]).collect();
        let sorted = relay(&library, vec![resource(attributes, metrics)]);
        assert!(sorted.arrived.is_empty() && sorted.erasures.is_empty(), "{reason:?}");
        let first = sorted.first.expect("it is told").to_string();
        assert!(first.contains("of a finished report: send it to its receiver"), "{first}");
    }
}

#[test]
fn without_an_id_it_is_the_relays_own_instance() {
    let id = "  id: { $id: service.instance.id, hash: hmac_sha256, encoding: hex }\n";
    let users_leaf = "  users: { $gauge: shop.users, brief: People. }\n";
    let with_id = |identity: &str| {
        let shop = shop(identity, &format!("{id}{users_leaf}"));
        let mut one = users("shop");
        let resource = one.resource.as_mut().expect("a resource");
        resource.attributes.push(text("service.instance.id", "till 7"));
        relay(&library_of(shop), vec![users("shop"), one])
    };
    let told_apart = with_id("stable");
    assert_eq!(told_apart.arrived.len(), 2);
    assert_eq!(told_apart.arrived[0].key.instance, "");
    // An id that has to be replaced now and then is the relay's to make.
    let rotating = with_id("{ rotating: 30d }");
    assert_eq!((rotating.arrived.len(), rotating.duplicate), (1, 1));
    let none = relay(&library_of(shop("none", users_leaf)), vec![users("shop"), users("shop")]);
    assert_eq!((none.arrived.len(), none.duplicate), (1, 1));
    assert_eq!(none.arrived[0].key.instance, "");
}

#[test]
fn values_of_long_ago_are_left_out() {
    let library = Library::only(LIBRARY.find("openfn/2").expect("it ships").clone());
    let contract = library.find("openfn/2").expect("the only one");
    let projects = ["6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10", "7c3f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10"];
    let points = [(projects[0], NOON), (projects[1], NOON + 1)];
    let points = points.map(|(id, time)| point(3, time, &[("openfn.project.id", id)]));
    let metrics = vec![gauge("openfn.project.users", points.to_vec())];
    let sorted = relay(&library, vec![resource(openfn(), metrics)]);
    let part = &sorted.arrived[0].part;
    let since = |since| Collected::of_part(contract, part, since);
    assert_eq!(since(NOON).points.len(), 2);
    assert_eq!(since(NOON + 1).points.len(), 1);
    assert_eq!(since(NOON + 1).ids, Ids::Held);
    assert!(since(NOON + 2).points.is_empty() && !since(NOON + 2).resource.is_empty());
}

#[test]
fn a_metric_that_came_twice_is_counted_twice() {
    let report = "  users: { $gauge: shop.users, brief: People. }\n";
    let twice: Vec<Metric> =
        (0..2).map(|_| gauge("shop.users", vec![point(3, NOON, &[])])).collect();
    let attributes = vec![text("service.name", "shop")];
    let sorted = relay(&library_of(shop("none", report)), vec![resource(attributes, twice)]);
    assert_eq!((sorted.sent, sorted.duplicate), (2, 1));
}
