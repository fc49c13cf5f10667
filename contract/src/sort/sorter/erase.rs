//! The point that carries an erasure.

use headcount_proto::{Place, Point};
use jiff::civil::Date;

use super::Sorter;
use crate::model::Reason;
use crate::part::{Cutoff, Draft, Put};
use crate::plan::GaugePlan;
use crate::refusal::Refusal;
use crate::sort::Erasure;

impl<'a> Sorter<'_, 'a> {
    /// Takes an erasure, or says what is wrong and where. The gate lets through only the gauge that every
    /// report may carry, and nothing is kept of its point but the time.
    pub(super) fn erase(
        &mut self,
        gauge: &GaugePlan,
        date: Date,
        point: &Point<'_, 'a>,
    ) -> Result<Put, (Place, Refusal)> {
        let resource = self.resource_place();
        let Some(scope) = &self.scope else {
            return Err((resource, Refusal::NoContract { known: self.known.clone() }));
        };
        let origin = scope.origin.as_ref().map_err(|refusal| (resource, refusal.clone()))?;
        let mut carrier = Draft::new(date, String::new());
        let gate = self.gate(scope.contract, Reason::Erase);
        gate.point(&mut carrier, gauge, point, &[]).map_err(|refusal| (self.place, refusal))?;
        let cutoff =
            Cutoff { report_id: origin.report_id.clone(), time_unix_nano: point.time_unix_nano };
        let contract = scope.contract.name().to_owned();
        let instance = origin.instance.clone().unwrap_or_default();
        Ok(self.erasures.put(Erasure { contract, instance, date, cutoff }))
    }
}
