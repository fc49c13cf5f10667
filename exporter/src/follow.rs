//! Exporters of one relay: one that decides, and those of its instances, which go by it.
//!
//! Nothing is handed over: an instance's exporter reads the decision where it is kept, each time that it looks. What it
//! keeps itself says what it has done about it: whether it reports, and which withdrawal it went through.

use std::sync::Arc;

use headcount_contract::Covers;
use jiff::{Timestamp, ToSpan as _};

use crate::consent::{Standing, Switch, Terms};
use crate::error::{Cause, Error};
use crate::instance::{Instance, View};
use crate::memory::Memory;
use crate::schedule::day_of;
use crate::state::{Role, State};

/// Whose decisions hold in a data directory.
#[derive(Clone)]
pub(crate) enum Place {
    /// Its own.
    Alone,
    /// Its own, and others go by them. It makes no reports.
    Leads,
    /// Those of this one.
    Follows(Arc<Instance>),
}

impl Place {
    pub(crate) fn leads(&self) -> bool {
        matches!(self, Self::Leads)
    }

    pub(crate) fn leader(&self) -> Option<&Arc<Instance>> {
        match self {
            Self::Follows(leader) => Some(leader),
            Self::Alone | Self::Leads => None,
        }
    }

    pub(crate) fn role(&self) -> Role {
        match self {
            Self::Alone => Role::Alone,
            Self::Leads => Role::Leads,
            Self::Follows(_) => Role::Follows,
        }
    }
}

impl View {
    /// Whether a withdrawal was decided elsewhere, and nobody knows any more what it takes back.
    pub(crate) fn has_lost_track(&self) -> bool {
        self.leader.is_some()
            && self.memory.damaged.is_some()
            && matches!(self.standing, Standing::Off(Switch::Choice))
    }
}

impl Instance {
    /// Brings what is remembered in line with what was decided elsewhere.
    pub(crate) fn settle_as_led(&self, view: &mut View, now: Timestamp) -> Result<(), Error> {
        let lost = view.has_lost_track();
        let View { memory, standing, leader: Some(leader), .. } = view else {
            return Ok(());
        };
        match standing {
            // The next reading may tell what was decided.
            Standing::Off(Switch::Unreadable(_) | Switch::Damage) => Ok(()),
            Standing::Off(Switch::Choice) => {
                if lost || memory.state.is_reporting() {
                    memory.state.leaving = true;
                }
                self.follow_withdrawal(memory, leader, now)?;
                self.forget(memory, now)
            }
            Standing::Off(_) => self.forget(memory, now),
            Standing::Waiting(_) if memory.state.leaving => self.leave(memory, now),
            Standing::Waiting(_) => Ok(()),
            Standing::On(terms) => self.follow_agreement(memory, leader, terms, now),
        }
    }

    /// Notes which withdrawal it is that is gone through, and goes on where one was cut off.
    fn follow_withdrawal(
        &self,
        memory: &mut Memory,
        leader: &State,
        now: Timestamp,
    ) -> Result<(), Error> {
        if memory.state.withdrawn != leader.withdrawn {
            memory.state.withdrawn = leader.withdrawn;
            memory.write(&self.directory).map_err(Cause::Storage)?;
        }
        if memory.state.leaving { self.leave(memory, now) } else { Ok(()) }
    }

    fn follow_agreement(
        &self,
        memory: &mut Memory,
        leader: &State,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<(), Error> {
        // It was taken back, and given again, before this instance could take notice.
        if memory.state.withdrawn != leader.withdrawn && memory.state.is_reporting() {
            memory.state.leaving = true;
        }
        self.follow_withdrawal(memory, leader, now)?;
        self.introduce(memory)?;
        if memory.heal(now) {
            memory.write(&self.directory).map_err(Cause::Storage)?;
        }
        self.follow_terms(memory, terms, now)?;
        self.follow_days(memory, leader, terms, now)
    }

    /// Takes over the contract and the level. What would tell more than is allowed now is not sent any more.
    fn follow_terms(
        &self,
        memory: &mut Memory,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<(), Error> {
        let agreed = memory.state.agreed.as_ref();
        let (digest, level, by) = (terms.contract.digest(), terms.level, terms.by);
        if agreed
            .is_some_and(|agreed| (agreed.digest, agreed.level, agreed.by) == (digest, level, by))
        {
            return Ok(());
        }
        if agreed.is_some_and(|agreed| level < agreed.level) {
            self.clear_spool()?;
        }
        let kept = memory.agree(&self.directory, &terms.contract, (level, by), now);
        Ok(kept.map_err(Cause::Storage)?)
    }

    /// Takes over the day from which on reports are made, or begins with its own first day.
    fn follow_days(
        &self,
        memory: &mut Memory,
        leader: &State,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<(), Error> {
        let past = terms.contract.schedule().covers == Covers::PreviousDay;
        // A day that lies further ahead was written by a clock that was wrong.
        let latest = day_of(now).saturating_add(1.day());
        let there = leader.reportable_from.filter(|first| *first <= latest);
        let first = match memory.state.reportable_from {
            Some(from) => there.filter(|first| *first > from),
            None => {
                let there = there.unwrap_or_else(|| leader.first_day(past, now));
                Some(there.max(memory.state.first_day(past, now)))
            }
        };
        let Some(first) = first else { return Ok(()) };
        // Reports were off in between: what was made before is not wanted any more.
        if memory.state.is_reporting() {
            self.clear_spool()?;
        }
        memory.state.reportable_from = Some(first);
        Ok(memory.write(&self.directory).map_err(Cause::Storage)?)
    }
}

#[cfg(test)]
pub(crate) mod running;
#[cfg(test)]
mod tests;
