//! The walk against prost's decoding of the same bytes, in time and in allocations.
//!
//! Both run in turns, so that what else the machine does meets both, and the median of the ratios
//! is what counts: at most 0.30 is the aim. Counting the allocations makes prost's a little slower,
//! by about 0.01 of the ratio. `cargo bench -p headcount-proto`

#![allow(clippy::print_stdout, reason = "a program that prints a table")]

mod requests;

use std::hint::black_box;
use std::time::{Duration, Instant};

use headcount_proto::otlp::ExportMetricsServiceRequest;
use headcount_proto::{Limits, Metric, Number, Point, Resource, Scope, Visit, read};
use prost::Message;

/// How many pairs of runs are compared.
const ROUNDS: usize = 301;

fn main() {
    println!(
        "request     bytes   points    read µs   prost µs    ratio   allocations: read  prost"
    );
    row("small", &requests::small(), 200);
    row("big", &requests::big(), 2);
}

/// Prints a row of the table. A run reads the request so many times.
fn row(name: &str, bytes: &[u8], times: u32) {
    let mut pairs: Vec<(Duration, Duration)> =
        (0..ROUNDS).map(|_| (time(times, || walk(bytes)), time(times, || decode(bytes)))).collect();
    pairs.sort_by(|one, other| ratio(*one).total_cmp(&ratio(*other)));
    let (walked, decoded) = pairs[ROUNDS / 2];
    let micros = |run: Duration| run.as_secs_f64() * 1e6 / f64::from(times);
    println!(
        "{name:7} {length:9} {points:8} {walked:10.2} {decoded:10.2} {ratio:8.3} {own:19} {theirs:6}",
        length = bytes.len(),
        points = walk(bytes),
        walked = micros(walked),
        decoded = micros(decoded),
        ratio = ratio(pairs[ROUNDS / 2]),
        own = allocations(|| walk(bytes)),
        theirs = allocations(|| decode(bytes)),
    );
}

fn ratio((walked, decoded): (Duration, Duration)) -> f64 {
    walked.as_secs_f64() / decoded.as_secs_f64()
}

/// The time of the runs, without that of dropping what they made.
fn time<T>(times: u32, mut run: impl FnMut() -> T) -> Duration {
    (0..times)
        .map(|_| {
            let start = Instant::now();
            let made = black_box(run());
            let elapsed = start.elapsed();
            drop(made);
            elapsed
        })
        .sum()
}

fn allocations<T>(run: impl FnOnce() -> T) -> u64 {
    allocation_counter::measure(|| {
        black_box(run());
    })
    .count_total
}

fn walk(bytes: &[u8]) -> usize {
    let mut count = Count::default();
    read(black_box(bytes), &Limits::default(), &mut count).expect("the request is right");
    black_box(count.sum);
    count.points
}

fn decode(bytes: &[u8]) -> ExportMetricsServiceRequest {
    ExportMetricsServiceRequest::decode(black_box(bytes)).expect("the request is right")
}

/// Looks at everything once, as a consumer would.
#[derive(Default)]
struct Count {
    points: usize,
    sum: i64,
}

impl<'a> Visit<'a> for Count {
    fn resource(&mut self, resource: &Resource<'_, 'a>) {
        black_box(resource);
    }

    fn scope(&mut self, scope: &Scope<'_, 'a>) {
        black_box(scope);
    }

    fn metric(&mut self, metric: &Metric<'a>) {
        black_box(metric);
    }

    fn point(&mut self, point: &Point<'_, 'a>) {
        self.points += 1;
        if let Some(Number::Int(value)) = black_box(point).value {
            self.sum = self.sum.wrapping_add(value);
        }
    }
}
