//! A Collector splits reports, merges those of many instances, and sends parts in another order. Each report comes out
//! as it went in, once.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context as _;
use headcount::contract::{Level, Library, Reason};
use headcount::{Date, Day, Exporter, Protocol};
use headcount_tests::{Capture, Encoding, Gauge, Numbered, Point, Receiver, Report, Way, post};

use crate::expected::{openfn, rfc3339_micros, yesterday};
use crate::through::{Onward, Route, exporting, passing};

/// Batches of so many points: one point each, some, and all of a report.
const SIZES: [usize; 3] = [1, 7, 100];

/// The reports of fifty instances, each of one point, in a batch.
const FIFTY: &str = "{ send_batch_size: 50, timeout: 60s }";

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
        for size in SIZES {
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
        let mut route = Route::through(onward, &[("batch", FIFTY)])?;
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

/// An SDK tells the same series at every interval, and what it told last may come first.
#[test]
fn of_several_intervals_in_any_order_the_last_counts() -> anyhow::Result<()> {
    // Ten microseconds that lie in one UTC day, whenever the test runs.
    let time = yesterday() / 86_400_000_000_000 * 86_400_000_000_000 + 5_400_000_876_776;
    let last = time + 9_000;
    let whole = openfn(&rfc3339_micros(last));
    for onward in Onward::BOTH {
        let mut route = Route::with(onward, &[("batch", &batches(1))], |collecting| {
            collecting.and(&exporting(onward, SENDERS))
        })?;
        for interval in (0..10).rev() {
            let mut report = Report::read("openfn-2", time + interval * 1_000)?;
            // 137 users in the last.
            report.gauge("openfn.users")?.points[0].value = (128 + interval).into();
            route.send(&report)?;
        }
        assert_eq!(route.arrived()?, [&*whole], "{onward:?}");
    }
    Ok(())
}

/// What the tests here are about does happen.
#[test]
fn the_points_travel_in_as_many_requests_as_the_collector_is_told() -> anyhow::Result<()> {
    let request = Report::read("openfn-2", yesterday())?.protobuf();
    for (size, expected) in SIZES.into_iter().zip([14, 2, 1]) {
        let capture = Capture::start()?;
        let processors = [("batch", &*batches(size))];
        let mut collector = passing(capture.address(), Onward::Http, &processors).start()?;
        post(collector.grpc(), &request, Way::Grpc, Encoding::Identity)?.success()?;
        collector.stop()?;
        assert_eq!(capture.requests().len(), expected, "{size}");
    }

    let numbered = Numbered::at(yesterday())?;
    let capture = Capture::start()?;
    let mut collector = passing(capture.address(), Onward::Http, &[("batch", FIFTY)]).start()?;
    for number in 0..50 {
        let request = numbered.request(&[number]);
        post(collector.grpc(), &request, Way::Grpc, Encoding::Identity)?.success()?;
    }
    collector.stop()?;
    assert_eq!(capture.requests().len(), 1);
    Ok(())
}

/// An instance of OpenFn that measures what `openfn-2.json` holds, and sends a report of it.
fn report(report: Report, endpoint: SocketAddr, protocol: Protocol) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let contract = Library::built_in().find("openfn/2").context("a contract that ships")?.clone();
    let attribute = |name: &str| {
        let found = report.resource.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).context("the report has it")
    };
    let exporter = Exporter::builder(contract, folder.path())
        .endpoint(format!("http://{endpoint}"))
        .protocol(protocol)
        .instance_id(attribute("service.instance.id")?)
        .attribute("service.version", attribute("service.version")?)
        .attribute("os.type", attribute("os.type")?)
        .environment(|_| None)
        .report_for(move |_: Date, day: &mut Day| -> Result<(), Infallible> {
            for gauge in &report.gauges {
                for point in &gauge.points {
                    set(day, gauge, point);
                }
            }
            Ok(())
        })
        .build()?;
    exporter.agree(Level::Diagnostics)?;
    let time = UNIX_EPOCH + Duration::from_nanos(yesterday());
    let outcome = exporter.send(Reason::Daily, time)?;
    anyhow::ensure!(outcome.to_string() == "delivered", "{outcome}");
    Ok(())
}

fn set(day: &mut Day, gauge: &Gauge, point: &Point) {
    let value = point.value.as_i64().expect("the report has integers only");
    match point.attributes.as_slice() {
        [] => day.set(&gauge.name, [], value),
        [(key, id)] => day.set(&gauge.name, [(key, id)], value),
        [(key, id), (other, child)] => day.set(&gauge.name, [(key, id), (other, child)], value),
        more => panic!("expected two attributes at most, got {more:?}"),
    }
}

#[test]
fn what_the_exporter_reports_is_split() -> anyhow::Result<()> {
    let measured = Report::read("openfn-2", 0)?;
    let direct = Receiver::start()?;
    report(measured.clone(), direct.address(), Protocol::Grpc)?;
    let expected = direct.reports(&[])?;
    assert_eq!(expected.len(), 1);
    for (onward, protocol) in Onward::BOTH.into_iter().zip([Protocol::Grpc, Protocol::Http]) {
        for size in SIZES {
            let mut route = Route::with(onward, &[("batch", &batches(size))], |collecting| {
                collecting.and(&exporting(onward, SENDERS))
            })?;
            let to = match protocol {
                Protocol::Http => route.collector.http(),
                Protocol::Grpc => route.collector.grpc(),
            };
            report(measured.clone(), to, protocol)?;
            assert_eq!(route.arrived()?, expected, "{onward:?} {size}");
        }
    }
    Ok(())
}

/// A report tells how many points it has, so that what is held back on the way shows.
#[test]
fn of_what_the_exporter_reports_a_part_is_held_back() -> anyhow::Result<()> {
    let held_back = r#"{ metric_conditions: ['metric.name == "openfn.workflow.runs"'] }"#;
    for onward in Onward::BOTH {
        let mut route = Route::through(onward, &[("filter", held_back)])?;
        report(Report::read("openfn-2", 0)?, route.collector.grpc(), Protocol::Grpc)?;
        assert_eq!(route.arrived()?, Vec::<String>::new(), "{onward:?}");
        let incomplete = route.receiver.reports(&["--incomplete"])?;
        let [lacking] = incomplete.as_slice() else {
            anyhow::bail!("{onward:?}: expected one report, got {incomplete:?}");
        };
        let points = r#""points":{"held":13,"expected":15}"#;
        anyhow::ensure!(lacking.contains(points), "{onward:?}: {lacking}");
    }
    Ok(())
}
