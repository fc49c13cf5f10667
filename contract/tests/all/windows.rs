//! Reports that a receiver does not take: for days that are closed, and of contracts that it leaves out.

use std::ops::RangeInclusive;

use headcount_contract::{Contract, Secret, Sorted, sort_within};
use headcount_proto::Limits;
use headcount_proto::otlp::ResourceMetrics;
use jiff::civil::{Date, date};

use crate::request::*;

const DAY: u64 = 86_400_000_000_000;

fn within(
    window: impl Fn(&Contract) -> Option<RangeInclusive<Date>>,
    resources: Vec<ResourceMetrics>,
) -> Sorted {
    let (secret, bytes) = (Secret::new([9; 32]), bytes(resources));
    sort_within(&window, &LIBRARY, &secret, &bytes, &Limits::default()).expect("OTLP")
}

/// The day of `NOON` and the one before it.
const OPEN: RangeInclusive<Date> = date(2024, 4, 24)..=date(2024, 4, 25);

fn first(sorted: &Sorted) -> String {
    let first = sorted.first.as_ref().expect("something was rejected");
    format!("{}: {first}", first.label())
}

#[test]
fn points_of_closed_days_are_rejected_and_the_others_are_taken() {
    let times = [NOON - 2 * DAY, NOON - DAY, NOON, NOON + DAY];
    let points = times.map(|time| point(7, time, &[])).to_vec();
    let sorted =
        within(|_| Some(OPEN), vec![resource(openfn(), vec![gauge("openfn.users", points)])]);
    assert_eq!((sorted.sent, sorted.rejected, sorted.duplicate), (4, 2, 0));
    let days: Vec<_> = sorted.arrived.iter().map(|arrived| arrived.key.date.to_string()).collect();
    assert_eq!(days, ["2024-04-24", "2024-04-25"]);
    assert_eq!(
        first(&sorted),
        "closed_day: expected a day from 2024-04-24 to 2024-04-25, got another, at \
         resourceMetrics[0].scopeMetrics[0].metrics[0].dataPoints[0]"
    );
}

#[test]
fn the_day_that_a_report_names_counts_and_its_resource_is_the_place() {
    let request = |date| {
        let mut attributes = openfn();
        attributes.push(text("headcount.report.date", date));
        resource(attributes, vec![gauge("openfn.users", vec![point(7, NOON, &[]); 3])])
    };
    let sorted = within(|_| Some(OPEN), vec![request("2024-04-25"), request("2024-04-23")]);
    assert_eq!((sorted.sent, sorted.rejected, sorted.duplicate), (6, 3, 2));
    assert!(first(&sorted).ends_with(", at resourceMetrics[1]"), "{}", first(&sorted));
}

#[test]
fn a_contract_without_a_window_is_as_one_that_nobody_knows() {
    let only =
        |contract: &Contract| (contract.label() == "openfn/1").then_some(Date::MIN..=Date::MAX);
    let users = || {
        vec![
            gauge("openfn.users", vec![point(7, NOON, &[])]),
            gauge("misspelt", vec![point(7, NOON, &[])]),
        ]
    };
    let sorted = within(only, vec![resource(openfn(), users())]);
    assert_eq!((sorted.sent, sorted.rejected), (2, 2));
    assert_eq!(
        first(&sorted),
        "no_contract: expected the schema URL or `service.name` of a known contract (openfn/1), got \
         another, at resourceMetrics[0]"
    );
}

#[test]
fn an_erasure_is_taken_for_any_day_and_of_any_contract() {
    let mut attributes = openfn();
    attributes.push(text("headcount.report.reason", "erase"));
    let heartbeat = || vec![gauge("headcount.report", vec![point(1, NOON, &[])])];
    let closed = |_: &Contract| None;
    let sorted = within(closed, vec![resource(attributes.clone(), heartbeat())]);
    assert_eq!((sorted.sent, sorted.rejected, sorted.erasures.len()), (1, 0, 1));
    let never = |_: &Contract| Some(Date::MAX..=Date::MAX);
    let sorted = within(never, vec![resource(attributes, heartbeat())]);
    assert_eq!((sorted.sent, sorted.rejected, sorted.erasures.len()), (1, 0, 1));
}
