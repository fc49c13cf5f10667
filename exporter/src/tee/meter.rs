//! A meter whose listed instruments record twice.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{
    AsyncInstrumentBuilder, Callback, Counter, Gauge, Histogram, HistogramBuilder,
    InstrumentBuilder, InstrumentProvider, Meter, ObservableCounter, ObservableGauge,
    ObservableUpDownCounter, SyncInstrument, UpDownCounter,
};

use crate::collect::{Adds, Fault, Number, Registry, Sets, observe};

/// See the module.
pub(super) struct TeeMeter {
    theirs: Meter,
    registry: Arc<Registry>,
}

/// An instrument of each side.
struct Both<T, I, O> {
    theirs: I,
    record: fn(&I, T, &[KeyValue]),
    ours: O,
}

impl<T, I, O> SyncInstrument<T> for Both<T, I, O>
where
    T: Copy,
    I: Send + Sync,
    O: SyncInstrument<T>,
{
    fn measure(&self, measurement: T, attributes: &[KeyValue]) {
        (self.record)(&self.theirs, measurement, attributes);
        self.ours.measure(measurement, attributes);
    }
}

impl TeeMeter {
    pub(super) fn new(theirs: Meter, registry: Arc<Registry>) -> Self {
        Self { theirs, registry }
    }

    /// Whether an instrument of this name is told in reports. One that is not listed is none of
    /// theirs, so nothing is noted.
    fn admits(&self, name: &str) -> bool {
        self.registry.lists(name) && self.registry.admits(name)
    }

    /// Leaves the callbacks with our side. Those that it gives back are for the other.
    fn share<T: Number>(&self, name: &str, callbacks: Vec<Callback<T>>) -> Vec<Callback<T>> {
        if !self.admits(name) {
            return callbacks;
        }
        let share = |callback: Callback<T>| -> Callback<T> {
            let callback = Arc::new(callback);
            self.registry.observe(name, observe(Arc::clone(&callback)));
            Box::new(move |instrument| callback(instrument))
        };
        callbacks.into_iter().map(share).collect()
    }
}

macro_rules! synchronous {
    ($($method:ident: $instrument:ident<$number:ty>::$record:ident $end:path),* $(,)?) => {$(
        fn $method(
            &self,
            asked: InstrumentBuilder<'_, $instrument<$number>>,
        ) -> $instrument<$number> {
            let ours = self.admits(&asked.name).then(|| $end(self.registry.series(&asked.name)));
            let mut theirs = self.theirs.$method(asked.name);
            theirs.description = asked.description;
            theirs.unit = asked.unit;
            let theirs = theirs.build();
            match ours {
                Some(ours) => {
                    let record = $instrument::<$number>::$record;
                    $instrument::new(Arc::new(Both { theirs, record, ours }))
                }
                None => theirs,
            }
        }
    )*};
}

macro_rules! observable {
    ($($method:ident: $instrument:ident<$number:ty>),* $(,)?) => {$(
        fn $method(
            &self,
            asked: AsyncInstrumentBuilder<'_, $instrument<$number>, $number>,
        ) -> $instrument<$number> {
            let callbacks = self.share(&asked.name, asked.callbacks);
            let mut theirs = self.theirs.$method(asked.name);
            theirs.description = asked.description;
            theirs.unit = asked.unit;
            theirs.callbacks = callbacks;
            theirs.build()
        }
    )*};
}

macro_rules! histogram {
    ($($method:ident<$number:ty>),* $(,)?) => {$(
        fn $method(
            &self,
            asked: HistogramBuilder<'_, Histogram<$number>>,
        ) -> Histogram<$number> {
            if self.admits(&asked.name) {
                self.registry.refuse(&asked.name, Fault::Histogram);
            }
            let mut theirs = self.theirs.$method(asked.name);
            theirs.description = asked.description;
            theirs.unit = asked.unit;
            theirs.boundaries = asked.boundaries;
            theirs.build()
        }
    )*};
}

impl InstrumentProvider for TeeMeter {
    synchronous! {
        u64_counter: Counter<u64>::add Adds,
        f64_counter: Counter<f64>::add Adds,
        i64_up_down_counter: UpDownCounter<i64>::add Adds,
        f64_up_down_counter: UpDownCounter<f64>::add Adds,
        u64_gauge: Gauge<u64>::record Sets,
        i64_gauge: Gauge<i64>::record Sets,
        f64_gauge: Gauge<f64>::record Sets,
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
