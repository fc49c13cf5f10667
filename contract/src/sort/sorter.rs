//! The visit of a request that sorts its points into parts of reports.

mod choose;
mod erase;
mod take;

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use headcount_proto::{Attribute, Metric, Place, Point, Resource, Scope, Visit};
use jiff::civil::Date;

use super::erasures::Erasures;
use super::{Arrived, ReportKey, Sorted, Window};
use crate::admit::{Gate, Origin, reason};
use crate::hash::{End, Secret};
use crate::library::Library;
use crate::model::{Contract, Level, Reason};
use crate::part::{Draft, Put};
use crate::plan::GaugePlan;
use crate::refusal::{Refusal, Rejection};

/// Sorts points while the request is read.
pub(super) struct Sorter<'l, 'a> {
    library: &'l Library,
    secret: &'l Secret,
    window: &'l Window<'l>,
    end: End,
    sorted: Sorted,
    /// Whether the names of what is left out are kept.
    noting: bool,
    place: Place,
    resource: Vec<Attribute<'a>>,
    resource_schema: &'a str,
    scope: Option<Opened<'l>>,
    /// The contracts of which one was expected, where the scope has none.
    known: Arc<[String]>,
    gauge: Result<&'l GaugePlan, Refusal>,
    /// Whether some contract lists the metric.
    usage: bool,
    drafts: Vec<Open<'l, 'a>>,
    index: HashMap<Key<'l>, usize>,
    erasures: Erasures,
}

/// The contract of the current scope, and what its resource says under it.
struct Opened<'l> {
    contract: &'l Contract,
    reason: Reason,
    /// The days for which reports are taken.
    days: RangeInclusive<Date>,
    origin: Result<Origin, Refusal>,
    /// The draft that the last point went to.
    last: Option<Last>,
}

/// The draft that the last points of a scope went to, and the newest time among them.
#[derive(Clone, Copy, Debug)]
struct Last {
    date: Date,
    index: usize,
    newest: u64,
}

/// A part that is being filled.
struct Open<'l, 'a> {
    contract: &'l Contract,
    instance: Option<String>,
    draft: Draft<'l, 'a>,
    /// The resource that it first came from.
    place: Place,
}

/// What tells drafts apart.
#[derive(PartialEq, Eq, Hash)]
struct Key<'l> {
    contract: &'l str,
    version: &'l str,
    report_id: String,
    instance: Option<String>,
    date: Date,
}

impl<'a> Visit<'a> for Sorter<'_, 'a> {
    fn resource(&mut self, resource: &Resource<'_, 'a>) {
        self.place.enter_resource();
        self.close();
        self.resource.clear();
        self.resource.extend_from_slice(resource.attributes);
        self.resource_schema = resource.schema_url;
    }

    fn scope(&mut self, scope: &Scope<'_, 'a>) {
        self.place.enter_scope();
        let contract = self.choose(scope.schema_url);
        let same = matches!((&self.scope, &contract), (Some(open), Ok(contract)) if std::ptr::eq(open.contract, *contract));
        if same {
            return;
        }
        self.close();
        let reason = reason(&self.resource);
        match contract.and_then(|contract| self.taken(contract, reason)) {
            Ok((contract, days)) => {
                let origin = self.gate(contract, reason).origin(&self.resource);
                if self.noting {
                    self.sorted.stripped.resource(contract, &self.resource);
                }
                self.scope = Some(Opened { contract, reason, days, origin, last: None });
            }
            Err(known) => self.known = known.into(),
        }
    }

    fn metric(&mut self, metric: &Metric<'a>) {
        self.place.enter_metric();
        self.gauge = self.gauge_of(metric);
        let unlisted =
            matches!(self.gauge, Err(Refusal::Unlisted { .. } | Refusal::NoContract { .. }));
        self.usage = !unlisted || self.is_listed(metric.name);
        if self.noting && unlisted {
            self.sorted.stripped.metric(metric.name);
        }
    }

    fn point(&mut self, point: &Point<'_, 'a>) {
        self.place.enter_point();
        self.sorted.sent += 1;
        if self.leaves_out() {
            self.sorted.left_out += 1;
            return;
        }
        match self.take(point) {
            Ok(Put::New) => {}
            Ok(Put::Newer | Put::Unchanged) => self.sorted.duplicate += 1,
            Err((place, refusal)) => self.reject(place, refusal, 1),
        }
    }
}

impl<'l> Sorter<'l, '_> {
    pub(super) fn new(library: &'l Library, secret: &'l Secret, window: &'l Window<'l>) -> Self {
        Self {
            library,
            secret,
            window,
            end: End::Receiver,
            sorted: Sorted::default(),
            noting: false,
            place: Place::default(),
            resource: Vec::new(),
            resource_schema: "",
            scope: None,
            known: Arc::default(),
            gauge: Err(Refusal::Withheld),
            usage: false,
            drafts: Vec::new(),
            index: HashMap::new(),
            erasures: Erasures::default(),
        }
    }

    /// The same, and keeps the names of what is left out.
    pub(super) fn noting(self) -> Self {
        Self { noting: true, ..self }
    }

    /// The same, at a relay's way in.
    pub(super) fn relaying(self) -> Self {
        Self { end: End::RelayIn, ..self }
    }

    fn gate(&self, contract: &'l Contract, reason: Reason) -> Gate<'l> {
        let (secret, end) = (self.secret, self.end);
        Gate { contract, secret, end, level: Level::Diagnostics, reason }
    }

    /// Whether the metric is none that a relay is there for.
    fn leaves_out(&self) -> bool {
        self.end == End::RelayIn && !self.usage
    }

    fn resource_place(&self) -> Place {
        Place { resource: self.place.resource, ..Place::default() }
    }

    fn reject(&mut self, place: Place, refusal: Refusal, points: u64) {
        self.sorted.rejected += points;
        self.sorted.reasons[refusal.index()] += points;
        self.sorted.first.get_or_insert(Rejection { place, refusal });
    }

    /// What came of it all.
    pub(super) fn finish(mut self) -> Sorted {
        self.close();
        self.sorted.erasures = self.erasures.take();
        for open in std::mem::take(&mut self.drafts) {
            let Open { contract, instance, draft, place } = open;
            let (part, refused) = draft.finish();
            if refused > 0 {
                self.reject(place, Refusal::TooMany, refused);
            }
            if part.points() == 0 {
                continue;
            }
            let key = ReportKey {
                contract: contract.name().to_owned(),
                version: contract.version().to_owned(),
                instance: instance.unwrap_or_else(|| part.content_digest()),
                date: part.date(),
            };
            self.sorted.arrived.push(Arrived { key, part });
        }
        self.sorted
    }
}
