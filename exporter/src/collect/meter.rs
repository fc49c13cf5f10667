//! The application's side of the meter: instruments whose callbacks cannot break the collection.
//!
//! The SDK runs callbacks on its one thread, while it holds its one lock. A panic there ends
//! collection for the life of the process (opentelemetry-rust issue 3640), and creating an
//! instrument there waits for ever. Both are contained here, around the SDK's own meter.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{
    AsyncInstrumentBuilder, Callback, Counter, Gauge, InstrumentBuilder, InstrumentProvider, Meter,
    ObservableCounter, ObservableGauge, ObservableUpDownCounter, SyncInstrument, UpDownCounter,
};

use super::Fault;
use super::round::Round;

thread_local! {
    /// Whether this thread is inside a callback.
    static OBSERVING: Cell<bool> = const { Cell::new(false) };
}

/// The SDK's meter, for the gauges that the contract names, with every callback contained.
///
/// Histograms are the trait's no-ops: no contract can name one. Descriptions and units are not
/// passed on: nothing reads them.
pub(super) struct ContainedMeter {
    inner: Meter,
    gauges: BTreeSet<String>,
    round: Arc<Round>,
}

impl ContainedMeter {
    pub(super) fn new(inner: Meter, gauges: BTreeSet<String>, round: Arc<Round>) -> Self {
        Self { inner, gauges, round }
    }

    /// Whether an instrument may be created here; noted where it may not.
    fn admits(&self, name: &str) -> bool {
        let fault = if !self.gauges.contains(name) {
            Some(Fault::Unlisted)
        } else if OBSERVING.get() {
            Some(Fault::CreatedInCallback)
        } else {
            None
        };
        if let Some(fault) = fault {
            self.round.leave_out(name, fault);
        }
        fault.is_none()
    }

    fn contain<T: 'static>(&self, name: &str, callback: Callback<T>) -> Callback<T> {
        let (name, round) = (name.to_owned(), Arc::clone(&self.round));
        Box::new(move |instrument| {
            if !round.is_open() {
                return;
            }
            OBSERVING.set(true);
            let result = catch_unwind(AssertUnwindSafe(|| callback(instrument)));
            OBSERVING.set(false);
            if let Err(payload) = result {
                round.leave_out(&name, Fault::Panicked);
                // Dropping what was thrown could panic again, and nothing would catch that.
                std::mem::forget(payload);
            }
        })
    }
}

macro_rules! synchronous {
    ($($method:ident: $instrument:ident<$number:ty>),* $(,)?) => {$(
        fn $method(
            &self,
            builder: InstrumentBuilder<'_, $instrument<$number>>,
        ) -> $instrument<$number> {
            if self.admits(&builder.name) {
                self.inner.$method(builder.name).build()
            } else {
                $instrument::new(Arc::new(Refused))
            }
        }
    )*};
}

macro_rules! observable {
    ($($method:ident: $instrument:ident<$number:ty>),* $(,)?) => {$(
        fn $method(
            &self,
            builder: AsyncInstrumentBuilder<'_, $instrument<$number>, $number>,
        ) -> $instrument<$number> {
            if !self.admits(&builder.name) {
                return $instrument::new();
            }
            let name = builder.name;
            builder
                .callbacks
                .into_iter()
                .map(|callback| self.contain(&name, callback))
                .fold(self.inner.$method(name.clone()), AsyncInstrumentBuilder::with_callback)
                .build()
        }
    )*};
}

impl InstrumentProvider for ContainedMeter {
    synchronous! {
        u64_counter: Counter<u64>,
        f64_counter: Counter<f64>,
        i64_up_down_counter: UpDownCounter<i64>,
        f64_up_down_counter: UpDownCounter<f64>,
        u64_gauge: Gauge<u64>,
        i64_gauge: Gauge<i64>,
        f64_gauge: Gauge<f64>,
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
}

/// The instrument of a gauge that was created where it may not be.
struct Refused;

impl<T> SyncInstrument<T> for Refused {
    fn measure(&self, _measurement: T, _attributes: &[KeyValue]) {}
}
