//! What was observed of one gauge for one collection.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::attributes::Attributes;
use super::{Fault, GaugeValue, Reading, SERIES_LIMIT};

/// See the module. A callback may observe from several threads.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    values: Mutex<Values>,
}

#[derive(Debug)]
enum Values {
    /// The last value of each series.
    Known(HashMap<Attributes, GaugeValue>),
    /// More series than a report can carry, of which nothing has to be kept.
    TooMany,
}

impl Default for Values {
    fn default() -> Self {
        Self::Known(HashMap::new())
    }
}

impl Observed {
    /// Notes the value of a series. The last one counts.
    pub(crate) fn observe(&self, attributes: Attributes, value: GaugeValue) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if let Values::Known(known) = &mut *values {
            known.insert(attributes, value);
            if known.len() > SERIES_LIMIT {
                *values = Values::TooMany;
            }
        }
    }

    /// Moves every series into a reading.
    pub(crate) fn into_reading(self, metric: &str, reading: &mut Reading) {
        match self.values.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Values::Known(known) => {
                for (attributes, value) in known {
                    reading.point(metric, attributes.into_iter(), value);
                }
            }
            Values::TooMany => reading.leave_out(metric, Fault::TooManySeries),
        }
    }
}
