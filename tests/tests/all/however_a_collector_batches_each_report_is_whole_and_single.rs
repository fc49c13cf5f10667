//! A Collector splits reports, merges those of many instances, and sends parts in another order. Each report comes out
//! as it went in, once.

use headcount_tests::{Numbered, Report};

use crate::expected::{openfn, rfc3339_micros, yesterday};
use crate::through::{Onward, Route, exporting};

/// A Collector's batches of at most so many points, sent at once, by several senders at the same time.
fn batches(of: usize) -> String {
    format!("{{ send_batch_size: {of}, send_batch_max_size: {of}, timeout: 50ms }}")
}

const SENDERS: &str = "{ sending_queue: { num_consumers: 8 } }";

#[test]
fn what_an_sdk_measured_is_split() -> anyhow::Result<()> {
    let time = yesterday();
    let report = Report::read("openfn-2", time)?;
    for onward in Onward::BOTH {
        for size in [1, 7, 100] {
            let mut route = Route::with(onward, &[("batch", &batches(size))], |collecting| {
                collecting.and(&exporting(onward, SENDERS))
            })?;
            route.send(&report)?;
            let lines = route.arrived()?;
            assert_eq!(lines, [openfn(&rfc3339_micros(time))], "{onward:?} {size}");
        }
    }
    Ok(())
}

#[test]
fn many_instances_travel_in_one_request() -> anyhow::Result<()> {
    let numbered = Numbered::at(yesterday())?;
    for onward in Onward::BOTH {
        let whole = "{ send_batch_size: 50, timeout: 60s }";
        let mut route = Route::through(onward, &[("batch", whole)])?;
        for number in 0..50 {
            route.post(&numbered.request(&[number]))?;
        }
        let mut numbers = Vec::new();
        for line in route.arrived()? {
            numbers.push(numbered.number(&line)?);
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (0..50).collect::<Vec<_>>(), "{onward:?}");
    }
    Ok(())
}
