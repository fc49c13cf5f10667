//! What is wrong with bytes that are no request, and where it stands.

mod differential;

use differential::event::Record;
use headcount_proto::{Limits, Place, read};

/// The bytes of a message in a field with this number.
fn field(number: u8, message: &[u8]) -> Vec<u8> {
    let length = u8::try_from(message.len()).expect("short messages only");
    [&[number << 3 | 2, length], message].concat()
}

/// A request with a metric of these bytes.
fn metric(message: &[u8]) -> Vec<u8> {
    [field(1, b""), field(1, &field(2, &field(2, message)))].concat()
}

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let error = read(bytes, &Limits::default(), &mut Record::default()).expect_err(expected);
    assert_eq!(error.to_string(), expected);
    assert!(!error.is_limit());
}

#[test]
fn is_named_with_its_place() {
    refused(
        &metric(&field(1, b"secret \xff")),
        "expected UTF-8 for Metric.name, got other bytes, at \
         resourceMetrics[1].scopeMetrics[0].metrics[0] (byte 10)",
    );
    refused(
        &metric(&field(5, &[field(1, b""), field(1, &[0x3d, 1, 2, 3, 4])].concat())),
        "expected a length-delimited field for NumberDataPoint.attributes, got four bytes, at \
         resourceMetrics[1].scopeMetrics[0].metrics[0].dataPoints[1] (byte 15)",
    );
    refused(
        &metric(&field(9, &field(1, &field(8, &field(7, &field(2, &field(1, b"\x80"))))))),
        "expected UTF-8 for AnyValue.stringValue, got other bytes, at \
         resourceMetrics[1].scopeMetrics[0].metrics[0].dataPoints[0] (byte 20)",
    );
}

#[test]
fn is_told_apart() {
    let (at, of) = ("request (byte", "resourceMetrics[0] (byte");
    refused(
        b"\x0a",
        &format!(
            "expected a varint of at most 64 bits, got a longer or unfinished one, at {of} 1)"
        ),
    );
    refused(
        b"\x0a\x05\x12",
        &format!(
            "expected as many bytes as the field's length says, got the end of the message, at {of} 2)"
        ),
    );
    refused(
        b"\x00\x00",
        &format!("expected a field number from 1 to 536870911, got another, at {at} 0)"),
    );
    refused(b"\x0e", &format!("expected a wire type from 0 to 5, got another, at {at} 1)"));
    refused(
        b"\x7c",
        &format!("expected a field, got the end of a group that did not begin, at {at} 1)"),
    );
    refused(
        b"\x7b\x74",
        &format!("expected the end of the group, got that of another, at {at} 1)"),
    );
    refused(
        &[0x7b; 200],
        &format!("expected at most 100 messages in one another, got more, at {at} 101)"),
    );
}

#[test]
fn places_are_counted_by_whoever_visits() {
    let mut place = Place::default();
    assert_eq!(place.to_string(), "request");
    place.enter_resource();
    place.enter_resource();
    assert_eq!(place.to_string(), "resourceMetrics[1]");
    place.enter_scope();
    place.enter_metric();
    place.enter_metric();
    place.enter_point();
    assert_eq!(place.to_string(), "resourceMetrics[1].scopeMetrics[0].metrics[1].dataPoints[0]");
    place.enter_metric();
    assert_eq!(place.to_string(), "resourceMetrics[1].scopeMetrics[0].metrics[2]");
    place.enter_resource();
    assert_eq!(place.to_string(), "resourceMetrics[2]");
}
