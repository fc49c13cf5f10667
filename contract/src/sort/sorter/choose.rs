//! Which contract a scope follows, and which of its gauges a metric is.

use std::ops::RangeInclusive;
use std::sync::Arc;

use headcount_proto::{Kind, Metric, Sum, Temporality};
use jiff::civil::Date;

use super::Sorter;
use crate::admit::{SERVICE_NAME, heartbeat, text_of};
use crate::library::SchemaUrl;
use crate::model::{Contract, Reason};
use crate::part::HEARTBEAT;
use crate::plan::GaugePlan;
use crate::refusal::Refusal;

impl<'l> Sorter<'l, '_> {
    /// The contract by the scope's schema URL, else the resource's, else `service.name`.
    /// Where none fits, those that would have.
    pub(super) fn choose(&self) -> Result<&'l Contract, Vec<String>> {
        for url in [self.scope_schema, self.resource_schema] {
            match self.library.by_schema_url(url) {
                SchemaUrl::Known(contract) => return Ok(contract),
                SchemaUrl::UnknownVersion(name) => return Err(self.library.labels_of(&name)),
                SchemaUrl::Foreign => {}
            }
        }
        let name = text_of(&self.resource, SERVICE_NAME).ok().flatten();
        let newest = name.and_then(|name| self.library.newest(name));
        newest.map(Arc::as_ref).ok_or_else(|| self.library.labels())
    }

    /// The days for which reports of the contract are taken. Where they are not, those contracts of which some are.
    pub(super) fn taken(
        &self,
        contract: &Contract,
        reason: Reason,
    ) -> Result<RangeInclusive<Date>, Vec<String>> {
        match (self.window)(contract) {
            _ if reason == Reason::Erase => Ok(Date::MIN..=Date::MAX),
            Some(days) => Ok(days),
            None => {
                let taken = self.library.iter().filter(|known| (self.window)(known).is_some());
                Err(taken.map(|known| known.label()).collect())
            }
        }
    }

    pub(super) fn gauge_of(&self, metric: &Metric<'_>) -> Result<&'l GaugePlan, Refusal> {
        let Some(open) = &self.scope else {
            return Err(Refusal::NoContract { known: self.known.clone() });
        };
        let gauge = match metric.name {
            HEARTBEAT => heartbeat(),
            name => open.contract.plan.gauges.get(name).ok_or_else(|| Refusal::Unlisted {
                contract: open.contract.label(),
                reason: None,
            })?,
        };
        if tells_what_is(metric.kind) {
            Ok(gauge)
        } else {
            Err(Refusal::Kind { name: gauge.name.clone(), kind: metric.kind })
        }
    }

    pub(super) fn is_listed(&self, metric: &str) -> bool {
        let listed = |contract: &Arc<Contract>| contract.plan.gauges.contains_key(metric);
        metric == HEARTBEAT || self.library.iter().any(listed)
    }
}

/// Whether a value says how much there is, and not how much came: that of a gauge, and of an `UpDownCounter`.
fn tells_what_is(kind: Kind) -> bool {
    const UP_DOWN: Kind = Kind::Sum(Sum { temporality: Temporality::Cumulative, monotonic: false });
    kind == Kind::Gauge || kind == UP_DOWN
}
