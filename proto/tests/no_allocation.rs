//! The walk allocates nothing, whatever it is given; the transcoder no more than a few times its
//! input.

#[path = "../benches/requests/mod.rs"]
mod requests;

use allocation_counter::{AllocationInfo, measure};
use headcount_proto::{Limits, Metric, Point, Resource, Scope, Visit, from_json, read};

/// As many bytes as a receiver takes.
const BODY: usize = 4 * 1024 * 1024;

/// Only counts.
#[derive(Default)]
struct Count(usize);

impl<'a> Visit<'a> for Count {
    fn resource(&mut self, _: &Resource<'_, 'a>) {
        self.0 += 1;
    }

    fn scope(&mut self, _: &Scope<'_, 'a>) {
        self.0 += 1;
    }

    fn metric(&mut self, _: &Metric<'a>) {
        self.0 += 1;
    }

    fn point(&mut self, _: &Point<'_, 'a>) {
        self.0 += 1;
    }
}

fn limits() -> [Limits; 2] {
    const MANY: usize = usize::MAX;
    let generous = Limits {
        resources: MANY,
        scopes: MANY,
        metrics: MANY,
        points: MANY,
        depth: MANY,
        value_bytes: MANY,
        buckets: MANY,
        unknown_bytes: MANY,
        ..Limits::default()
    };
    [Limits::default(), generous]
}

fn allocations(bytes: &[u8], limits: &Limits) -> (u64, usize) {
    let mut count = Count::default();
    let info = measure(|| drop(read(bytes, limits, &mut count)));
    (info.count_total, count.0)
}

/// A body full of `piece`, in so many length-delimited fields around it.
fn body(numbers: &[u8], piece: &[u8]) -> Vec<u8> {
    let mut bytes = piece.repeat((BODY - 100) / piece.len());
    for number in numbers.iter().rev() {
        let mut outer = vec![number << 3 | 2];
        prost::encode_length_delimiter(bytes.len(), &mut outer).expect("a vector grows");
        outer.append(&mut bytes);
        bytes = outer;
    }
    bytes
}

#[test]
fn reports_are_read_without_allocation() {
    assert_eq!(allocations(&requests::small(), &Limits::default()), (0, 2 + 12 + 12));
    assert_eq!(allocations(&requests::big(), &Limits::default()), (0, 2 + 4 + 4_000));
}

#[test]
fn a_body_of_empty_messages_costs_no_memory() {
    let gauge = [1, 2, 2, 5];
    for (numbers, piece) in [
        (&gauge[..0], &b"\x0a\x00"[..]),    // resources
        (&gauge[..1], b"\x12\x00"),         // scopes
        (&gauge[..2], b"\x12\x00"),         // metrics
        (&gauge[..3], b"\x2a\x00"),         // gauges that are merged
        (&gauge[..3], b"\x2a\x00\x3a\x00"), // gauges and sums in turns
        (&gauge, b"\x0a\x00"),              // points
        (&[1, 1], b"\x0a\x00"),             // attributes
        (&[1, 1, 1, 2, 5], b"\x0a\x00"),    // elements of an array
        (&[], b"\x78\x01"),                 // unknown varints
        (&[], b"\x7b\x7c"),                 // unknown groups
        (&[], b"\x7b"),                     // groups without end
        (&[], b"\x80"),                     // a varint without end
    ] {
        let bytes = body(numbers, piece);
        for limits in limits() {
            let (allocations, _) = allocations(&bytes, &limits);
            assert_eq!(allocations, 0, "{numbers:?} {piece:?}");
        }
    }
}

/// As many bytes of JSON, which takes its time without optimisation.
const TEXT: usize = BODY / 4;

/// The transcoding of a text made of a beginning, a repeated middle and an end.
fn transcoding(limits: &Limits, start: &str, piece: &str, end: &str) -> (AllocationInfo, bool) {
    let count = (TEXT - start.len() - end.len()) / piece.len();
    let text = format!("{start}{}{end}", piece.repeat(count));
    let mut taken = false;
    let info = measure(|| taken = from_json(text.as_bytes(), limits).is_ok());
    (info, taken)
}

#[test]
fn json_costs_a_few_times_its_length_at_most() {
    const METRIC: &str = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"#;
    for (start, piece, end) in [
        (r#"{"resourceMetrics":["#, "{},", "{}]}"),
        (r#"{"resourceMetrics":[{"scopeMetrics":["#, "{},", "{}]}]}"),
        (&format!(r#"{METRIC}"gauge":{{"dataPoints":["#), "{},", "{}]}}]}]}]}"),
        (
            &format!(r#"{METRIC}"histogram":{{"dataPoints":[{{"bucketCounts":["#),
            "0,",
            "0]}]}}]}]}]}",
        ),
        (r#"{"resourceMetrics":[{"resource":{"attributes":["#, "{},", "{}]}}]}"),
        (r#"{"resourceMetrics":[{"schemaUrl":""#, r"\n", r#""}]}"#),
        (r#"{"unknown":["#, "[],", "[]]}"),
        (r#"{"unknown":"#, "[", "}"),
        (r#"{"resourceMetrics":"#, "[", "}"),
        (r"{", r#""a":0,"#, r#""b":0}"#),
    ] {
        for limits in limits() {
            let (info, _) = transcoding(&limits, start, piece, end);
            let most = 8 * TEXT as u64;
            assert!(info.bytes_max <= most, "{} bytes for {start}{piece}", info.bytes_max);
        }
    }
}

#[test]
fn json_that_passes_a_limit_costs_next_to_nothing() {
    let (info, taken) = transcoding(&Limits::default(), r#"{"resourceMetrics":["#, "{},", "{}]}");
    assert!(!taken);
    assert!(info.bytes_max < 16 * 1024, "{} bytes", info.bytes_max);
}
