//! What the receiver makes of requests that others built.

use headcount_contract::{Part, Sorted};
use headcount_proto::otlp::{KeyValue, metric, number_data_point};

use crate::request::*;

const PROJECT: &str = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";

fn users(value: i64, time: u64) -> Vec<headcount_proto::otlp::Metric> {
    vec![
        gauge("openfn.users", vec![point(value, time, &[])]),
        gauge("openfn.users.active", vec![point(1, time, &[])]),
    ]
}

fn first(sorted: &Sorted) -> String {
    sorted.first.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_stock_sender_is_served() {
    let library = &*LIBRARY;
    let mut metrics = users(7, NOON);
    metrics.push(gauge(
        "openfn.project.users",
        vec![point(3, NOON, &[("openfn.project.id", PROJECT), ("enduser.id", "ada")])],
    ));
    metrics.push(gauge(
        "openfn.project.users.active",
        vec![point(2, NOON, &[("openfn.project.id", PROJECT)])],
    ));
    let library_2 = library.get("openfn", "2").expect("it ships");
    let mut request = resource(openfn(), metrics);
    request.scope_metrics[0].schema_url = library_2.schema_url().to_owned();
    let sorted = receive(library, vec![request]);

    assert_eq!((sorted.sent, sorted.rejected, sorted.duplicate), (4, 0, 0));
    assert_eq!(sorted.stripped.resource_attributes.iter().collect::<Vec<_>>(), ["host.name"]);
    assert_eq!(sorted.stripped.point_attributes.iter().collect::<Vec<_>>(), ["enduser.id"]);
    let arrived = &sorted.arrived[0];
    assert_eq!((arrived.key.contract.as_str(), arrived.key.version.as_str()), ("openfn", "2"));
    assert_eq!(arrived.key.instance, HASHED);
    assert_eq!(arrived.key.date.to_string(), "2024-04-25");
    let report = library_2.report(&arrived.part).expect("whole").to_string();
    assert!(report.contains(HASHED) && report.contains("\"no_of_users\":7"), "{report}");
    assert!(!report.contains(INSTANCE) && !report.contains(PROJECT), "{report}");
    assert!(report.contains("\"generated_at\":\"2024-04-25T12:00:00.000000Z\""), "{report}");
}

#[test]
fn without_a_schema_url_the_newest_version_is_chosen() {
    let library = &*LIBRARY;
    let sorted = receive(library, vec![resource(openfn(), users(7, NOON))]);
    assert_eq!(sorted.arrived[0].key.version, "3");
    let foreign = "https://opentelemetry.io/schemas/1.30.0".to_owned();
    let mut request = resource(openfn(), users(7, NOON));
    request.schema_url = foreign;
    assert_eq!(receive(library, vec![request]).arrived[0].key.version, "3");
    let mut request = resource(openfn(), users(7, NOON));
    request.scope_metrics[0].schema_url = "https://elsewhere.example/openfn/99".to_owned();
    let sorted = receive(library, vec![request]);
    assert!(
        first(&sorted)
            .starts_with("expected the schema URL or `service.name` of a known contract (openfn/1, openfn/2, openfn/3), got another")
    );
}

#[test]
fn points_of_two_days_are_two_reports() {
    const DAY: u64 = 86_400_000_000_000;
    let mut metrics = users(7, NOON);
    metrics.push(gauge("openfn.users", vec![point(8, NOON + DAY, &[])]));
    let sorted = receive(&LIBRARY, vec![resource(openfn(), metrics)]);
    let days: Vec<_> =
        sorted.arrived.iter().map(|a| (a.key.date.to_string(), a.part.points())).collect();
    assert_eq!(days, [("2024-04-25".to_owned(), 2), ("2024-04-26".to_owned(), 1)]);
}

#[test]
fn a_point_of_the_first_day_of_all_gives_its_day_to_none_without_a_time() {
    let metrics = vec![
        gauge("openfn.users", vec![point(7, 1, &[])]),
        gauge("openfn.users.active", vec![point(1, 0, &[])]),
    ];
    let sorted = receive(&LIBRARY, vec![resource(openfn(), metrics)]);
    assert_eq!((sorted.sent, sorted.rejected), (2, 1));
    assert!(first(&sorted).starts_with("expected a time for `timeUnixNano`"), "{}", first(&sorted));
    assert_eq!(sorted.arrived[0].key.date.to_string(), "1970-01-01");
}

#[test]
fn the_date_that_a_report_names_wins_over_the_times_of_its_points() {
    let mut attributes = openfn();
    attributes.push(text("headcount.report.date", "2024-04-24"));
    let sorted = receive(&LIBRARY, vec![resource(attributes, users(7, NOON))]);
    assert_eq!(sorted.arrived[0].key.date.to_string(), "2024-04-24");
}

#[test]
fn what_is_wrong_is_counted_and_placed_and_nothing_else_is_lost() {
    let library = &*LIBRARY;
    let project = |id| [("openfn.project.id", id)];
    let mut sum = gauge("openfn.users.active.monthly", vec![point(1, NOON, &[])]);
    if let Some(metric::Data::Gauge(gauge)) = sum.data.take() {
        let data_points = gauge.data_points;
        sum.data = Some(metric::Data::Sum(headcount_proto::otlp::Sum {
            data_points,
            ..Default::default()
        }));
    }
    let cases = [
        (
            gauge("openfn.users", vec![point(-1, NOON, &[])]),
            "expected a number of at least 0 for `openfn.users`, got something else, at resourceMetrics[0].scopeMetrics[0].metrics[1].dataPoints[0]",
        ),
        (
            gauge("openfn.users", vec![point(1, 0, &[])]),
            "expected a time for `timeUnixNano`, got something else, at resourceMetrics[0].scopeMetrics[0].metrics[1].dataPoints[0]",
        ),
        (
            gauge("http.server.requests", vec![point(1, NOON, &[])]),
            "expected a metric of openfn/3, got one that it does not list, at resourceMetrics[0].scopeMetrics[0].metrics[1]",
        ),
        (
            gauge("openfn.project.users", vec![point(1, NOON, &[])]),
            "expected attribute `openfn.project.id`, got none, at resourceMetrics[0].scopeMetrics[0].metrics[1].dataPoints[0]",
        ),
        (
            gauge("openfn.project.users", vec![point(1, NOON, &project("payroll"))]),
            "expected a UUID for `openfn.project.id`, got something else, at resourceMetrics[0].scopeMetrics[0].metrics[1].dataPoints[0]",
        ),
        (
            gauge(
                "openfn.project.users",
                vec![point(1, NOON, &project("c232ab00-9414-11ec-b3c8-9f68deced846"))],
            ),
            "expected a random UUID (version 4 or 7) for `openfn.project.id`, got something else, at resourceMetrics[0].scopeMetrics[0].metrics[1].dataPoints[0]",
        ),
        (
            sum,
            "expected `openfn.users.active.monthly` to be a gauge or a cumulative sum that can fall, got a sum that is neither cumulative nor delta, at resourceMetrics[0].scopeMetrics[0].metrics[1]",
        ),
    ];
    for (wrong, expected) in cases {
        let right = gauge("openfn.users.active", vec![point(5, NOON, &[])]);
        let sorted = receive(library, vec![resource(openfn(), vec![right, wrong])]);
        assert_eq!((sorted.sent, sorted.rejected), (2, 1), "{expected}");
        assert_eq!(first(&sorted), expected);
        assert_eq!(sorted.arrived[0].part.points(), 1, "{expected}");
    }
}

#[test]
fn a_wrong_resource_costs_its_own_points_only() {
    let library = &*LIBRARY;
    let mut wrong = openfn();
    wrong[1] = text("service.version", "<script>");
    let mut anonymous = openfn();
    anonymous.retain(|attribute| attribute.key != "service.instance.id");
    let resources = vec![
        resource(wrong, users(1, NOON)),
        resource(anonymous, users(1, NOON)),
        resource(vec![], users(1, NOON)),
        resource(openfn(), users(7, NOON)),
    ];
    let sorted = receive(library, resources);
    assert_eq!((sorted.sent, sorted.rejected, sorted.arrived.len()), (8, 6, 1));
    let first = first(&sorted);
    assert!(first.starts_with("expected text that matches ^(?:v?[0-9]+"), "{first}");
    assert!(
        first.ends_with("for `service.version`, got something else, at resourceMetrics[0]"),
        "{first}"
    );
}

#[test]
fn collectors_may_turn_integers_into_doubles() {
    let mut whole = point(0, NOON, &[]);
    whole.value = Some(number_data_point::Value::AsDouble(41.0));
    let mut half = point(0, NOON, &[]);
    half.value = Some(number_data_point::Value::AsDouble(41.5));
    let metrics =
        vec![gauge("openfn.users", vec![whole]), gauge("openfn.users.active", vec![half])];
    let sorted = receive(&LIBRARY, vec![resource(openfn(), metrics)]);
    assert_eq!((sorted.sent, sorted.rejected), (2, 1));
    assert!(first(&sorted).starts_with("expected a whole number for `openfn.users.active`"));
}

#[test]
fn halves_in_any_order_any_number_of_times_are_the_whole() {
    let library = &*LIBRARY;
    let whole = receive(library, vec![resource(openfn(), users(7, NOON))]).arrived.remove(0);
    let mut halves: Vec<Part> = users(7, NOON)
        .into_iter()
        .map(|metric| {
            receive(library, vec![resource(openfn(), vec![metric])]).arrived.remove(0).part
        })
        .collect();
    let late = halves.remove(1);
    let mut merged = late.clone();
    merged.merge(halves.remove(0));
    assert_eq!(merged, whole.part);
    let again = merged.merge(late);
    assert_eq!((again.added, again.duplicate), (0, 1));
    assert_eq!(merged, whole.part);
}

#[test]
fn the_newest_value_of_a_day_wins() {
    let library = &*LIBRARY;
    let mut morning =
        receive(library, vec![resource(openfn(), users(7, NOON))]).arrived.remove(0).part;
    let evening =
        receive(library, vec![resource(openfn(), users(9, NOON + 60))]).arrived.remove(0).part;
    let mut other_way = evening.clone();
    assert_eq!(morning.merge(evening).added, 2);
    other_way
        .merge(receive(library, vec![resource(openfn(), users(7, NOON))]).arrived.remove(0).part);
    assert_eq!(morning, other_way);
    let contract = library.newest("openfn").expect("it ships");
    let (draft, _) = contract.draft(&morning);
    assert!(draft.to_string().contains("\"no_of_users\":9"));
}

/// What an OpenWISP instance says of itself, with a report's id or without.
fn openwisp(id: Option<&str>) -> Vec<KeyValue> {
    let mut attributes = vec![
        text("service.name", "openwisp"),
        text("service.instance.id", INSTANCE),
        text("service.version", "22.05"),
        text("os.description", "Ubuntu 20.04.1 LTS"),
        text("os.version", "5.13.0-52-generic"),
        text("host.arch", "amd64"),
        text("openwisp.installation.method", "pip"),
    ];
    attributes.extend(id.map(|id| text("headcount.report.id", id)));
    attributes
}

#[test]
fn events_have_no_identity() {
    let library = &*LIBRARY;
    let module = |id, time| {
        let attributes =
            [("openwisp.module.name", "openwisp-users"), ("openwisp.module.version", "1.1.0")];
        let metric = gauge("openwisp.module", vec![point(1, time, &attributes)]);
        resource(openwisp(id), vec![metric])
    };
    let resources = vec![module(Some("a-1"), NOON), module(Some("a-2"), NOON), module(None, NOON)];
    let sorted = receive(library, resources);
    let keys: Vec<_> = sorted.arrived.iter().map(|a| a.key.instance.as_str()).collect();
    assert_eq!((keys.len(), keys[0], keys[1], keys[2].len()), (3, "a-1", "a-2", 64));
    let report = library.find("openwisp").expect("it ships").report(&sorted.arrived[2].part);
    let report = report.expect("whole").to_string();
    assert!(report.contains(r#""action":"kernel_version","name":"5.13.0""#), "{report}");
    assert!(report.contains(r#""action":"hardware_platform","name":"x86_64""#), "{report}");
    assert!(!report.contains(INSTANCE), "{report}");
    // What says the same on the same day without any id is the same report.
    let later = receive(library, vec![module(None, NOON + 60)]);
    assert_eq!(later.arrived[0].key, sorted.arrived[2].key);
}

#[test]
fn a_report_that_lost_a_part_says_so() {
    let mut attributes = openfn();
    let count = headcount_proto::otlp::any_value::Value::IntValue(3);
    attributes.push(headcount_proto::otlp::KeyValue {
        key: "headcount.report.points".to_owned(),
        value: Some(headcount_proto::otlp::AnyValue { value: Some(count) }),
        ..Default::default()
    });
    let library = &*LIBRARY;
    let sorted = receive(library, vec![resource(attributes, users(7, NOON))]);
    let contract = library.newest("openfn").expect("it ships");
    let error = contract.report(&sorted.arrived[0].part).expect_err("a part");
    assert_eq!(
        error.to_string(),
        "expected a whole report, got one with 2 of 3 data points without `instance.no_of_monthly_active_users`"
    );
}

#[test]
fn a_stored_part_is_read_back() {
    let part = receive(&LIBRARY, vec![resource(openfn(), users(7, NOON))]).arrived.remove(0).part;
    let stored = part.encode();
    assert_eq!(Part::decode(&stored).expect("a part"), part);
    assert!(Part::decode(&stored[..stored.len() - 1]).is_err());
    assert!(Part::decode(b"").is_err());
}

#[test]
fn what_no_contract_knows_is_placed_at_its_resource() {
    let strange = resource(vec![text("service.name", "strange")], users(1, NOON));
    let sorted = receive(&LIBRARY, vec![resource(openfn(), users(7, NOON)), strange]);
    assert_eq!((sorted.sent, sorted.rejected), (4, 2));
    let first = first(&sorted);
    assert!(first.ends_with("manyfold/0.90), got another, at resourceMetrics[1]"), "{first}");
}

#[test]
fn an_attribute_that_is_absent_is_not_taken_for_another() {
    let report = "  sales:
    $each_point: shop.sales
    day: { $attribute: shop.day, brief: A day, optional: omit }
    hour: { $attribute: shop.hour, brief: An hour, optional: omit }
    sold: { $value: point }
";
    let library = library_of(shop("none", report));
    let points = vec![point(1, NOON, &[("shop.day", "7")]), point(2, NOON, &[("shop.hour", "7")])];
    let shop = vec![text("service.name", "shop")];
    let sorted = receive(&library, vec![resource(shop, vec![gauge("shop.sales", points)])]);
    assert_eq!((sorted.rejected, sorted.duplicate), (0, 0));
    let contract = library.find("shop").expect("the only one");
    let report = contract.report(&sorted.arrived[0].part).expect("whole").to_string();
    assert_eq!(report, r#"{"sales":[{"day":"7","sold":1},{"hour":"7","sold":2}]}"#);
}

#[test]
fn only_the_form_of_a_hash_is_taken_for_one() {
    let id = "  id: { $id: service.instance.id, hash: hmac_sha256, encoding: base64 }\n";
    let library = library_of(shop("stable", id));
    // 44 characters of base64, but 33 bytes.
    let id = "alicesecretaccounttokenabcdefghijklmnopqrstu";
    let shop = vec![text("service.name", "shop"), text("service.instance.id", id)];
    let beat = gauge("headcount.report", vec![point(1, NOON, &[])]);
    let sorted = receive(&library, vec![resource(shop, vec![beat])]);
    assert_ne!(sorted.arrived[0].key.instance, id);
}

#[test]
fn a_date_is_told_in_one_way() {
    let dates = ["-000001-01-01", "2024-04-25T23:59[Europe/Berlin]", "1969-12-31", "2600-01-01"];
    for date in dates {
        let mut attributes = openfn();
        attributes.push(text("headcount.report.date", date));
        let sorted = receive(&LIBRARY, vec![resource(attributes, users(7, NOON))]);
        assert_eq!(sorted.rejected, 2, "{date}");
        assert!(first(&sorted).starts_with("expected a date such as 2024-04-25"), "{date}");
    }
}

#[test]
fn days_that_alternate_under_one_resource_are_a_report_each() {
    let report = "  users: { $gauge: shop.users, brief: People. }\n  \
                  goods: { $gauge: shop.goods, brief: Goods. }\n";
    let library = library_of(shop("none", report));
    let metric = |name| {
        let days = [NOON, NOON + 86_400_000_000_000];
        gauge(name, days.map(|time| point(3, time, &[])).to_vec())
    };
    let attributes = vec![text("service.name", "shop")];
    let metrics = vec![metric("shop.users"), metric("shop.goods")];
    let sorted = receive(&library, vec![resource(attributes, metrics)]);
    let points: Vec<_> = sorted.arrived.iter().map(|arrived| arrived.part.points()).collect();
    assert_eq!(points, [2, 2]);
}

#[test]
fn a_refused_point_leaves_nothing_behind_on_its_way() {
    const PROJECT: (&str, &str) = ("openfn.project.id", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed");
    let jobs = |workflow, time| {
        gauge(
            "openfn.workflow.jobs",
            vec![point(1, time, &[PROJECT, ("openfn.workflow.id", workflow)])],
        )
    };
    let right = jobs("9f0d1a52-6f0f-4b0c-8d3b-2f6f1f0f9a11", NOON);
    let refused = jobs("no UUID", NOON + 1);
    let alone = receive(&LIBRARY, vec![resource(openfn(), vec![right.clone()])]);
    let both = receive(&LIBRARY, vec![resource(openfn(), vec![right, refused])]);
    assert_eq!(both.rejected, 1);
    assert_eq!(both.arrived, alone.arrived);
}
