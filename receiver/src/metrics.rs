//! What the receiver tells about itself: OpenTelemetry's instruments, read as Prometheus' text.
//!
//! What is counted for every request is counted in [`Tally`](crate::tally::Tally) and looked at when somebody asks, so
//! it costs a request no more than a few additions. Only durations and sizes are recorded as they come.

mod declared;
mod histogram;
mod observed;
mod process;
mod seen;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter, MeterProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};

pub(crate) use histogram::{Commits, Durations};
pub(crate) use seen::{Seen, Sources};

use declared::{Declared, Observed};
use observed::OBSERVED;

/// The instruments' scope.
const SCOPE: &str = "headcount";

/// The receiver's instruments, and what reads them.
pub(crate) struct Metrics {
    provider: SdkMeterProvider,
    registry: Registry,
    /// What the observed instruments see: one moment for all of them.
    seen: Arc<Mutex<Option<Seen>>>,
}

impl Metrics {
    /// Instruments that see nothing yet.
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .build()
            .expect("a new registry takes its first collector");
        // Not the default one, which takes what `OTEL_RESOURCE_ATTRIBUTES` says.
        let resource = Resource::builder_empty().with_attributes([
            KeyValue::new("service.name", "headcount-receiver"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ]);
        let provider = SdkMeterProvider::builder()
            .with_reader(exporter)
            .with_resource(resource.build())
            .build();
        let seen = Arc::default();
        for declared in OBSERVED {
            observe(&provider.meter(SCOPE), declared, &seen);
        }
        Self { provider, registry, seen }
    }

    /// What records how long requests take.
    pub(crate) fn durations(&self) -> Durations {
        Durations::new(&self.meter())
    }

    /// What makes instruments.
    pub(crate) fn meter(&self) -> Meter {
        self.provider.meter(SCOPE)
    }

    /// Everything that there is to see now, as Prometheus' text. It looks at files: not for a thread that serves.
    ///
    /// Errors: what Prometheus' encoder has against it.
    pub(crate) fn text(&self, sources: &Sources) -> Result<String, prometheus::Error> {
        let seen = Seen::look(sources);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        let families = self.registry.gather();
        TextEncoder::new().encode_to_string(&families)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Makes an instrument that tells what was seen last.
fn observe(meter: &Meter, declared: &Declared<Observed>, seen: &Arc<Mutex<Option<Seen>>>) {
    let Declared { name, unit, brief, labels: expected, how } = *declared;
    let seen = seen.clone();
    let look = move |observer: &dyn AsyncInstrument<f64>| {
        if let Some(seen) = &*seen.lock().unwrap_or_else(PoisonError::into_inner) {
            how.show(seen, &|value, labels| {
                let declared = |label: &KeyValue| expected.contains(&label.key.as_str());
                debug_assert!(labels.iter().all(declared), "expected {expected:?}, got {labels:?}");
                observer.observe(value, labels);
            });
        }
    };
    match how {
        Observed::Counter(_) => {
            let builder = meter.f64_observable_counter(name).with_unit(unit);
            builder.with_description(brief).with_callback(look).build();
        }
        Observed::Level(_) => {
            let builder = meter.f64_observable_up_down_counter(name).with_unit(unit);
            builder.with_description(brief).with_callback(look).build();
        }
        Observed::Gauge(_) => {
            let builder = meter.f64_observable_gauge(name).with_unit(unit);
            builder.with_description(brief).with_callback(look).build();
        }
    }
}

#[cfg(test)]
mod tests;
