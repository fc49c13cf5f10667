use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::time::{Duration, Instant};

use headcount_contract::Library;

use super::declared::RECORDED;
use super::*;
use crate::clock::Clock;
use crate::freeze::Progress;
use crate::front::Answer;
use crate::refusal::Refusal;
use crate::store::{Froze, Memory};
use crate::tally::{Call, Protocol, Tally};

const ABOUT: &str = "\
# What a receiver tells about itself

`GET /metrics` on the operator's interface, in Prometheus' text format. Names and units are those of
OpenTelemetry's semantic conventions where there are any. Every value of an attribute is from a closed set, or
a contract's name and version as its makers wrote them: nothing that a sender wrote is in a label.
`target_info` tells the version of the receiver (`service_version`).

accepted + rejected + duplicate = sent, in every scrape: all counts in it are of one moment.
`headcount_receiver_points_rejected_total` is that of all reasons together.

This page is generated from the instruments' declarations (`src/metrics/`).

| OpenTelemetry | Prometheus | type | attributes | what it is |
|---|---|---|---|---|
";

/// An instrument as the page has it: its names, its type, and whether it is always there.
struct Line {
    prometheus: String,
    kind: &'static str,
    text: String,
}

fn line<H>(declared: &Declared<H>, kind: &'static str) -> Line {
    let Declared { name, unit, brief, labels, .. } = declared;
    let suffix = match *unit {
        "s" => "_seconds",
        "By" => "_bytes",
        _ => "",
    };
    let total = if kind == "counter" { "_total" } else { "" };
    let prometheus = format!("{}{suffix}{total}", name.replace('.', "_"));
    let labels: Vec<_> =
        labels.iter().map(|label| format!("`{}`", label.replace('.', "_"))).collect();
    let labels = labels.join(", ");
    let text = format!("| `{name}` | `{prometheus}` | {kind} | {labels} | {brief} |\n");
    Line { prometheus, kind, text }
}

fn lines() -> Vec<Line> {
    let recorded = RECORDED.iter().map(|declared| line(declared, "histogram"));
    let observed = OBSERVED.iter().map(|declared| match declared.how {
        Observed::Counter(_) => line(declared, "counter"),
        Observed::Level(_) | Observed::Gauge(_) => line(declared, "gauge"),
    });
    recorded.chain(observed).collect()
}

/// An application of which a day is frozen.
fn frozen() -> Arc<Progress> {
    let progress = Progress::of(Clock::system(), ["openfn".to_owned()].into_iter());
    progress.begin("openfn");
    let frozen = "2026-11-19".parse().ok();
    progress.add("openfn", &Froze { counted: 3, frozen, ..Froze::default() });
    Arc::new(progress)
}

/// A receiver's instruments after something of everything.
fn told() -> String {
    let (metrics, library) = (Metrics::new(), Library::built_in());
    let tally = Arc::new(Tally::new(&library, metrics.durations()));
    let mut answer = Answer { sent: 9, duplicate: 2, ..Answer::default() };
    answer.reject("kind", 3, "expected a gauge, got another");
    tally.begin(Protocol::Grpc, Call::Export).end(Ok(&answer));
    tally.begin(Protocol::HttpJson, Call::Erase).end(Err(&Refusal::Busy(Duration::from_secs(1))));
    let of = tally.of("openfn", "2");
    let merged = headcount_contract::Merged { added: 1, ..Default::default() };
    tally.kept([(of, &merged)].into_iter(), "2026-11-21T08:00:00Z".parse().unwrap());
    Commits::new(&metrics.meter()).record(3, true, Duration::from_millis(2));
    let _open = tally.connection();
    let sources = Sources {
        tally: tally.clone(),
        decode_waiting: Arc::default(),
        store: Arc::new(Memory::new()),
        store_limit: 1024,
        certificate: None,
        forwarded: Some(Arc::default()),
        figures: frozen(),
        pushed: Some(Arc::default()),
        begin: Instant::now(),
    };
    metrics.text(&sources).expect("what the instruments tell is valid")
}

#[test]
fn the_page_names_every_instrument_as_it_is_told() {
    let mut page = ABOUT.to_owned();
    for line in lines() {
        page.push_str(&line.text);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/METRICS.md");
    if env::var_os("HEADCOUNT_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(path, &page).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == page,
        "expected METRICS.md to be current: run this test with HEADCOUNT_BLESS=1"
    );
    let told = told();
    let types = told.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut told: BTreeSet<_> = types.filter(|line| !line.starts_with("target_info ")).collect();
    // There is no certificate here.
    assert!(told.insert("headcount_receiver_tls_certificate_end_timestamp_seconds gauge"));
    let lines = lines();
    let declared: Vec<_> =
        lines.iter().map(|Line { prometheus, kind, .. }| format!("{prometheus} {kind}")).collect();
    assert_eq!(told, declared.iter().map(String::as_str).collect());
}

#[test]
fn points_add_up_and_requests_are_told_apart() {
    let told = told();
    for line in [
        "headcount_receiver_points_sent_total 9",
        "headcount_receiver_points_accepted_total 4",
        "headcount_receiver_points_rejected_total{reason=\"kind\"} 3",
        "headcount_receiver_points_rejected_total{reason=\"unlisted\"} 0",
        "headcount_receiver_points_duplicate_total 2",
        "headcount_receiver_requests_total{outcome=\"partial\",protocol=\"grpc\"} 1",
        "headcount_receiver_requests_total{outcome=\"busy\",protocol=\"http/json\"} 1",
        "headcount_receiver_requests_total{outcome=\"answered\",protocol=\"http/json\"} 0",
        "headcount_receiver_requests_active 0",
        "headcount_receiver_connections 1",
        "headcount_receiver_store_limit_bytes 1024",
        "headcount_receiver_store_failing 0",
        "headcount_receiver_figures_newest_timestamp_seconds{contract=\"openfn\"} 1795046400",
        "headcount_receiver_figures_reports_total{contract=\"openfn\",outcome=\"counted\"} 3",
        "headcount_receiver_store_commit_size_bucket{le=\"4\"} 1",
        "headcount_receiver_store_commit_duration_seconds_bucket{outcome=\"committed\",le=\"0.0025\"} 1",
        "headcount_receiver_reports_total{contract=\"openfn\",effect=\"added\",version=\"2\"} 1",
        "headcount_receiver_reports_last_timestamp_seconds{contract=\"openfn\",version=\"2\"} 1795248000",
        "http_server_request_duration_seconds_count{http_request_method=\"POST\",\
         http_response_status_code=\"429\",http_route=\"/v1/instances/erase\"} 1",
        "rpc_server_call_duration_seconds_count{rpc_method=\"opentelemetry.proto.collector.metrics.v1.\
         MetricsService/Export\",rpc_response_status_code=\"OK\",rpc_system_name=\"grpc\"} 1",
    ] {
        assert!(told.lines().any(|told| told == line), "expected {line} in\n{told}");
    }
}

#[test]
fn a_client_that_goes_away_is_counted() {
    let tally = Tally::default();
    drop(tally.begin(Protocol::HttpProtobuf, Call::Export));
    let counts = tally.counts();
    let came: Vec<_> = counts.requests.iter().filter(|(.., requests)| *requests > 0).collect();
    assert_eq!(came, [("http/protobuf", "cancelled", 1)]);
}
