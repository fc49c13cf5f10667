use std::sync::atomic::{AtomicUsize, Ordering};

use headcount_proto::Number;
use opentelemetry::KeyValue;

use super::*;

mod callbacks;

const PATIENCE: Duration = Duration::from_secs(20);

/// A collector for every gauge that a test names here.
fn collector_of(gauges: &[&str]) -> Collector {
    let gauges = gauges.iter().map(|&name| name.to_owned()).collect();
    Collector::new(gauges, vec![("os.type".to_owned(), Scalar::Text("linux".to_owned()))])
}

/// Collects, with time enough for every callback.
pub(crate) fn collect(collector: &Collector) -> Collection {
    collector.collect(Instant::now() + PATIENCE).expect("the callbacks return")
}

/// Metric, attributes and value of every point, in a fixed order.
pub(crate) fn points(collection: &Collection) -> Vec<String> {
    let points = collection.collected.points.iter();
    let mut points: Vec<_> = points
        .map(|point| format!("{} {:?} {:?}", point.metric, point.attributes, point.value))
        .collect();
    points.sort();
    points
}

/// What was left out, and why.
pub(crate) fn left_out(collection: &Collection) -> Vec<String> {
    collection.left_out.iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_recorded_is_an_empty_collection() {
    let collection = collect(&collector_of(&[]));
    assert!(collection.collected.points.is_empty());
    assert_eq!(collection.collected.resource.len(), 1);
}

#[test]
fn every_kind_of_number_and_attribute_arrives() {
    let collector = collector_of(&[
        "a.u64",
        "b.i64",
        "c.f64",
        "d.counter",
        "e.up_down",
        "f.observed",
        "g.sum",
        "h.histogram",
        "i.array",
    ]);
    let meter = collector.meter();
    let attributes = [
        KeyValue::new("text", "a"),
        KeyValue::new("bool", true),
        KeyValue::new("int", 7),
        KeyValue::new("double", 0.5),
    ];
    meter.u64_gauge("a.u64").build().record(1, &attributes);
    meter.i64_gauge("b.i64").build().record(-2, &[]);
    meter.f64_gauge("c.f64").build().record(3.5, &[]);
    meter.u64_counter("d.counter").build().add(4, &[]);
    meter.i64_up_down_counter("e.up_down").build().add(-5, &[]);
    let _ = meter.u64_observable_gauge("f.observed").with_callback(|o| o.observe(6, &[])).build();
    let _ = meter.f64_observable_counter("g.sum").with_callback(|o| o.observe(7.5, &[])).build();
    meter.f64_histogram("h.histogram").build().record(8.0, &[]);
    let array = opentelemetry::Value::Array(vec![1_i64].into());
    meter.i64_gauge("i.array").build().record(9, &[KeyValue::new("list", array)]);
    let collection = collect(&collector);
    assert_eq!(
        points(&collection),
        [
            "a.u64 [(\"bool\", Bool(true)), (\"double\", Double(0.5)), (\"int\", Int(7)), \
             (\"text\", Text(\"a\"))] Int(1)",
            "b.i64 [] Int(-2)",
            "c.f64 [] Double(3.5)",
            "d.counter [] Int(4)",
            "e.up_down [] Int(-5)",
            "f.observed [] Int(6)",
            "g.sum [] Double(7.5)",
            "i.array [] Int(9)",
        ]
    );
    assert_eq!(
        left_out(&collection),
        ["h.histogram: expected a gauge or a counter, it is a histogram"]
    );
}

#[test]
fn a_callback_says_what_is_there_now() {
    let collector = collector_of(&["users"]);
    let round = Arc::new(AtomicUsize::new(0));
    let projects = Arc::clone(&round);
    let _ = collector
        .meter()
        .u64_observable_gauge("users")
        .with_callback(move |observer| {
            let names: &[&'static str] =
                if projects.load(Ordering::Relaxed) == 0 { &["a", "b"] } else { &["b"] };
            for name in names {
                observer.observe(1, &[KeyValue::new("project", *name)]);
            }
        })
        .build();
    assert_eq!(points(&collect(&collector)).len(), 2);
    round.store(1, Ordering::Relaxed);
    assert_eq!(points(&collect(&collector)), ["users [(\"project\", Text(\"b\"))] Int(1)"]);
}

#[test]
fn numbers_that_no_report_can_hold_leave_their_gauge_out() {
    let collector = collector_of(&["large", "largest", "sum"]);
    let meter = collector.meter();
    meter.u64_gauge("large").build().record(u64::MAX, &[]);
    let large = meter.u64_gauge("largest").build();
    large.record(i64::MAX.unsigned_abs(), &[]);
    let sum = meter.f64_counter("sum").build();
    sum.add(f64::MAX, &[]);
    sum.add(f64::MAX, &[]);
    let collection = collect(&collector);
    assert_eq!(points(&collection), [format!("largest [] {:?}", Number::Int(i64::MAX))]);
    assert_eq!(
        left_out(&collection),
        [
            "large: expected a signed integer of 64 bits, it has a larger one",
            "sum: expected a finite number, it has one that is NaN or infinite",
        ]
    );
}

#[test]
fn a_gauge_is_left_out_while_it_is_not_finite() {
    let collector = collector_of(&["load", "work"]);
    let (load, work) = (
        collector.meter().f64_gauge("load").build(),
        collector.meter().f64_counter("work").build(),
    );
    let cpu = |cpu: i64| [KeyValue::new("cpu", cpu)];
    load.record(0.5, &cpu(0));
    for value in [f64::NAN, f64::INFINITY] {
        load.record(value, &cpu(1));
        work.add(value, &[]);
        work.add(1.0, &[]);
        assert_eq!(
            left_out(&collect(&collector)),
            ["load: expected a finite number, it has one that is NaN or infinite"]
        );
    }
    load.record(0.25, &cpu(1));
    let collection = collect(&collector);
    assert_eq!(
        points(&collection),
        [
            "load [(\"cpu\", Int(0))] Double(0.5)",
            "load [(\"cpu\", Int(1))] Double(0.25)",
            // A counter takes no number that would spoil it for good.
            "work [] Double(2.0)",
        ]
    );
    assert!(collection.left_out.is_empty());
}

#[test]
fn the_order_of_attributes_does_not_matter_and_the_last_of_two_counts() {
    let collector = collector_of(&["users"]);
    let users = collector.meter().u64_gauge("users").build();
    let (a, b) = (KeyValue::new("a", 1), KeyValue::new("b", 2));
    users.record(1, &[b.clone(), a.clone()]);
    users.record(2, &[a.clone(), b.clone()]);
    users.record(3, &[KeyValue::new("b", 1), a, b]);
    assert_eq!(points(&collect(&collector)), ["users [(\"a\", Int(1)), (\"b\", Int(2))] Int(3)"]);
}

#[test]
fn whatever_has_one_name_is_one_gauge() {
    let collector = collector_of(&["users"]);
    let project = |name: &'static str| [KeyValue::new("project", name)];
    collector.meter().u64_gauge("users").build().record(1, &project("a"));
    collector.meter().i64_gauge("users").build().record(2, &project("a"));
    collector.meter().f64_gauge("users").build().record(0.5, &project("b"));
    for value in [3, 4] {
        let _ = collector
            .meter()
            .u64_observable_gauge("users")
            .with_callback(move |observer| observer.observe(value, &project("c")))
            .build();
    }
    assert_eq!(
        points(&collect(&collector)),
        [
            "users [(\"project\", Text(\"a\"))] Int(2)",
            "users [(\"project\", Text(\"b\"))] Double(0.5)",
            "users [(\"project\", Text(\"c\"))] Int(4)",
        ]
    );
}

#[test]
fn a_gauge_with_too_many_series_is_left_out_as_a_whole() {
    let collector = collector_of(&["many"]);
    let many = SERIES_LIMIT + 1;
    let _ = collector
        .meter()
        .u64_observable_gauge("many")
        .with_callback(move |observer| {
            for index in 0..many {
                let index = i64::try_from(index).expect("a small number");
                observer.observe(1, &[KeyValue::new("index", index)]);
            }
        })
        .build();
    let collection = collect(&collector);
    assert!(points(&collection).is_empty());
    assert_eq!(left_out(&collection), ["many: expected at most 100000 series"]);
}

#[test]
fn a_gauge_may_have_more_series_than_an_sdk_allows_by_itself() {
    let collector = collector_of(&["some"]);
    let _ = collector
        .meter()
        .u64_observable_gauge("some")
        .with_callback(|observer| {
            for index in 0..5_000_i64 {
                observer.observe(1, &[KeyValue::new("index", index)]);
            }
        })
        .build();
    let collection = collect(&collector);
    assert_eq!((points(&collection).len(), collection.left_out.len()), (5_000, 0));
}

#[test]
fn nothing_is_kept_of_a_gauge_that_the_contract_does_not_name() {
    let collector = collector_of(&["listed"]);
    let meter = collector.meter();
    meter.u64_gauge("listed").build().record(1, &[]);
    meter.u64_gauge("unlisted").build().record(2, &[]);
    let _ = meter
        .f64_observable_gauge("unlisted.too")
        .with_callback(|_| panic!("asked for what nobody may tell"))
        .build();
    for _ in 0..2 {
        let collection = collect(&collector);
        assert_eq!(points(&collection), ["listed [] Int(1)"]);
        assert_eq!(
            left_out(&collection),
            ["unlisted: not in the contract", "unlisted.too: not in the contract",]
        );
    }
}

#[test]
fn names_that_the_contract_does_not_list_are_remembered_up_to_a_limit() {
    let collector = collector_of(&[]);
    for index in 0..2_000 {
        collector.meter().u64_gauge(format!("from.a.request.{index}")).build().record(1, &[]);
    }
    assert_eq!(collect(&collector).left_out.len(), 1_000);
}

#[test]
fn a_fork_gets_an_error_and_does_not_wait() {
    let mut collector = collector_of(&["users"]);
    collector.meter().u64_gauge("users").build().record(1, &[]);
    collector.process = collector.process.wrapping_add(1);
    // A thread that collected in the parent is not there to give its lock back.
    let _turn = collector.rounds.lock();
    let error = collector.collect(Instant::now() + PATIENCE).expect_err("another process");
    assert!(matches!(error, CollectError::Forked), "{error}");
    assert!(error.to_string().ends_with("build the exporter after forking"), "{error}");
}
