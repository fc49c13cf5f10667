//! Brings what is remembered in line with how the instance stands, before anything is made.

use headcount_contract::{Covers, diff};
use jiff::Timestamp;

use crate::consent::{Standing, Switch, Terms};
use crate::error::{Cause, Error};
use crate::facts::absolute;
use crate::instance::{Instance, View};
use crate::memory::{Memory, keep_contract};
use crate::schedule::day_of;
use crate::send::Route;
use crate::state::{Application, Shown};

impl Instance {
    /// Forgets where somebody said no; introduces the application, shows the notice and notes the
    /// agreement where nobody did.
    pub(crate) fn settle(&self, view: &mut View, now: Timestamp) -> Result<(), Error> {
        if view.leader.is_some() {
            return self.settle_as_led(view, now);
        }
        if let Standing::Off(switch) = &view.standing {
            return match switch {
                // The next reading may tell what was decided.
                Switch::Unreadable(_) | Switch::Damage => Ok(()),
                _ => self.forget(&mut view.memory, now),
            };
        }
        self.introduce(&mut view.memory)?;
        if view.memory.heal(now) {
            view.memory.write(&self.directory).map_err(Cause::Storage)?;
        }
        if view.standing.wants_notice(&self.contract, &view.memory.state) {
            (self.show)(&self.notice(&view.memory));
            self.notice_shown(&mut view.memory, now)?;
        }
        view.standing = self.standing(&view.memory, &view.switches, now);
        match view.standing.terms().cloned() {
            Some(terms) => self.begin(&mut view.memory, &terms, now),
            None => Ok(()),
        }
    }

    /// Nothing of what was to be sent outlives a no, but what the contract says of a withdrawal.
    pub(crate) fn forget(&self, memory: &mut Memory, now: Timestamp) -> Result<(), Error> {
        if memory.state.leaving {
            self.leave(memory, now)?;
        }
        if memory.state.is_reporting() {
            self.clear_spool()?;
            memory.state.stop(day_of(now));
            memory.write(&self.directory).map_err(Cause::Storage)?;
        }
        Ok(())
    }

    /// Keeps what `headcount operator` has to know of the application, where it changed.
    pub(crate) fn introduce(&self, memory: &mut Memory) -> Result<(), Error> {
        let application = Some(self.application());
        if memory.state.application != application {
            keep_contract(&self.directory, &self.contract).map_err(Cause::Storage)?;
            memory.state.application = application;
            memory.write(&self.directory).map_err(Cause::Storage)?;
        }
        Ok(())
    }

    fn application(&self) -> Application {
        let endpoint = self.route.as_ref().ok().map(Route::endpoint);
        Application {
            digest: self.contract.digest(),
            endpoint: endpoint.map(|endpoint| endpoint.uri.to_string()),
            protocol: endpoint.map(|endpoint| endpoint.protocol),
            configuration: self.configuration.as_deref().and_then(absolute),
            own_id: self.own_id.is_some(),
            own_secret: self.own_secret.is_some(),
            required: self.required,
            role: self.place.role(),
            facts: self.facts.texts().clone(),
        }
    }

    /// Notes that the notice of the application's contract was shown.
    pub(crate) fn notice_shown(&self, memory: &mut Memory, now: Timestamp) -> Result<(), Error> {
        memory.state.notice = Some(Shown { digest: self.contract.digest(), at: now });
        Ok(memory.write(&self.directory).map_err(Cause::Storage)?)
    }

    /// The notice, and what is new in it where an older contract was agreed to.
    pub(crate) fn notice(&self, memory: &Memory) -> String {
        let destination = self.destination();
        let notice = self.contract.notice(&self.facts.with(&destination));
        let changes = memory.agreed.as_ref().map(|older| diff(older, &self.contract));
        match changes.filter(headcount_contract::Changes::widens) {
            Some(changes) => {
                format!("{notice}\nWhat is new since what was agreed to:\n{changes}\n")
            }
            None => notice,
        }
    }

    /// Notes the agreement that holds, and the day from which on reports are made.
    fn begin(&self, memory: &mut Memory, terms: &Terms, now: Timestamp) -> Result<(), Error> {
        let (digest, by) = (terms.contract.digest(), terms.by);
        let agreed = memory.state.agreed.as_ref();
        if !agreed.is_some_and(|agreed| agreed.digest == digest && agreed.by == by) {
            memory
                .agree(&self.directory, &terms.contract, (terms.level, by), now)
                .map_err(Cause::Storage)?;
        }
        if memory.state.reportable_from.is_none() {
            let past = terms.contract.schedule().covers == Covers::PreviousDay;
            memory.state.reportable_from = Some(memory.state.first_day(past, now));
            memory.write(&self.directory).map_err(Cause::Storage)?;
        }
        Ok(())
    }
}
