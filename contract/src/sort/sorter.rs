//! The visit of a request that sorts its points into parts of reports.

mod choose;
mod erase;
mod moved;
mod opened;
mod take;

use std::collections::HashMap;
use std::sync::Arc;

use headcount_proto::{Attribute, Kind, Metric, Place, Point, Resource, Scope, Visit};
use jiff::civil::Date;

use moved::Moved;
use opened::{Last, Opened};

use super::erasures::Erasures;
use super::{Arrived, ReportKey, Sorted, Window};
use crate::admit::Gate;
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
    /// The attributes of the resource, and behind them those that its scope adds.
    resource: Vec<Attribute<'a>>,
    /// How many of them are the resource's own.
    own: usize,
    resource_schema: &'a str,
    scope_schema: &'a str,
    scope: Option<Opened<'l, 'a>>,
    /// What points tell that belongs on their resource.
    moved: Moved<'l, 'a>,
    /// The contracts of which one was expected, where the scope has none.
    known: Arc<[String]>,
    metric: Metric<'a>,
    gauge: Result<&'l GaugePlan, Refusal>,
    /// Whether some contract lists the metric.
    usage: bool,
    drafts: Vec<Open<'l, 'a>>,
    index: HashMap<Key<'l>, usize>,
    erasures: Erasures,
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
        self.own = self.resource.len();
        self.resource_schema = resource.schema_url;
    }

    fn scope(&mut self, scope: &Scope<'_, 'a>) {
        self.place.enter_scope();
        let before = self.resource.len() - self.own;
        let contract = self.adopt(scope);
        let open = self.scope.as_ref().map(|open| open.contract);
        let same = matches!((open, &contract), (Some(open), Ok(contract)) if std::ptr::eq(open, *contract));
        if same && before == 0 && self.resource.len() == self.own {
            return;
        }
        self.close();
        match contract.and_then(|contract| self.opened(contract)) {
            Ok(open) => self.scope = Some(open),
            Err(known) => self.known = known.into(),
        }
        self.moved.expect_of(self.scope.as_ref().map(|open| open.contract));
    }

    fn metric(&mut self, metric: &Metric<'a>) {
        self.place.enter_metric();
        self.metric = *metric;
        self.gauge = self.gauge_of(metric);
        let unlisted =
            matches!(self.gauge, Err(Refusal::Unlisted { .. } | Refusal::NoContract { .. }));
        self.usage = !unlisted || self.is_listed(metric.name);
    }

    fn point(&mut self, point: &Point<'_, 'a>) {
        self.place.enter_point();
        self.sorted.sent += 1;
        if self.leaves_out() {
            self.sorted.left_out += 1;
            if self.place.point == Some(0) {
                self.sorted.stripped.metric(self.metric.name);
            }
            return;
        }
        let taken =
            if self.moved.may_be_in(point) { self.take_moved(point) } else { self.take(point) };
        match taken {
            Ok(Put::New) => {}
            Ok(Put::Newer | Put::Unchanged) => self.sorted.duplicate += 1,
            Err((place, refusal)) => self.reject(place, refusal, 1),
        }
    }
}

impl<'l> Sorter<'l, '_> {
    /// `most`: how many resources a request may have.
    pub(super) fn new(
        library: &'l Library,
        secret: &'l Secret,
        window: &'l Window<'l>,
        most: usize,
    ) -> Self {
        Self {
            library,
            secret,
            window,
            end: End::Receiver,
            sorted: Sorted::default(),
            noting: false,
            place: Place::default(),
            resource: Vec::new(),
            own: 0,
            resource_schema: "",
            scope_schema: "",
            scope: None,
            moved: Moved::new(most),
            known: Arc::default(),
            metric: Metric { name: "", unit: "", kind: Kind::Empty },
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

    /// Where the resource is that a point belongs to: that is the point itself where it tells one of its own.
    fn resource_place(&self) -> Place {
        if self.scope.as_ref().is_some_and(|open| open.of_points) {
            return self.place;
        }
        Place { resource: self.place.resource, ..Place::default() }
    }

    fn reject(&mut self, place: Place, refusal: Refusal, points: u64) {
        let unlisted = matches!(refusal, Refusal::Unlisted { .. } | Refusal::NoContract { .. });
        if self.noting && unlisted {
            self.sorted.stripped.metric(self.metric.name);
        }
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
