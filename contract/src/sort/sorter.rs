//! The visit of a request that sorts its points into parts of reports.

mod erase;

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use headcount_proto::{Attribute, Kind, Metric, Place, Point, Resource, Scope, Visit};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::erasures::Erasures;
use super::{Arrived, ReportKey, Sorted, Window};
use crate::admit::{Gate, Origin, SERVICE_NAME, heartbeat, reason, seal, text_of};
use crate::hash::{End, Secret};
use crate::library::{Library, SchemaUrl};
use crate::model::{Contract, Identity, Level, Reason};
use crate::part::{Draft, HEARTBEAT, Put};
use crate::plan::GaugePlan;
use crate::refusal::{Refusal, Rejection};
use crate::value::Unfit;

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

impl<'l, 'a> Sorter<'l, 'a> {
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

    /// The contract by the scope's schema URL, else the resource's, else `service.name`.
    /// Where none fits, those that would have.
    fn choose(&self, scope_schema: &str) -> Result<&'l Contract, Vec<String>> {
        for url in [scope_schema, self.resource_schema] {
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

    /// The contract with the days for which its reports are taken. Where they are not, those contracts of which some
    /// are.
    fn taken(
        &self,
        contract: &'l Contract,
        reason: Reason,
    ) -> Result<(&'l Contract, RangeInclusive<Date>), Vec<String>> {
        match (self.window)(contract) {
            _ if reason == Reason::Erase => Ok((contract, Date::MIN..=Date::MAX)),
            Some(days) => Ok((contract, days)),
            None => {
                let taken = self.library.iter().filter(|known| (self.window)(known).is_some());
                Err(taken.map(|known| known.label()).collect())
            }
        }
    }

    fn gauge_of(&self, metric: &Metric<'_>) -> Result<&'l GaugePlan, Refusal> {
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
        if metric.kind == Kind::Gauge {
            Ok(gauge)
        } else {
            Err(Refusal::Kind { name: gauge.name.clone(), kind: metric.kind })
        }
    }

    fn is_listed(&self, metric: &str) -> bool {
        self.library.iter().any(|contract| contract.plan.gauges.contains_key(metric))
    }

    /// Whether the metric is none that a relay is there for.
    fn leaves_out(&self) -> bool {
        self.end == End::RelayIn && !self.usage
    }

    /// Takes a point, or says what is wrong and where.
    fn take(&mut self, point: &Point<'_, 'a>) -> Result<Put, (Place, Refusal)> {
        let gauge = match &self.gauge {
            Ok(gauge) => *gauge,
            Err(refusal @ Refusal::NoContract { .. }) => {
                return Err((self.resource_place(), refusal.clone()));
            }
            Err(refusal) => return Err((Place { point: None, ..self.place }, refusal.clone())),
        };
        let date = self.date(point).map_err(|refusal| (self.place, refusal))?;
        self.open_day(date)?;
        if self.scope.as_ref().is_some_and(|open| open.reason == Reason::Erase) {
            return self.erase(gauge, date, point);
        }
        let index = self.open(date).map_err(|refusal| (self.resource_place(), refusal))?;
        let reason = self.scope.as_ref().map_or_else(Reason::default, |open| open.reason);
        let gate = self.gate(self.drafts[index].contract, reason);
        let draft = &mut self.drafts[index].draft;
        let put = gate.point(draft, gauge, point).map_err(|refusal| (self.place, refusal))?;
        if let Some(Opened { last: Some(last), .. }) = &mut self.scope {
            last.newest = last.newest.max(point.time_unix_nano);
        }
        if self.noting {
            self.sorted.stripped.point(gauge, point.attributes);
        }
        Ok(put)
    }

    /// The day that a point belongs to: the report's, where the resource names one, else its own.
    fn date(&self, point: &Point<'_, '_>) -> Result<Date, Refusal> {
        if let Some(Opened { origin: Ok(Origin { date: Some(date), .. }), .. }) = &self.scope {
            return Ok(*date);
        }
        utc_day(point.time_unix_nano).ok_or_else(|| Refusal::Unfit {
            name: "timeUnixNano".into(),
            unfit: Unfit("expected a time".to_owned()),
        })
    }

    /// Whether reports for the day are taken.
    fn open_day(&self, date: Date) -> Result<(), (Place, Refusal)> {
        let Some(Opened { days, origin, .. }) = &self.scope else { return Ok(()) };
        if days.contains(&date) {
            return Ok(());
        }
        let said = matches!(origin, Ok(Origin { date: Some(_), .. }));
        let place = if said { self.resource_place() } else { self.place };
        Err((place, Refusal::ClosedDay { first: *days.start(), last: *days.end() }))
    }

    /// The draft that points of this day go to.
    fn open(&mut self, date: Date) -> Result<usize, Refusal> {
        if let Some(Opened { last: Some(last), .. }) = &self.scope
            && last.date == date
        {
            return Ok(last.index);
        }
        self.seal();
        let place = self.resource_place();
        let known = &self.known;
        let known = || Refusal::NoContract { known: known.clone() };
        let scope = self.scope.as_mut().ok_or_else(known)?;
        let origin = scope.origin.as_ref().map_err(Clone::clone)?;
        let contract = scope.contract;
        let instance = match (contract.identity(), scope.reason) {
            _ if self.end == End::RelayIn => Some(origin.instance.clone().unwrap_or_default()),
            (Identity::None, _) | (_, Reason::OptOut) => {
                Some(origin.report_id.clone()).filter(|id| !id.is_empty())
            }
            _ => Some(origin.instance.clone().unwrap_or_default()),
        };
        let key = Key {
            contract: contract.name(),
            version: contract.version(),
            report_id: origin.report_id.clone(),
            instance: instance.clone(),
            date,
        };
        let index = match self.index.get(&key) {
            // Without any id each resource is a report of its own.
            Some(index) if instance.is_some() => *index,
            _ => {
                let draft = Draft::new(date, origin.report_id.clone());
                self.drafts.push(Open { contract, instance, draft, place });
                self.index.insert(key, self.drafts.len() - 1);
                self.drafts.len() - 1
            }
        };
        scope.last = Some(Last { date, index, newest: 0 });
        Ok(index)
    }

    /// Stamps what the resource says with the newest time of the points that it came with.
    fn seal(&mut self) {
        if let Some(Opened { origin: Ok(origin), last: Some(last), .. }) = &self.scope {
            seal(&mut self.drafts[last.index].draft, origin.clone(), last.newest);
        }
    }

    /// The same, where no more points of the scope come.
    fn close(&mut self) {
        if let Some(Opened { origin: Ok(origin), last: Some(last), .. }) = self.scope.take() {
            seal(&mut self.drafts[last.index].draft, origin, last.newest);
        }
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

/// The UTC day of a time; `None` for 0, which means unknown.
fn utc_day(time_unix_nano: u64) -> Option<Date> {
    if time_unix_nano == 0 {
        return None;
    }
    let time = Timestamp::from_nanosecond(i128::from(time_unix_nano)).ok()?;
    Some(Offset::UTC.to_datetime(time).date())
}
