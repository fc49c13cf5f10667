//! The first stage: what the gauges say, now.
//!
//! The exporter owns a meter provider of its own, apart from whatever the service exports
//! elsewhere: no other reader sees these gauges, and this reader sees no others. The SDK collects
//! only when a *round* is open (see [`round`]); it has no timer and no place to send anything to.

mod meter;
mod reader;
mod reading;
mod round;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use headcount_contract::{Collected, Scalar};
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{Instrument, PeriodicReader, SdkMeterProvider, Stream};

pub(crate) use reading::scalar;

use meter::ContainedMeter;
use reader::InProcess;
use round::Round;

/// How many series one gauge may have: as many points as a whole report may carry.
pub(crate) const SERIES_LIMIT: usize = 100_000;

/// What one round brought, and what it had to leave out.
#[derive(Debug, Default)]
pub(crate) struct Collection {
    /// The points, and the resource attributes that the builder was given.
    pub(crate) collected: Collected,
    /// Gauges without a usable value. None of their points are in `collected`.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A gauge that the round left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftOut {
    pub(crate) metric: String,
    pub(crate) fault: Fault,
}

/// Why a gauge has no usable value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Its callback panicked, so what it observed before may be a part only.
    Panicked,
    /// It was created inside a callback, where the SDK would wait for itself for ever.
    CreatedInCallback,
    /// The contract does not name it, so the SDK never heard of it.
    Unlisted,
    /// A value is NaN or infinite, which no report can hold. (The SDK records none itself, but a
    /// sum can grow beyond all bounds.)
    NotFinite,
    /// A value is above the largest integer that OTLP carries.
    TooLarge,
    /// It has more series than a report can carry, so the SDK dropped some of them.
    TooManySeries,
}

/// Why a round brought nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CollectError {
    #[error(
        "expected every gauge callback to return within {} s, one is still running",
        .0.as_secs_f32()
    )]
    Slow(Duration),
    #[error("expected the callbacks of the last collection to have returned, one is still running")]
    StillRunning,
    #[error("expected the meter provider to collect, it has stopped: {0}")]
    Stopped(String),
    #[error("expected to start a thread for collecting, the system refused: {0}")]
    Thread(#[from] std::io::Error),
}

/// The dedicated meter provider and the way to ask it.
pub(crate) struct Collector {
    /// Taken when the collector is dropped.
    provider: Option<SdkMeterProvider>,
    meter: Meter,
    round: Arc<Round>,
    resource: Vec<(String, Scalar)>,
    /// One round at a time.
    turn: Mutex<()>,
    /// Whether the SDK is still busy with a round, perhaps one that was given up.
    busy: Arc<AtomicBool>,
}

impl Collector {
    /// Starts the meter provider, for gauges of these names and for this resource.
    pub(crate) fn new(gauges: BTreeSet<String>, resource: Vec<(String, Scalar)>) -> Self {
        let round = Arc::new(Round::default());
        let reader = PeriodicReader::builder(InProcess::new(Arc::clone(&round)))
            .with_interval(Duration::MAX)
            .build();
        let provider = SdkMeterProvider::builder()
            // Anything else would read OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME.
            .with_resource(Resource::builder_empty().build())
            .with_reader(reader)
            .with_view(wide)
            .build();
        let inner = provider.meter(env!("CARGO_PKG_NAME"));
        let meter = ContainedMeter::new(inner, gauges, Arc::clone(&round));
        let meter = Meter::new(Arc::new(meter));
        let busy = Arc::new(AtomicBool::new(false));
        Self { provider: Some(provider), meter, round, resource, turn: Mutex::new(()), busy }
    }

    /// The meter on which the application creates its gauges.
    pub(crate) fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Runs every callback once, and waits for them until `deadline`.
    pub(crate) fn collect(&self, deadline: Instant) -> Result<Collection, CollectError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.busy.swap(true, Ordering::AcqRel) {
            return Err(CollectError::StillRunning);
        }
        let answer = self.round.open();
        let flushed = self.flush()?;
        let patience = deadline.saturating_duration_since(Instant::now());
        let outcome = flushed.recv_timeout(patience);
        let left_out = self.round.close();
        match outcome {
            // The SDK exports nothing where nothing was observed: an empty round.
            Ok(Ok(())) => Ok(reading::complete(
                answer.try_recv().unwrap_or_default(),
                left_out,
                &self.resource,
            )),
            Ok(Err(detail)) => Err(CollectError::Stopped(detail)),
            Err(RecvTimeoutError::Timeout) => Err(CollectError::Slow(patience)),
            Err(RecvTimeoutError::Disconnected) => {
                Err(CollectError::Stopped("its thread ended".to_owned()))
            }
        }
    }

    /// Asks the SDK to collect, on a thread of ours, because `force_flush` waits without a limit.
    fn flush(&self) -> Result<std::sync::mpsc::Receiver<Result<(), String>>, CollectError> {
        let (done, flushed) = std::sync::mpsc::channel();
        let (provider, busy) = (self.provider.clone(), Arc::clone(&self.busy));
        let started =
            thread::Builder::new().name("headcount-collect".to_owned()).spawn(move || {
                let result = provider
                    .map_or(Ok(()), |provider| provider.force_flush())
                    .map_err(|error| error.to_string());
                busy.store(false, Ordering::Release);
                // Nobody listens any more where the round was given up.
                let _ = done.send(result);
            });
        if let Err(error) = started {
            self.busy.store(false, Ordering::Release);
            self.round.close();
            return Err(error.into());
        }
        Ok(flushed)
    }
}

impl Drop for Collector {
    /// The SDK collects once more when its provider goes, and waits for it. No round is open, so
    /// no callback of the host runs then; and where one hangs, another thread does the waiting.
    fn drop(&mut self) {
        let provider = self.provider.take();
        if self.busy.load(Ordering::Acquire) {
            let name = "headcount-drop".to_owned();
            // Without a thread the provider is dropped here after all, which costs a wait of 5 s.
            let _ = thread::Builder::new().name(name).spawn(move || drop(provider));
        }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.fault {
            Fault::Panicked => "its callback panicked",
            Fault::CreatedInCallback => "it was created inside a callback; create it at start",
            Fault::Unlisted => "not in the contract",
            Fault::NotFinite => "expected a finite number, it has one that is NaN or infinite",
            Fault::TooLarge => "expected a number up to 9223372036854775807, it has a larger one",
            Fault::TooManySeries => {
                return write!(f, "{}: expected at most {SERIES_LIMIT} series", self.metric);
            }
        };
        write!(f, "{}: {why}", self.metric)
    }
}

/// The view for every instrument: without it the SDK silently drops all series above 2 000.
fn wide(_: &Instrument) -> Option<Stream> {
    Stream::builder().with_cardinality_limit(SERIES_LIMIT).build().ok()
}

#[cfg(test)]
mod tests;
