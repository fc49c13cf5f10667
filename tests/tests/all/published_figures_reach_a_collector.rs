//! A receiver pushes the published figures of a frozen day to a real OpenTelemetry Collector: these and nothing else, once,
//! also where the receiver is started again.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_contract::Library;
use headcount_receiver::{Clock, Location, Settings};
use headcount_tests::{
    Collecting, Collector, Encoding, Receiver, Report, Serving, Way, database, send,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

const PATIENCE: Duration = Duration::from_mins(1);

/// A Collector that writes down what comes.
const WRITES: &str = r#"
receivers:
  otlp: { protocols: { http: { endpoint: "${env:HTTP}" } } }
exporters:
  file: { path: "${env:FOLDER}/came.jsonl" }
service:
  pipelines:
    metrics: { receivers: [otlp], exporters: [file] }
"#;

/// The first moment of the last UTC day that is due to be frozen.
fn due() -> anyhow::Result<Timestamp> {
    let day = (Timestamp::now() - SignedDuration::from_hours(48)).to_zoned(TimeZone::UTC).date();
    Ok(day.to_zoned(TimeZone::UTC)?.timestamp())
}

/// A database in which an instance reported on that day, as a receiver kept it on it.
fn reported(folder: &TempDir, day: Timestamp) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let (store, keys) = Location::Sqlite(database(folder.path())).open()?;
    let listen = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
    let settings = Settings { listen, ..Settings::default() };
    // Its last second: a clock that is more than two days ahead of it would not be believed yet.
    let evening = day + SignedDuration::from_secs(24 * 60 * 60 - 1);
    let (clock, library) = (Clock::new(move || evening), Arc::new(Library::built_in()));
    // A clock that went on for a day is believed.
    for now in [evening - SignedDuration::from_hours(24), evening] {
        runtime.block_on(store.sweep(now, Vec::new()))?;
    }
    let receiver = headcount_receiver::Receiver::bind_at(clock, settings, library, keys, store);
    let receiver = runtime.block_on(receiver)?;
    let address = receiver.addresses()[0];
    let (stop, stopped) = oneshot::channel::<()>();
    let running = runtime.spawn(receiver.run(async move { drop(stopped.await) }));
    let report = Report::read("manyfold-0.90", day.as_nanosecond().try_into()?)?;
    send(address, &report, Way::Protobuf, Encoding::Identity)?.success()?;
    drop(stop);
    Ok(runtime.block_on(running)?)
}

fn pushing(folder: &Arc<TempDir>, to: &Collector) -> anyhow::Result<Receiver> {
    let endpoint = format!("push.endpoint=http://{}", to.http());
    Serving::in_folder(folder).arguments(["--set", &endpoint]).start()
}

/// The requests that came, as soon as it is so many.
fn came(collector: &Collector, requests: usize) -> anyhow::Result<Vec<Value>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(collector.folder().join("came.jsonl")).unwrap_or_default();
        let whole = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>();
        if let Ok(came) = whole
            && came.len() >= requests
        {
            return Ok(came);
        }
        ensure!(
            Instant::now() < deadline,
            "waited for {requests} requests for {PATIENCE:?}: {text}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_frozen_day_is_pushed_to_a_collector_once() -> anyhow::Result<()> {
    let (folder, day) = (Arc::new(tempfile::tempdir()?), due()?);
    reported(&folder, day)?;
    let collector = Collecting::by(WRITES).start()?;
    let receiver = pushing(&folder, &collector)?;
    let came_first = came(&collector, 1)?;
    drop(receiver);

    let resource = &came_first[0]["resourceMetrics"][0];
    let attributes = resource["resource"]["attributes"].as_array().context("attributes")?;
    ensure!(attributes.len() == 1 && attributes[0]["value"]["stringValue"] == "headcount-figures");
    let metrics = resource["scopeMetrics"][0]["metrics"].as_array().context("metrics")?;
    let names: BTreeSet<_> = metrics.iter().filter_map(|metric| metric["name"].as_str()).collect();
    let library = Library::built_in();
    let contract = library.find("manyfold").context("it ships")?;
    let published = contract.metrics();
    ensure!(names == published.iter().map(|metric| &*metric.name).collect(), "{names:?}");
    for metric in metrics {
        for point in metric["gauge"]["dataPoints"].as_array().context("points")? {
            let end = day + SignedDuration::from_hours(24);
            ensure!(point["startTimeUnixNano"] == day.as_nanosecond().to_string(), "{point}");
            ensure!(point["timeUnixNano"] == end.as_nanosecond().to_string(), "{point}");
            ensure!(point["asDouble"] == 1, "{point}");
        }
    }

    // One that is started again pushes nothing, in the time that another one needs for the same day.
    let _again = pushing(&folder, &collector)?;
    let other = Collecting::by(WRITES).start()?;
    let another = Arc::new(tempfile::tempdir()?);
    reported(&another, day)?;
    let _other = pushing(&another, &other)?;
    came(&other, 1)?;
    ensure!(came(&collector, 1)?.len() == 1, "the day came a second time");
    Ok(())
}
