//! The series of one gauge: a value for each set of attributes.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headcount_contract::{Observation, Scalar};
use opentelemetry::{KeyValue, Value};

use super::{Fault, GaugeValue, Reading, SERIES_LIMIT};

/// Attributes in order of their keys, each key once.
pub(crate) type Attributes = Vec<KeyValue>;

/// See the module. Recording is a short lock and a look-up; nothing waits for anything else.
#[derive(Debug, Default)]
pub(crate) struct Series {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    values: HashMap<Entity, GaugeValue>,
    /// A series was turned away, so what is here is a part only.
    overflown: bool,
}

/// The attributes of a series, to be shared with whoever reads it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entity(Arc<Attributes>);

impl Borrow<[KeyValue]> for Entity {
    fn borrow(&self) -> &[KeyValue] {
        &self.0
    }
}

impl Series {
    /// Gives a series its value.
    pub(crate) fn set(&self, attributes: &[KeyValue], value: GaugeValue) {
        self.put(attributes, |_| value);
    }

    /// Adds to the value of a series, which begins at zero.
    pub(crate) fn add(&self, attributes: &[KeyValue], term: GaugeValue) {
        self.put(attributes, |sum| sum.unwrap_or_else(|| GaugeValue::from(0)).plus(term));
    }

    /// Forgets one series.
    pub(crate) fn remove(&self, attributes: &[KeyValue]) {
        self.lock().values.remove(attributes);
    }

    /// Puts these series in the place of all. The last of two values of one series counts.
    pub(crate) fn replace(&self, series: impl Iterator<Item = (Attributes, GaugeValue)>) {
        let mut new = Table::default();
        for (attributes, value) in series {
            new.put(attributes, |_| value);
            if new.overflown {
                // There is no end to what an iterator may give.
                new.values = HashMap::new();
                break;
            }
        }
        // The old ones are dropped when the lock is free again.
        let _old = std::mem::replace(&mut *self.lock(), new);
    }

    /// Copies every series into a reading. Who records in the meantime waits for a copy of the
    /// references and the numbers only.
    pub(super) fn read(&self, metric: &str, reading: &mut Reading) {
        let table = self.lock();
        let overflown = table.overflown;
        let values: Vec<_> = table.values.iter().map(|(e, value)| (e.clone(), *value)).collect();
        drop(table);
        reading.overflown(metric, overflown);
        for (Entity(attributes), value) in values {
            reading.point(metric, attributes.iter().cloned(), value);
        }
    }

    /// Moves every series into a reading.
    pub(crate) fn into_reading(self, metric: &str, reading: &mut Reading) {
        let table = self.table.into_inner().unwrap_or_else(PoisonError::into_inner);
        reading.overflown(metric, table.overflown);
        for (Entity(attributes), value) in table.values {
            reading.point(metric, Arc::unwrap_or_clone(attributes).into_iter(), value);
        }
    }

    fn put(&self, attributes: &[KeyValue], value: impl Fn(Option<GaugeValue>) -> GaugeValue) {
        if let Some(known) = self.lock().values.get_mut(attributes) {
            *known = value(Some(*known));
            return;
        }
        // New, or in another order.
        let attributes = ordered(attributes);
        self.lock().put(attributes, value);
    }

    /// What the lock protects is whole between any two statements.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn put(
        &mut self,
        attributes: Attributes,
        value: impl FnOnce(Option<GaugeValue>) -> GaugeValue,
    ) {
        if let Some(known) = self.values.get_mut(attributes.as_slice()) {
            *known = value(Some(*known));
        } else if self.values.len() < SERIES_LIMIT {
            self.values.insert(Entity(Arc::new(attributes)), value(None));
        } else {
            self.overflown = true;
        }
    }
}

impl Reading {
    fn overflown(&mut self, metric: &str, overflown: bool) {
        if overflown {
            self.leave_out(metric, Fault::TooManySeries);
        }
    }

    fn point(
        &mut self,
        metric: &str,
        attributes: impl Iterator<Item = KeyValue>,
        value: GaugeValue,
    ) {
        match value.number() {
            Ok(value) => {
                let attributes = attributes
                    .filter_map(|attribute| {
                        scalar(attribute.value).map(|value| (attribute.key.into(), value))
                    })
                    .collect();
                self.points.push(Observation { metric: metric.to_owned(), attributes, value });
            }
            Err(fault) => self.leave_out(metric, fault),
        }
    }
}

/// The attributes in order of their keys. Of two with one key the last counts, as in a map.
fn ordered(attributes: &[KeyValue]) -> Attributes {
    let mut ordered: Attributes = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        match ordered.binary_search_by(|known| known.key.cmp(&attribute.key)) {
            Ok(index) => ordered[index] = attribute.clone(),
            Err(index) => ordered.insert(index, attribute.clone()),
        }
    }
    ordered
}

/// A single value. Arrays are none: no contract can name one.
pub(crate) fn scalar(value: Value) -> Option<Scalar> {
    match value {
        Value::Bool(value) => Some(Scalar::Bool(value)),
        Value::I64(value) => Some(Scalar::Int(value)),
        Value::F64(value) => Some(Scalar::Double(value)),
        Value::String(value) => Some(Scalar::Text(value.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn recording_goes_on_after_a_panic_that_held_the_lock() {
        let series = Series::default();
        series.set(&[], 1.into());
        let panicking = AssertUnwindSafe(|| {
            let _table = series.lock();
            panic!("with the lock in hand");
        });
        assert!(catch_unwind(panicking).is_err() && series.table.is_poisoned());
        series.add(&[], 1.into());
        let mut reading = Reading::default();
        series.into_reading("users", &mut reading);
        assert_eq!(reading.points[0].value, headcount_proto::Number::Int(2));
    }
}
