use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::*;
use crate::collect::Collector;
use crate::collect::tests::{collect, left_out, points};
use host::Host;

mod host;

fn collector(gauges: &[&str]) -> Collector {
    Collector::new(gauges.iter().map(|&name| name.to_owned()).collect(), Vec::new())
}

fn tee(collector: &Collector, provider: &SdkMeterProvider) -> Tee {
    Tee::new(provider.clone(), Arc::clone(collector.registry()))
}

/// Every name that [`host::every_instrument`] uses.
const EVERY: [&str; 16] = [
    "c.u64", "c.f64", "ud.i64", "ud.f64", "g.u64", "g.i64", "g.f64", "oc.u64", "oc.f64", "oud.i64",
    "oud.f64", "og.u64", "og.i64", "og.f64", "h.u64", "h.f64",
];

#[test]
fn the_other_side_sees_exactly_what_it_saw_without() {
    for delta in [false, true] {
        let plain = Host::start(delta);
        let record = host::every_instrument(&plain.provider);
        let alone: Vec<_> = (0..3).map(|round| plain.after(|| record(round))).collect();
        assert_eq!(alone[0].len(), EVERY.len(), "{:#?}", alone[0]);
        for listed in [&EVERY[..], &EVERY[..8], &[]] {
            let (host, collector) = (Host::start(delta), collector(listed));
            let record = host::every_instrument(&tee(&collector, &host.provider));
            let beside: Vec<_> = (0..3)
                .map(|round| {
                    let seen = host.after(|| record(round));
                    collect(&collector);
                    seen
                })
                .collect();
            assert_eq!(beside, alone, "{listed:?}");
        }
    }
}

#[test]
fn what_is_listed_reaches_the_report_and_nothing_else_does() {
    let listed = ["c.u64", "c.f64", "ud.i64", "ud.f64", "g.u64", "oc.u64", "og.i64", "h.u64"];
    let (host, collector) = (Host::start(false), collector(&listed));
    let record = host::every_instrument(&tee(&collector, &host.provider));
    record(0);
    record(1);
    let collection = collect(&collector);
    let values: Vec<_> = points(&collection)
        .iter()
        .map(|point| point.replace("[(\"project\", Text(\"a\"))]", "a"))
        .collect();
    assert_eq!(
        values,
        [
            "c.f64 a Double(0.5)",
            "c.u64 a Int(1)",
            "g.u64 a Int(1)",
            "oc.u64 a Int(7)",
            "og.i64 a Int(7)",
            "ud.f64 a Double(-0.5)",
            "ud.i64 a Int(-1)",
        ]
    );
    assert_eq!(left_out(&collection), ["h.u64: expected a gauge or a counter, it is a histogram"]);
}

#[test]
fn an_entity_that_is_gone_does_not_come_back_on_either_side() {
    let (host, collector) = (Host::start(false), collector(&["users"]));
    let projects = Arc::new(Mutex::new(vec!["a", "b"]));
    let there = Arc::clone(&projects);
    let _users = tee(&collector, &host.provider)
        .meter("app")
        .u64_observable_gauge("users")
        .with_callback(move |observer| {
            for project in there.lock().expect("no panic").iter() {
                observer.observe(1, &[KeyValue::new("project", *project)]);
            }
        })
        .build();
    let a = "users [(\"project\", Text(\"a\"))] Int(1)";
    let b = "users [(\"project\", Text(\"b\"))] Int(1)";
    assert_eq!(points(&collect(&collector)), [a, b]);
    projects.lock().expect("no panic").pop();
    // The other side has just observed both, or one: it tells nothing about ours.
    assert_eq!(host.after(|| ())[0].matches("project").count(), 1);
    assert_eq!(points(&collect(&collector)), [a]);
    *projects.lock().expect("no panic") = vec!["b"];
    assert_eq!(points(&collect(&collector)), [b]);
    assert!(!host.after(|| ())[0].contains("\"a\""));
}

#[test]
fn callbacks_run_for_each_side_when_that_side_collects() {
    let (host, collector) = (Host::start(false), collector(&["users"]));
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&runs);
    let _users = tee(&collector, &host.provider)
        .meter("app")
        .u64_observable_gauge("users")
        .with_callback(|observer| observer.observe(1, &[KeyValue::new("project", "a")]))
        .with_callback(move |observer| {
            counter.fetch_add(1, Ordering::Relaxed);
            observer.observe(2, &[KeyValue::new("project", "b")]);
        })
        .build();
    assert_eq!(host.after(|| ())[0].matches("project").count(), 2);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    assert_eq!(points(&collect(&collector)).len(), 2);
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[test]
fn one_instrument_that_is_made_twice_is_one() {
    let (host, collector) = (Host::start(false), collector(&["users", "joined"]));
    let tee = tee(&collector, &host.provider);
    for scope in ["app", "app", "plugin"] {
        let meter = tee.meter(scope);
        meter.u64_counter("joined").build().add(1, &[]);
        let users = meter.u64_observable_gauge("users");
        let _users = users.with_callback(|observer| observer.observe(3, &[])).build();
    }
    assert_eq!(points(&collect(&collector)), ["joined [] Int(3)", "users [] Int(3)"]);
    assert!(left_out(&collect(&collector)).is_empty());
    assert_eq!(host.after(|| ()).len(), 4, "two metrics in each of two scopes");
}

#[test]
fn a_callback_that_panics_for_a_report_is_contained() {
    let (host, collector) = (Host::start(false), collector(&["users", "projects"]));
    let meter = tee(&collector, &host.provider).meter("app");
    let panics = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&panics);
    let users = meter.u64_observable_gauge("users").with_callback(move |observer| {
        assert!(!switch.load(Ordering::Relaxed), "a mistake of the host");
        observer.observe(1, &[]);
    });
    let _users = users.build();
    let projects = meter.u64_observable_gauge("projects");
    let _projects = projects.with_callback(|observer| observer.observe(2, &[])).build();
    let collection = collect(&collector);
    assert_eq!(points(&collection), ["projects [] Int(2)"]);
    assert_eq!(left_out(&collection), ["users: its callback panicked"]);
    // The other side never heard of it.
    panics.store(false, Ordering::Relaxed);
    assert_eq!(host.after(|| ()).len(), 2);
    assert_eq!(points(&collect(&collector)).len(), 2);
}

#[test]
fn a_callback_that_panics_on_the_other_side_does_there_what_it_did() {
    let broken = |_: &dyn opentelemetry::metrics::AsyncInstrument<u64>| panic!("a mistake");
    let plain = Host::start(false);
    let meter = plain.provider.meter("app");
    let _users = meter.u64_observable_gauge("users").with_callback(broken).build();
    let alone = plain.provider.force_flush();

    let (host, collector) = (Host::start(false), collector(&["users"]));
    let meter = tee(&collector, &host.provider).meter("app");
    let _users = meter.u64_observable_gauge("users").with_callback(broken).build();
    let beside = host.provider.force_flush();
    // It ends the SDK's collection.
    assert!(alone.is_err() && beside.is_err(), "{alone:?} {beside:?}");
    assert_eq!(alone.map_err(|e| e.to_string()), beside.map_err(|e| e.to_string()));
    assert_eq!(left_out(&collect(&collector)), ["users: its callback panicked"]);
}

#[test]
fn an_instrument_that_a_callback_creates_is_the_other_sides_alone() {
    let (host, collector) = (Host::start(false), collector(&["outer", "inner"]));
    let meter = tee(&collector, &host.provider).meter("app");
    let (inside, once) = (meter.clone(), AtomicBool::new(true));
    let _outer = meter
        .u64_observable_gauge("outer")
        .with_callback(move |observer| {
            observer.observe(1, &[]);
            if once.swap(false, Ordering::Relaxed) {
                inside.u64_gauge("inner").build().record(2, &[]);
                inside.u64_gauge("unlisted").build().record(3, &[]);
            }
        })
        .build();
    let collection = collect(&collector);
    assert_eq!(points(&collection), ["outer [] Int(1)"]);
    assert_eq!(
        left_out(&collection),
        ["inner: it was created inside a callback; create it at start"]
    );
    assert_eq!(host.after(|| ()).len(), 3);
}

#[test]
fn a_tee_may_outlive_its_exporter() {
    let (host, collector) = (Host::start(false), collector(&["users"]));
    let tee = tee(&collector, &host.provider);
    let users = tee.meter("app").u64_gauge("users").build();
    drop(collector);
    users.record(1, &[]);
    tee.meter("app").u64_counter("joined").build().add(1, &[]);
    assert_eq!(host.after(|| ()).len(), 2);
}

#[test]
fn a_tee_may_be_the_global_provider() {
    fn global<P: MeterProvider + Send + Sync + 'static>(_: &P) {}
    let (host, collector) = (Host::start(false), collector(&[]));
    global(&tee(&collector, &host.provider));
}
