//! A day's report of 20 000 series: made, kept and sent, beside the SDK's OTLP exporter, which
//! sends the same series as they are.
//!
//! Of headcount that is: ask the callbacks, anonymise, write the spool, send, write the history.
//! Of the SDK: ask the callbacks, encode, send. Both over gRPC without encryption. At most 60 ms of
//! CPU time and 30 MB above idle is the aim.

use std::time::{Duration, SystemTime};

use headcount::contract::Reason;
use headcount::opentelemetry::metrics::MeterProvider as _;
use headcount::{Exporter, Outcome};
use opentelemetry_otlp::{MetricExporter, WithExportConfig as _};
use opentelemetry_sdk::metrics::{Instrument, PeriodicReader, SdkMeterProvider, Stream};

use crate::{openfn, process};

/// Days of a run, since CPU time is told in steps of 10 ms. The memory is the first one's.
const DAYS: u32 = 20;
const DAY: Duration = Duration::from_hours(24);

pub(crate) fn print() {
    let mut receiver = process::Process::start(&["receiver"]);
    let [port]: [f64; 1] = receiver.numbers();
    println!();
    println!("{} series, once              CPU ms    peak MB", openfn::SERIES);
    let measure = |side| process::Process::start(&["cycle", side, &port.to_string()]).numbers();
    let own: [f64; 2] = measure("headcount");
    let peer: [f64; 2] = measure("sdk");
    for (name, [time, memory]) in [
        ("headcount", own),
        ("opentelemetry-otlp", peer),
        ("ratio", [own[0] / peer[0], own[1] / peer[1]]),
    ] {
        println!("{name:28} {time:9.2}  {memory:9.2}");
    }
}

/// One side, in a process of its own. Prints milliseconds of CPU time a day, and the megabytes that
/// the first day needs at its worst.
pub(crate) fn run(side: &str, port: &str) {
    let url = format!("http://127.0.0.1:{port}");
    match side {
        "headcount" => headcount(&url),
        _ => sdk(&url),
    }
}

fn headcount(url: &str) {
    let folder = tempfile::tempdir().expect("a directory for what waits");
    let exporter = openfn::exporter(folder.path(), url);
    openfn::record(&exporter.meter());
    measure(|day| report(&exporter, SystemTime::now() + DAY * day));
}

fn report(exporter: &Exporter, now: SystemTime) {
    let outcome = exporter.send(Reason::Daily, now).expect("consent, and all gauges");
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome}");
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn sdk(url: &str) {
    let exporter = MetricExporter::builder()
        .with_tonic()
        .with_endpoint(url)
        .build()
        .expect("a whole configuration");
    let reader = PeriodicReader::builder(exporter).with_interval(DAY).build();
    let whole = |_: &Instrument| Stream::builder().with_cardinality_limit(50_000).build().ok();
    let provider = SdkMeterProvider::builder().with_reader(reader).with_view(whole).build();
    openfn::record(&provider.meter("openfn"));
    measure(|_| provider.force_flush().expect("the receiver answers"));
}

fn measure(mut cycle: impl FnMut(u32)) {
    let idle = process::status("VmRSS");
    process::reset_peak();
    cycle(0);
    let peak = process::status("VmHWM").saturating_sub(idle);
    let before = process::cpu_time();
    (1..=DAYS).for_each(&mut cycle);
    let spent = process::cpu_time().saturating_sub(before) / DAYS;
    let megabytes = f64::from(u32::try_from(peak).expect("KiB fit")) * 1024.0 / 1e6;
    println!("{} {megabytes}", spent.as_secs_f64() * 1e3);
}
