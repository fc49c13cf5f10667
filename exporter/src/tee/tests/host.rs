//! A host with a pipeline of its own, and everything that the pipeline was given.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::metrics::{AsyncInstrument, Meter, MeterProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

/// Each metric that was exported, as text without times, in a fixed order.
type Seen = Arc<Mutex<Vec<String>>>;

pub(super) struct Host {
    pub(super) provider: SdkMeterProvider,
    seen: Seen,
}

struct InMemory {
    seen: Seen,
    temporality: Temporality,
}

impl Host {
    pub(super) fn start(delta: bool) -> Self {
        let seen = Seen::default();
        let temporality = if delta { Temporality::Delta } else { Temporality::Cumulative };
        let reader = PeriodicReader::builder(InMemory { seen: Arc::clone(&seen), temporality });
        let provider = SdkMeterProvider::builder()
            .with_resource(Resource::builder_empty().build())
            .with_reader(reader.with_interval(Duration::MAX).build())
            .build();
        Self { provider, seen }
    }

    /// What the host exports after this.
    pub(super) fn after(&self, event: impl FnOnce()) -> Vec<String> {
        self.seen.lock().expect("no panic").clear();
        event();
        self.provider.force_flush().expect("the pipeline runs");
        self.seen.lock().expect("no panic").clone()
    }
}

impl PushMetricExporter for InMemory {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let mut seen: Vec<_> = metrics
            .scope_metrics()
            .flat_map(|scope| {
                let name = format!("{:?}", scope.scope());
                scope.metrics().map(move |metric| format!("{name} {}", described(metric)))
            })
            .collect();
        seen.sort();
        *self.seen.lock().expect("no panic") = seen;
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}

fn described(metric: &Metric) -> String {
    let data = match metric.data() {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
    };
    format!("{} {:?} {:?} {data}", metric.name(), metric.description(), metric.unit())
}

fn of<T: Debug>(data: &MetricData<T>) -> String {
    match data {
        MetricData::Gauge(gauge) => format!("gauge {:?}", sorted(gauge.data_points())),
        MetricData::Sum(sum) => format!(
            "sum {} {:?} {:?}",
            sum.is_monotonic(),
            sum.temporality(),
            sorted(sum.data_points())
        ),
        MetricData::Histogram(histogram) => {
            format!("histogram {:?} {:?}", histogram.temporality(), sorted(histogram.data_points()))
        }
        MetricData::ExponentialHistogram(_) => "exponential histogram".to_owned(),
    }
}

fn sorted<P: Debug>(points: impl Iterator<Item = P>) -> Vec<String> {
    let mut points: Vec<_> = points.map(|point| format!("{point:?}")).collect();
    points.sort();
    points
}

fn a() -> [KeyValue; 1] {
    [KeyValue::new("project", "a")]
}

/// A callback that observes the same each time.
fn always<T: Copy + Send + Sync>(value: T) -> impl Fn(&dyn AsyncInstrument<T>) + Send + Sync {
    move |instrument| instrument.observe(value, &a())
}

/// An instrument with everything that can be said about it.
macro_rules! built {
    ($meter:ident.$method:ident($name:literal) $(.$more:ident($argument:expr))*) => {
        $meter.$method($name).with_description(concat!("what ", $name, " is")).with_unit("{thing}")
            $(.$more($argument))*.build()
    };
}

/// Creates an instrument of each kind. What is given back records with the synchronous ones.
pub(super) fn every_instrument(provider: &dyn MeterProvider) -> impl Fn(i32) + use<> {
    let scope = InstrumentationScope::builder("app")
        .with_version("1.2.3")
        .with_schema_url("https://example.org/1")
        .with_attributes([KeyValue::new("scope", "attribute")])
        .build();
    let meter = provider.meter_with_scope(scope);
    observables(&meter);
    let counters = (built!(meter.u64_counter("c.u64")), built!(meter.f64_counter("c.f64")));
    let up_down =
        (built!(meter.i64_up_down_counter("ud.i64")), built!(meter.f64_up_down_counter("ud.f64")));
    let gauges = (
        built!(meter.u64_gauge("g.u64")),
        built!(meter.i64_gauge("g.i64")),
        built!(meter.f64_gauge("g.f64")),
    );
    let bounds = || vec![0.5, 1.5];
    let histograms = (
        built!(meter.u64_histogram("h.u64").with_boundaries(bounds())),
        built!(meter.f64_histogram("h.f64").with_boundaries(bounds())),
    );
    move |round| {
        let (signed, half) = (i64::from(round), f64::from(round) / 2.0);
        let unsigned = signed.unsigned_abs();
        counters.0.add(unsigned, &a());
        counters.1.add(half, &a());
        up_down.0.add(-signed, &a());
        up_down.1.add(-half, &a());
        gauges.0.record(unsigned, &a());
        gauges.1.record(-signed, &a());
        gauges.2.record(half, &a());
        histograms.0.record(unsigned, &a());
        histograms.1.record(half, &a());
    }
}

fn observables(meter: &Meter) {
    let _ = built!(meter.u64_observable_counter("oc.u64").with_callback(always(7)));
    let _ = built!(meter.f64_observable_counter("oc.f64").with_callback(always(7.5)));
    let _ = built!(meter.i64_observable_up_down_counter("oud.i64").with_callback(always(-7)));
    let _ = built!(meter.f64_observable_up_down_counter("oud.f64").with_callback(always(-7.5)));
    let _ = built!(meter.u64_observable_gauge("og.u64").with_callback(always(7)));
    let _ = built!(meter.i64_observable_gauge("og.i64").with_callback(always(7)));
    let _ = built!(meter.f64_observable_gauge("og.f64").with_callback(always(7.5)));
}
