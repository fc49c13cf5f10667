//! What an application's instruments record into.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Callback, SyncInstrument};

use super::GaugeValue;
use super::attributes::ordered;
use super::observed::Observed;
use super::registry::Observe;
use super::series::Series;

/// A number that an instrument may be of.
pub(crate) trait Number: Copy + Into<GaugeValue> + Send + Sync + 'static {}

impl Number for u64 {}
impl Number for i64 {}
impl Number for f64 {}

/// The end of a synchronous gauge: what is recorded holds until something else is.
pub(crate) struct Sets(pub(crate) Arc<Series>);

/// The end of a counter: what is recorded is added.
pub(crate) struct Adds(pub(crate) Arc<Series>);

/// The end of an instrument that may not be.
pub(super) struct Refused;

/// Where the callback of an observable instrument leaves what it observes.
struct Observing<'s>(&'s Observed);

impl<T: Number> SyncInstrument<T> for Sets {
    fn measure(&self, measurement: T, attributes: &[KeyValue]) {
        self.0.set(attributes, measurement.into());
    }
}

impl<T: Number> SyncInstrument<T> for Adds {
    fn measure(&self, measurement: T, attributes: &[KeyValue]) {
        self.0.add(attributes, measurement.into());
    }
}

impl<T> SyncInstrument<T> for Refused {
    fn measure(&self, _measurement: T, _attributes: &[KeyValue]) {}
}

impl<T: Number> AsyncInstrument<T> for Observing<'_> {
    fn observe(&self, measurement: T, attributes: &[KeyValue]) {
        self.0.observe(ordered(attributes), measurement.into());
    }
}

/// The callback in the form in which the collection runs it.
pub(crate) fn observe<T: Number>(callback: Arc<Callback<T>>) -> Observe {
    Box::new(move |observed| callback(&Observing(observed)))
}
