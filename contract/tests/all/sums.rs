//! Sums: a cumulative one that can fall says what a gauge says, and no other does.

use headcount_contract::{Library, Secret, Sorted, sort, sort_for_relay};
use headcount_proto::otlp::{Metric, NumberDataPoint, ResourceMetrics, Sum, metric};
use headcount_proto::{Limits, from_json, to_json};
use jiff::civil::Date;

use crate::request::*;

const UNSPECIFIED: i32 = 0;
const DELTA: i32 = 1;
const CUMULATIVE: i32 = 2;

fn sum(temporality: i32, is_monotonic: bool) -> Metric {
    let data_points: Vec<NumberDataPoint> = vec![point(137, NOON, &[])];
    let data = Sum { data_points, aggregation_temporality: temporality, is_monotonic };
    let data = Some(metric::Data::Sum(data));
    Metric { name: "openfn.users".to_owned(), data, ..Default::default() }
}

fn relay(library: &Library, resources: Vec<ResourceMetrics>) -> Sorted {
    let (secret, bytes) = (Secret::new([9; 32]), bytes(resources));
    let any = |_: &_| Some(Date::MIN..=Date::MAX);
    sort_for_relay(&any, library, &secret, &bytes, &Limits::default()).expect("OTLP")
}

#[test]
fn an_up_down_counter_gives_what_the_gauge_gives() {
    let as_gauge = || resource(openfn(), vec![gauge("openfn.users", vec![point(137, NOON, &[])])]);
    let as_sum = || resource(openfn(), vec![sum(CUMULATIVE, false)]);
    for receive in [receive, relay] {
        let (one, other) = (receive(&LIBRARY, vec![as_gauge()]), receive(&LIBRARY, vec![as_sum()]));
        assert_eq!((other.sent, other.rejected), (1, 0), "{:?}", other.first);
        assert_eq!(one.arrived, other.arrived);
    }
}

#[test]
fn every_other_sum_is_rejected_by_what_it_is() {
    let cases = [
        (DELTA, false, "a delta sum"),
        (DELTA, true, "a delta sum"),
        (CUMULATIVE, true, "a cumulative sum that can only rise"),
        (UNSPECIFIED, false, "a sum that is neither cumulative nor delta"),
        (77, false, "a sum that is neither cumulative nor delta"),
    ];
    for (temporality, monotonic, came) in cases {
        for receive in [receive, relay] {
            let sorted =
                receive(&LIBRARY, vec![resource(openfn(), vec![sum(temporality, monotonic)])]);
            assert_eq!((sorted.sent, sorted.rejected), (1, 1), "{came}");
            let first = sorted.first.expect("it is told");
            assert_eq!(first.label(), "kind");
            assert_eq!(
                first.to_string(),
                format!(
                    "expected `openfn.users` to be a gauge or a cumulative sum that can fall, got {came}, at \
                     resourceMetrics[0].scopeMetrics[0].metrics[0]"
                )
            );
        }
    }
}

#[test]
fn a_sum_in_json_may_say_what_it_is_before_its_points_or_behind() {
    for (temporality, taken) in [(CUMULATIVE, 1), (DELTA, 0)] {
        let bytes = bytes(vec![resource(openfn(), vec![sum(temporality, false)])]);
        let behind = to_json(&bytes).expect("OTLP");
        let said = format!(r#","aggregationTemporality":{temporality}"#);
        let before = behind
            .replace(&said, "")
            .replace(r#""sum":{"#, &format!(r#""sum":{{"aggregationTemporality":{temporality},"#));
        assert_ne!(behind, before);
        for json in [behind, before] {
            let bytes = from_json(json.as_bytes(), &Limits::default()).expect("OTLP/JSON");
            let sorted = sort(&LIBRARY, &Secret::new([9; 32]), &bytes, &Limits::default());
            let sorted = sorted.expect("OTLP");
            assert_eq!((sorted.sent, sorted.arrived.len()), (1, taken), "{json}");
        }
    }
}
