//! Collectors turn integers into doubles: 12.0 is 12, and 12.5 is no count.

use headcount_contract::Sorted;
use headcount_proto::otlp::number_data_point::Value::{self, AsDouble, AsInt};
use headcount_proto::otlp::{AnyValue, KeyValue, NumberDataPoint, any_value};

use crate::request::*;

/// Whether a shop is open, its users, and what it sold of a good with this id.
fn received(values: [Value; 3], id: any_value::Value) -> Sorted {
    let report = "  open: { $gauge: shop.open, type: boolean, brief: Open., optional: zero }\n  \
                  users: { $gauge: shop.users, brief: People., optional: zero }\n  \
                  goods:\n    $each: shop.good\n    \
                  id: { $id: shop.good, hash: hmac_sha256 }\n    \
                  sold: { $gauge: shop.sold, brief: Sold. }\n";
    let library = library_of(shop("none", report));
    let value = Some(AnyValue { value: Some(id) });
    let good = KeyValue { key: "shop.good".to_owned(), value, ..Default::default() };
    let names = [("shop.open", vec![]), ("shop.users", vec![]), ("shop.sold", vec![good])];
    let metrics = names.into_iter().zip(values).map(|((name, attributes), value)| {
        let value = Some(value);
        gauge(name, vec![NumberDataPoint { value, attributes, ..point(0, NOON, &[]) }])
    });
    let attributes = vec![text("service.name", "shop"), text("headcount.report.id", "a")];
    receive(&library, vec![resource(attributes, metrics.collect())])
}

#[test]
fn a_double_is_taken_for_the_whole_number_that_it_was() {
    let integers = received([AsInt(1), AsInt(12), AsInt(3)], any_value::Value::IntValue(7));
    let doubles = received(
        [AsDouble(1.0), AsDouble(12.0), AsDouble(3.0)],
        any_value::Value::DoubleValue(7.0),
    );
    assert_eq!((doubles.rejected, &doubles.first), (0, &None));
    assert_eq!(doubles.arrived, integers.arrived);
    assert_eq!(doubles.arrived[0].part.points(), 3);
}

#[test]
fn what_is_no_whole_number_is_rejected() {
    let (open, users, sold) = (AsInt(1), AsInt(12), AsInt(3));
    let id = any_value::Value::IntValue(7);
    let cases = [
        ([AsDouble(0.5), users, sold], id.clone(), "expected 0 or 1 for `shop.open`"),
        ([AsDouble(2.0), users, sold], id.clone(), "expected 0 or 1 for `shop.open`"),
        ([open, AsDouble(12.5), sold], id.clone(), "expected a whole number for `shop.users`"),
        // Beyond 2^53 a double is rounded.
        ([open, AsDouble(1e16), sold], id, "expected a whole number for `shop.users`"),
        ([open, users, sold], any_value::Value::DoubleValue(7.5), "expected text for `shop.good`"),
    ];
    for (values, id, expected) in cases {
        let sorted = received(values, id);
        assert_eq!((sorted.sent, sorted.rejected), (3, 1), "{expected}");
        let first = sorted.first.expect("it is told").to_string();
        assert!(first.starts_with(expected), "{first}");
    }
}
