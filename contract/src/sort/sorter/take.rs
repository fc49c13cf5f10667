//! A point, on its way to the part that it belongs to.

use headcount_proto::{Place, Point};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::{Key, Last, Open, Opened, Sorter};
use crate::admit::Origin;
use crate::hash::End;
use crate::model::{Identity, Reason};
use crate::part::{Draft, Put};
use crate::refusal::Refusal;
use crate::value::Unfit;

/// Nanoseconds of a UTC day.
const DAY: u64 = 86_400_000_000_000;

impl<'a> Sorter<'_, 'a> {
    /// Takes a point, or says what is wrong and where.
    #[inline]
    pub(super) fn take(&mut self, point: &Point<'_, 'a>) -> Result<Put, (Place, Refusal)> {
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
        let scope = self.scope.as_ref();
        let (reason, around) =
            scope.map_or_else(Default::default, |open| (open.reason, &*open.around));
        let contract = self.drafts[index].contract;
        let gate = self.gate(contract, reason);
        let draft = &mut self.drafts[index].draft;
        let put = gate.point(draft, gauge, point, around);
        let put = put.map_err(|refusal| (self.place, refusal))?;
        if let Some(Opened { last: Some(last), .. }) = &mut self.scope {
            last.newest = last.newest.max(point.time_unix_nano);
        }
        // Nobody looks at a relay's requests one by one, and there are many points.
        if self.noting && self.end != End::RelayIn {
            self.sorted.stripped.point(contract, gauge, point.attributes);
        }
        Ok(put)
    }

    /// The day that a point belongs to: the report's, where the resource names one, else its own.
    fn date(&self, point: &Point<'_, '_>) -> Result<Date, Refusal> {
        if let Some(Opened { origin: Ok(Origin { date: Some(date), .. }), .. }) = &self.scope {
            return Ok(*date);
        }
        // Most points are of the day of the one before. In the first day of all lies 0, which means unknown.
        if let Some(Opened { last: Some(last), .. }) = &self.scope
            && last.newest >= DAY
            && last.newest / DAY == point.time_unix_nano / DAY
        {
            return Ok(last.date);
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
        // Without any id each resource is a report of its own, for each day.
        let nameless = instance.is_none();
        let held = if nameless { scope.nameless.get(&date) } else { self.index.get(&key) };
        let index = held.copied().unwrap_or(self.drafts.len());
        if index == self.drafts.len() {
            let draft = Draft::new(date, origin.report_id.clone());
            self.drafts.push(Open { contract, instance, draft, place });
            if nameless {
                scope.nameless.insert(date, index);
            } else {
                self.index.insert(key, index);
            }
        }
        scope.last = Some(Last { date, index, newest: 0 });
        Ok(index)
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
