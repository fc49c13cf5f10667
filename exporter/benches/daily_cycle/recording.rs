//! One value told to one gauge, in nanoseconds, beside the SDK's.

use std::hint::black_box;
use std::time::{Duration, Instant};

use headcount::opentelemetry::KeyValue;
use headcount::opentelemetry::metrics::{Gauge, MeterProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

use crate::openfn;

/// How many pairs of runs are compared.
const ROUNDS: usize = 101;
/// How many series take turns.
const SERIES: usize = 500;
const NAME: &str = "openfn.workflow.jobs";

pub(crate) fn print() {
    let folder = tempfile::tempdir().expect("a directory for what waits");
    let exporter = openfn::exporter(folder.path(), "http://127.0.0.1:9");
    let reader = PeriodicReader::builder(Nowhere).with_interval(Duration::from_hours(1)).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let tee = exporter.tee(provider.clone());
    let peer = provider.meter("peer").u64_gauge(NAME).build();
    let own = exporter.meter().u64_gauge(NAME).build();
    let told = exporter
        .gauge(NAME, ["openfn.project.id", "openfn.workflow.id"])
        .expect("the contract has it");
    let unlisted = provider.meter("host").u64_gauge("app.depth").build();
    let teed = tee.meter("teed").u64_gauge("app.depth").build();
    let listed = tee.meter("teed").u64_gauge("openfn.workflow.runs").build();
    let entities = &openfn::entities()[..SERIES];
    let ids = &openfn::ids()[..SERIES];

    println!("recording                               ns     SDK ns    ratio");
    let peer = || all(entities, &peer);
    row("a gauge of `meter()`", || all(entities, &own), peer);
    let tell = || {
        for (value, [project, workflow]) in (0_u64..).zip(ids) {
            told.set([project, workflow], black_box(value));
        }
    };
    row("`Gauge::set`", tell, peer);
    row("through the tee, not listed", || all(entities, &teed), || all(entities, &unlisted));
    row("through the tee, listed", || all(entities, &listed), peer);
}

fn all(entities: &[[KeyValue; 2]], gauge: &Gauge<u64>) {
    for (value, entity) in (0..).zip(entities) {
        gauge.record(black_box(value), entity);
    }
}

/// Prints the median pair. Both run in turns, so that what else the machine does meets both.
fn row(name: &str, own: impl Fn(), peer: impl Fn()) {
    let mut pairs: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (time(&own), time(&peer))).collect();
    pairs.sort_by(|one, other| (one.0 / one.1).total_cmp(&(other.0 / other.1)));
    let (own, peer) = pairs[ROUNDS / 2];
    println!("{name:32} {own:9.0}  {peer:9.0}  {:7.2}", own / peer);
}

/// Nanoseconds of a record.
fn time(run: impl Fn()) -> f64 {
    const TIMES: u32 = 4;
    let start = Instant::now();
    for _ in 0..TIMES {
        run();
    }
    let records = f64::from(TIMES) * f64::from(u32::try_from(SERIES).expect("a small number"));
    start.elapsed().as_secs_f64() * 1e9 / records
}

/// An exporter that does nothing: without one, the SDK's gauges do nothing.
struct Nowhere;

impl PushMetricExporter for Nowhere {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
