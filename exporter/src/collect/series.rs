//! The series of one gauge: a value for each set of attributes.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::KeyValue;

use super::attributes::{Attributes, ordered};
use super::{Fault, GaugeValue, Reading, SERIES_LIMIT};

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

    /// Gives a series its value, where the attributes are in order already.
    pub(crate) fn tell(&self, attributes: Attributes, value: GaugeValue) {
        self.lock().put(attributes, |_| value);
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
        if overflown {
            reading.leave_out(metric, Fault::TooManySeries);
        }
        for (Entity(attributes), value) in values {
            reading.point(metric, attributes.iter().cloned(), value);
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
        series.read("users", &mut reading);
        assert_eq!(reading.points[0].value, headcount_proto::Number::Int(2));
    }
}
