//! An operator's Collector adds what it finds out about the machine, and sends all its metrics, traces and logs to us by
//! mistake. The receiver keeps the report, and nothing of the rest: not in its files, not in its log at its finest.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use headcount_tests::{
    Capture, Collecting, Collector, Connection, Encoding, Gauge, Needles, Point, Report, Serving,
    Way, contains, post,
};

use crate::expected::{openfn, rfc3339_micros, yesterday};
use crate::stored::rows;
use crate::through::{AT_ONCE, Onward, exporting, passing};

const ADDED: &str = "canary-5b1e-added";
const DETECTED: &str = "canary-5b1e-detected";
const METRIC: &str = "canary-5b1e-metric";
const TRACE: &str = "canary-5b1e-trace";
const LOG: &str = "canary-5b1e-log";

/// A Collector that adds to everything, and sends it to one place.
fn sending(to: SocketAddr, onward: Onward) -> Collecting {
    let attribute = format!("[{{ key: {ADDED}-key, value: {ADDED}, action: insert }}]");
    let processors = [
        ("resource_detection", "{ detectors: [env, system], override: false }"),
        ("resource", &*format!("attributes: {attribute}")),
        ("attributes", &*format!("actions: {attribute}")),
    ];
    let names = processors.map(|(name, _)| name).join(", ");
    let pipeline = format!(
        "{{ receivers: [otlp], processors: [{names}], exporters: [{}] }}",
        onward.exporter()
    );
    passing(to, onward, &processors)
        .and(&format!("service: {{ pipelines: {{ traces: {pipeline}, logs: {pipeline} }} }}"))
        .and(&exporting(onward, AT_ONCE))
        .and(&exporting(onward, "{ compression: none }"))
        .set("OTEL_RESOURCE_ATTRIBUTES", &format!("{DETECTED}-key={DETECTED}"))
}

/// The metrics of another service.
fn another(time: u64) -> Report {
    let pair = || vec![(format!("{METRIC}-key"), METRIC.to_owned())];
    let point = Point { value: 1.into(), attributes: pair(), time };
    Report {
        schema_url: format!("https://{METRIC}.example/"),
        resource: [pair(), vec![("service.name".to_owned(), METRIC.to_owned())]].concat(),
        gauges: vec![Gauge {
            name: METRIC.to_owned(),
            unit: METRIC.to_owned(),
            points: vec![point],
        }],
    }
}

/// Sends a report to a Collector, and what another service measures, does and says.
fn send(collector: &Collector, time: u64) -> anyhow::Result<()> {
    let report = Report::read("openfn-2", time)?;
    for metrics in [report, another(time)] {
        post(collector.grpc(), &metrics.protobuf(), Way::Grpc, Encoding::Identity)?.success()?;
    }
    let resource = |text| {
        format!(
            r#""resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{text}"}}}}]}}"#
        )
    };
    let ids = r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#;
    let span =
        format!(r#"{{{ids},"name":"{TRACE}","startTimeUnixNano":"1","endTimeUnixNano":"2"}}"#);
    let record = format!(r#"{{"timeUnixNano":"1","body":{{"stringValue":"{LOG}"}}}}"#);
    for (path, body) in [
        (
            "/v1/traces",
            format!(
                r#"{{"resourceSpans":[{{{},"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#,
                resource(TRACE)
            ),
        ),
        (
            "/v1/logs",
            format!(
                r#"{{"resourceLogs":[{{{},"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#,
                resource(LOG)
            ),
        ),
    ] {
        // What becomes of it, the Collector's log tells.
        Connection::open(collector.http())?.post_to(path, "application/json", body.as_bytes())?;
    }
    Ok(())
}

/// What the Collector does send, shown by a server that takes everything.
fn sent(onward: Onward, time: u64) -> anyhow::Result<Needles> {
    let capture = Capture::start()?;
    let mut collector = sending(capture.address(), onward).start()?;
    send(&collector, time)?;
    collector.stop()?;
    let requests = capture.requests();
    let mut needles = Needles::default();
    for needle in [ADDED, DETECTED, METRIC, TRACE, LOG, "host.name"] {
        let sent = requests.iter().any(|one| contains(&one.body, needle.as_bytes()));
        ensure!(sent, "{onward:?}: {needle} was not sent: {requests:?}");
        needles.add(needle);
    }
    Ok(needles)
}

fn check(onward: Onward, refused: &str) -> anyhow::Result<()> {
    let time = yesterday();
    let needles = sent(onward, time)?;
    let folder = Arc::new(tempfile::tempdir()?);
    let started = Serving::in_folder(&folder).attempt(|command| {
        command.env("RUST_LOG", "trace");
    })?;
    let mut receiver = started.ok().context("expected it to listen")?;
    let mut collector = sending(receiver.address(), onward).start()?;
    send(&collector, time)?;
    collector.stop()?;

    assert_eq!(receiver.reports(&[])?, [openfn(&rfc3339_micros(time))], "{onward:?}");
    let said = collector.log();
    ensure!(said.contains(r#""dropped_data_points": 1}"#), "{onward:?}: {said}");
    assert_eq!(said.matches(refused).count(), 2, "{onward:?}: {said}");

    receiver.stop()?;
    let mut places = receiver.files()?;
    ensure!(places.iter().any(|(name, _)| name.ends_with(".sqlite")), "no store");
    ensure!(receiver.log().contains(" DEBUG "), "the log is not a fine one");
    // The database is sealed: this is what it holds.
    for (_, part) in rows(receiver.folder())? {
        ensure!(contains(&part.stored(), b"v2.4.2:match:f1bd9ae"), "not the report");
        places.push(("the store".to_owned(), part.stored().to_vec()));
    }
    places.push(("the log".to_owned(), receiver.log().into_bytes()));
    for (name, content) in &places {
        let found = needles.found_in(content);
        ensure!(found.is_empty(), "{onward:?}: {name} holds {found:#?}");
    }
    Ok(())
}

#[test]
fn over_grpc() -> anyhow::Result<()> {
    check(Onward::Grpc, "code = Unimplemented")
}

#[test]
fn over_http() -> anyhow::Result<()> {
    check(Onward::Http, "HTTP Status Code 404")
}
