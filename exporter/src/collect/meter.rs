//! The application's side: an OpenTelemetry meter whose instruments record for reports, and for
//! nothing else.

use std::sync::Arc;

use opentelemetry::metrics::{
    AsyncInstrumentBuilder, Counter, Gauge, Histogram, HistogramBuilder, InstrumentBuilder,
    InstrumentProvider, ObservableCounter, ObservableGauge, ObservableUpDownCounter,
    SyncInstrument, UpDownCounter,
};

use super::Fault;
use super::instrument::{Adds, Number, Refused, Sets, observe};
use super::registry::Registry;
use super::round::is_observing;
use super::series::Series;

/// Instruments for the gauges that the contract names. Of what a builder says about one, only the
/// name is read.
pub(super) struct ListedMeter(pub(super) Arc<Registry>);

/// The end of an instrument that records, with the series that it records into.
type End<I> = fn(Arc<Series>) -> I;

impl ListedMeter {
    fn instrument<T: Number, I>(
        &self,
        name: &str,
        end: End<I>,
    ) -> Arc<dyn SyncInstrument<T> + Send + Sync>
    where
        I: SyncInstrument<T> + 'static,
    {
        if self.0.admits(name) { Arc::new(end(self.0.series(name))) } else { Arc::new(Refused) }
    }
}

impl Registry {
    /// Whether an instrument may be created here; noted where it may not.
    pub(crate) fn admits(&self, name: &str) -> bool {
        let fault = if !self.lists(name) {
            Fault::Unlisted
        } else if is_observing() {
            Fault::CreatedInCallback
        } else {
            return true;
        };
        self.refuse(name, fault);
        false
    }
}

macro_rules! synchronous {
    ($($method:ident: $instrument:ident<$number:ty> $end:path),* $(,)?) => {$(
        fn $method(
            &self,
            builder: InstrumentBuilder<'_, $instrument<$number>>,
        ) -> $instrument<$number> {
            $instrument::new(self.instrument(&builder.name, $end))
        }
    )*};
}

macro_rules! observable {
    ($($method:ident: $instrument:ident<$number:ty>),* $(,)?) => {$(
        fn $method(
            &self,
            builder: AsyncInstrumentBuilder<'_, $instrument<$number>, $number>,
        ) -> $instrument<$number> {
            if self.0.admits(&builder.name) {
                for callback in builder.callbacks {
                    self.0.observe(&builder.name, observe(Arc::new(callback)));
                }
            }
            $instrument::new()
        }
    )*};
}

macro_rules! histogram {
    ($($method:ident<$number:ty>),* $(,)?) => {$(
        fn $method(
            &self,
            builder: HistogramBuilder<'_, Histogram<$number>>,
        ) -> Histogram<$number> {
            if self.0.admits(&builder.name) {
                self.0.refuse(&builder.name, Fault::Histogram);
            }
            Histogram::new(Arc::new(Refused))
        }
    )*};
}

impl InstrumentProvider for ListedMeter {
    synchronous! {
        u64_counter: Counter<u64> Adds,
        f64_counter: Counter<f64> Adds,
        i64_up_down_counter: UpDownCounter<i64> Adds,
        f64_up_down_counter: UpDownCounter<f64> Adds,
        u64_gauge: Gauge<u64> Sets,
        i64_gauge: Gauge<i64> Sets,
        f64_gauge: Gauge<f64> Sets,
    }

    observable! {
        u64_observable_counter: ObservableCounter<u64>,
        f64_observable_counter: ObservableCounter<f64>,
        i64_observable_up_down_counter: ObservableUpDownCounter<i64>,
        f64_observable_up_down_counter: ObservableUpDownCounter<f64>,
        u64_observable_gauge: ObservableGauge<u64>,
        i64_observable_gauge: ObservableGauge<i64>,
        f64_observable_gauge: ObservableGauge<f64>,
    }

    histogram! { f64_histogram<f64>, u64_histogram<u64> }
}
