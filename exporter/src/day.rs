//! The figures of a past day, for applications that can compute them.
//!
//! A gauge says how things are; nobody can ask it how they were. Where a day was missed, because the
//! instance was not running or could not send, the application is asked for that day instead.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use headcount_contract::{Contract, Scalar};
use jiff::civil::Date;

use crate::collect::{CollectError, Collection, Fault, GaugeValue, Observed, Reading};
use crate::gauge::{GaugeError, Listing, Shape};

/// Tells the figures of a UTC day.
pub(crate) type ReportFor = Box<dyn Fn(Date, &mut Day) -> Result<(), Failure> + Send + Sync>;

/// Why an application cannot tell them.
type Failure = Box<dyn Error + Send + Sync>;

/// The figures of one past day, as an application tells them.
///
/// It begins empty, whatever the gauges of the exporter hold: a report for the day has what is told
/// here, and the resource attributes. A gauge that the contract does not have, or that is told
/// with other attributes than it has there, is left out and shown among what is
/// [withheld](crate::Preview::withheld).
///
/// ```
/// use headcount::{Date, Day};
///
/// # struct Rows(Vec<(String, i64)>);
/// # impl Rows {
/// #     fn query(_sql: &str, _date: &str) -> Result<Self, std::io::Error> { Ok(Self(vec![])) }
/// # }
/// /// Workflows and the runs that each had on that day.
/// fn figures(date: Date, day: &mut Day) -> Result<(), std::io::Error> {
///     let rows = Rows::query("SELECT … WHERE finished_at::date = $1", &date.to_string())?;
///     for (workflow, runs) in rows.0 {
///         let project = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10";
///         let entity = [("openfn.project.id", project), ("openfn.workflow.id", &workflow)];
///         day.set("openfn.workflow.runs", entity, runs);
///     }
///     day.set("openfn.users", [], 12);
///     Ok(())
/// }
/// ```
pub struct Day {
    contract: Arc<Contract>,
    gauges: BTreeMap<String, Told>,
}

/// What was told of one gauge.
#[derive(Default)]
struct Told {
    observed: Observed,
    /// By the names of the attributes, in the order in which they came.
    shapes: Vec<(Vec<String>, Shape)>,
    fault: Option<Fault>,
}

impl Day {
    fn new(contract: Arc<Contract>) -> Self {
        Self { contract, gauges: BTreeMap::new() }
    }

    /// Tells the value that a gauge had on this day, for the entity with these attributes. Ids are
    /// given as text, as for a [`Gauge`](crate::Gauge); of two values of one entity the last counts.
    ///
    /// ```
    /// # use headcount::Day;
    /// # fn example(day: &mut Day, projects: &[(String, u32)]) {
    /// day.set("openfn.users", [], 12);
    /// for (id, users) in projects {
    ///     day.set("openfn.project.users", [("openfn.project.id", id)], *users);
    /// }
    /// # }
    /// ```
    pub fn set<const N: usize>(
        &mut self,
        gauge: &str,
        entity: [(&str, &str); N],
        value: impl Into<GaugeValue>,
    ) {
        if !self.gauges.contains_key(gauge) {
            self.gauges.insert(gauge.to_owned(), Told::default());
        }
        let told = self.gauges.get_mut(gauge).filter(|told| told.fault.is_none());
        // Nothing of a gauge that is left out is kept.
        let Some(told) = told else { return };
        match told.shape(&self.contract, gauge, entity.map(|(name, _)| name)) {
            Ok(shape) => {
                let attributes = shape.attributes(&entity.map(|(_, id)| id));
                told.observed.observe(attributes, value.into());
            }
            Err(fault) => told.fault = Some(fault),
        }
    }

    fn into_reading(self) -> Reading {
        let mut reading = Reading::default();
        for (gauge, told) in self.gauges {
            told.observed.into_reading(&gauge, &mut reading);
            if let Some(fault) = told.fault {
                reading.leave_out(&gauge, fault);
            }
        }
        reading
    }
}

impl Told {
    /// The shape of points with these attributes. The contract is read once for each set of them.
    fn shape<const N: usize>(
        &mut self,
        contract: &Contract,
        gauge: &str,
        names: [&str; N],
    ) -> Result<&Shape, Fault> {
        let known = self.shapes.iter().position(|(known, _)| *known == names);
        let index = match known {
            Some(index) => index,
            None => {
                let shape = Listing::new(contract).shape(gauge, &names).map_err(fault)?;
                self.shapes.push((names.map(str::to_owned).to_vec(), shape));
                self.shapes.len() - 1
            }
        };
        Ok(&self.shapes[index].1)
    }
}

fn fault(error: GaugeError) -> Fault {
    match error {
        GaugeError::Unlisted { .. } => Fault::Unlisted,
        GaugeError::Attributes { wrong, .. } => Fault::Attributes(wrong.to_string()),
    }
}

/// The callback in the form in which it is kept.
pub(crate) fn report_for<E: Into<Failure>>(
    callback: impl Fn(Date, &mut Day) -> Result<(), E> + Send + Sync + 'static,
) -> ReportFor {
    Box::new(move |date, day| callback(date, day).map_err(Into::into))
}

/// Asks the application for the figures of a day. It takes as long as the callback does.
pub(crate) fn collect_day(
    report_for: &ReportFor,
    date: Date,
    contract: &Arc<Contract>,
    resource: &[(String, Scalar)],
) -> Result<Collection, CollectError> {
    let mut day = Day::new(Arc::clone(contract));
    match catch_unwind(AssertUnwindSafe(|| report_for(date, &mut day))) {
        Ok(Ok(())) => Ok(day.into_reading().complete(resource)),
        Ok(Err(why)) => Err(CollectError::Day { date, why }),
        Err(payload) => {
            // Dropping what was thrown could panic again, and nothing would catch that.
            std::mem::forget(payload);
            Err(CollectError::DayPanicked { date })
        }
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Day").field("gauges", &self.gauges.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
