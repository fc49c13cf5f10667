//! The first stage: what the gauges say, now.
//!
//! The application records through a meter, a tee or a handle; all of them write into one
//! [`Registry`], whose series the collector reads. There is no pipeline behind it: no timer, no
//! thread that waits, and no place to send anything to. A meter provider of the OpenTelemetry SDK
//! would bring all three, and a callback that panics would end its collection for good
//! (opentelemetry-rust issue 3640).

mod attributes;
mod instrument;
mod meter;
mod observed;
mod reading;
mod registry;
mod round;
mod series;
mod value;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use headcount_contract::{Collected, Scalar};
use jiff::civil::Date;
use opentelemetry::metrics::Meter;

pub(crate) use attributes::{Attributes, scalar};
pub(crate) use instrument::{Adds, Number, Sets, observe};
pub(crate) use observed::Observed;
pub(crate) use reading::Reading;
pub(crate) use registry::Registry;
pub(crate) use series::Series;
pub use value::GaugeValue;

use meter::ListedMeter;
use round::Rounds;

/// How many series one gauge may have: as many points as a whole report may carry.
pub(crate) const SERIES_LIMIT: usize = 100_000;

/// What one collection brought, and what it had to leave out.
#[derive(Debug, Default)]
pub(crate) struct Collection {
    /// The points, and the resource attributes that the builder was given.
    pub(crate) collected: Collected,
    /// Gauges without a usable value. None of their points are in `collected`.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A gauge that the collection left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftOut {
    pub(crate) metric: String,
    pub(crate) fault: Fault,
}

/// Why a gauge has no usable value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Its callback panicked, so what it observed before may be a part only.
    Panicked,
    /// It was created inside a callback: one more with each collection, if it were let in.
    CreatedInCallback,
    /// The contract does not name it, so nothing of it is kept.
    Unlisted,
    /// It was told with other attributes than the contract has for it.
    Attributes(String),
    /// A histogram, of which no single value can be told.
    Histogram,
    /// A value is NaN or infinite, which no report can hold.
    NotFinite,
    /// A value is outside of the integers that OTLP carries.
    TooLarge,
    /// It has more series than a report can carry, so some of them were turned away.
    TooManySeries,
}

/// Why a collection brought nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CollectError {
    #[error(
        "expected every gauge callback to return within {} s, one is still running",
        .0.as_secs_f32()
    )]
    Slow(Duration),
    #[error("expected the callbacks of the last collection to have returned, one is still running")]
    StillRunning,
    #[error("expected to be asked outside of a gauge callback, got asked inside of one")]
    Nested,
    #[error(
        "expected the process in which the exporter was built, this is a fork of it: \
         build the exporter after forking"
    )]
    Forked,
    #[error("expected to start a thread for the gauge callbacks, the system refused: {0}")]
    Thread(#[from] std::io::Error),
    #[error("expected an answer of the thread that runs the gauge callbacks, it ended without one")]
    Ended,
    #[error("expected the application to tell the figures of {date}: {why}")]
    Day { date: Date, why: Box<dyn Error + Send + Sync> },
    #[error("expected the application to tell the figures of {date}, its callback panicked")]
    DayPanicked { date: Date },
    #[error("nothing came on {0}")]
    Nothing(Date),
    #[error("{0}")]
    Recorded(Box<dyn Error + Send + Sync>),
    #[error("expected to be told what was recorded, the callback panicked")]
    RecordedPanicked,
}

/// The registry of the application's gauges, and the way to ask them.
pub(crate) struct Collector {
    registry: Arc<Registry>,
    resource: Vec<(String, Scalar)>,
    /// One collection at a time.
    rounds: Mutex<Rounds>,
    /// The process that it belongs to. In a fork of it, a lock may be held by a thread that is not
    /// there any more.
    process: u32,
}

impl Collector {
    /// A collector for gauges of these names and for this resource. Where a report may be made by
    /// any of several contracts, these are the gauges of all of them.
    pub(crate) fn new(gauges: BTreeSet<String>, resource: Vec<(String, Scalar)>) -> Self {
        Self {
            registry: Arc::new(Registry::new(gauges)),
            resource,
            rounds: Mutex::default(),
            process: std::process::id(),
        }
    }

    /// The meter on which the application creates its gauges.
    pub(crate) fn meter(&self) -> Meter {
        Meter::new(Arc::new(ListedMeter(Arc::clone(&self.registry))))
    }

    /// Where gauges are told and callbacks are left, for those that are not on the meter.
    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Runs every callback once, waits for them until `deadline`, and reads every series.
    pub(crate) fn collect(&self, deadline: Instant) -> Result<Collection, CollectError> {
        if std::process::id() != self.process {
            return Err(CollectError::Forked);
        }
        if round::is_observing() {
            return Err(CollectError::Nested);
        }
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reading = rounds.run(self.registry.observers(), deadline)?;
        self.registry.read(&mut reading);
        Ok(reading.complete(&self.resource))
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match &self.fault {
            Fault::Panicked => "its callback panicked",
            Fault::CreatedInCallback => "it was created inside a callback; create it at start",
            Fault::Unlisted => "not in the contract",
            Fault::Attributes(wrong) => wrong,
            Fault::Histogram => "expected a gauge or a counter, it is a histogram",
            Fault::NotFinite => "expected a finite number, it has one that is NaN or infinite",
            Fault::TooLarge => "expected a signed integer of 64 bits, it has a larger one",
            Fault::TooManySeries => {
                return write!(f, "{}: expected at most {SERIES_LIMIT} series", self.metric);
            }
        };
        write!(f, "{}: {why}", self.metric)
    }
}

#[cfg(test)]
pub(crate) mod tests;
