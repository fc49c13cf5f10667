//! What the person who runs the instance decides: to agree, to decline, to have everything erased.

use std::sync::Arc;
use std::time::Duration;

use headcount_contract::{Level, OnWithdrawal, Reason, Secret, erasure};
use jiff::Timestamp;

use crate::clock;
use crate::consent::{Standing, Switch};
use crate::directory::Lock;
use crate::error::{Cause, Error};
use crate::identity::{Found, Identity};
use crate::instance::Instance;
use crate::make::{Ask, Keys};
use crate::memory::Memory;
use crate::period::Period;
use crate::schedule::day_of;
use crate::state::{By, Declined};

/// How long a decision waits for a process that has its turn.
const PATIENCE: Duration = Duration::from_secs(35);

impl Instance {
    /// Agrees to the application's contract, up to a level.
    pub(crate) fn agree(&self, level: Level, now: Timestamp) -> Result<(), Error> {
        self.decides_here()?;
        let _lock = self.to_decide()?;
        let mut memory = self.memory()?;
        if memory.state.agreed.as_ref().is_some_and(|agreed| level < agreed.level) {
            self.clear_spool()?;
        }
        if memory.state.declined.is_some() && memory.state.stopped.is_none() {
            memory.state.stopped = Some(day_of(now));
        }
        memory.state.leaving = false;
        let contract = Arc::clone(&self.contract);
        memory
            .agree(&self.directory, &contract, (level, By::Choice), now)
            .map_err(Cause::Storage)?;
        // Made now, so that a preview shows what will be sent.
        let keyless = self.host.has_own_keys() || self.place.leads();
        if keyless { Ok(()) } else { self.keys(&mut memory, now).map(drop) }
    }

    /// Declines, or takes back what was agreed to.
    pub(crate) fn decline(&self, now: Timestamp) -> Result<(), Error> {
        if self.required {
            return Err(Cause::Required(self.contract.label()).into());
        }
        if self.place.leader().is_some() {
            return self.withdraw(now);
        }
        let _lock = self.to_decide()?;
        let mut view = self.look(now)?;
        let told = view.memory.state.is_reporting();
        view.memory.state.leaving |= told;
        if view.memory.state.declined.is_none() {
            view.memory.state.withdrawn = Some(now);
        }
        view.memory.state.declined = Some(Declined { at: now });
        view.memory.write(&self.directory).map_err(Cause::Storage)?;
        self.forget(&mut view.memory, now)
    }

    /// Asks the receiver to erase everything that it holds about this instance, and forgets what
    /// was sent.
    pub(crate) fn erase(&self, now: Timestamp) -> Result<(), Error> {
        self.is_an_instance()?;
        let _lock = self.to_decide()?;
        let mut memory = self.memory()?;
        self.clear_spool()?;
        self.spool_erasure(&mut memory, now)?;
        self.history().forget_reports().map_err(Cause::Storage)?;
        Ok(memory.write(&self.directory).map_err(Cause::Storage)?)
    }

    /// Spools what the contract says of a withdrawal: the announcement without an id, the erasure;
    /// and deletes the id. The no is written already; a process that is killed in between finishes
    /// at its next turn.
    pub(crate) fn leave(&self, memory: &mut Memory, now: Timestamp) -> Result<(), Error> {
        self.clear_spool()?;
        if self.host.has_own_keys() {
            return Ok(());
        }
        if !self.place.leads() {
            self.take_leave(memory, now)?;
        }
        memory.state.leaving = false;
        memory.state.agreed = None;
        memory.state.stop(day_of(now));
        Ok(memory.write(&self.directory).map_err(Cause::Storage)?)
    }

    fn take_leave(&self, memory: &mut Memory, now: Timestamp) -> Result<(), Error> {
        let consent = self.contract.consent();
        if consent.announce {
            match self.announce(now) {
                // Of an instance that nothing is known of any more there is nothing to tell.
                Err(error) if error.is_report() && self.recorded.is_some() => {
                    tracing::warn!("the withdrawal is not announced: {error}");
                }
                announced => announced?,
            }
        }
        if consent.on_withdrawal == OnWithdrawal::DeleteId && self.has_identity() {
            // Where the id is lost or damaged there is nothing to ask by, and the no holds all the same.
            match self.spool_erasure(memory, now) {
                Err(error) if error.is_report() || error.is_identity() => {
                    tracing::warn!("the receiver is not asked to erase: {error}");
                }
                spooled => spooled?,
            }
            Identity::delete(&self.directory).map_err(Cause::Storage)?;
            self.history().forget_reports().map_err(Cause::Storage)?;
            memory.state.identified = false;
            memory.state.resource = None;
        }
        Ok(())
    }

    fn announce(&self, now: Timestamp) -> Result<(), Error> {
        // Without a key of its own, that of a report which nothing can be linked to.
        let any = Secret::new(clock::random()?);
        let secret = match Identity::peek(&self.directory).map_err(Cause::Storage)? {
            Found::Identity(identity) => self.keys_of(Some(identity)).secret,
            Found::None | Found::Damaged(_) => self.own_secret.clone().unwrap_or(any),
        };
        let keys = Keys { id: None, secret };
        let ask = Ask {
            contract: &self.contract,
            level: Level::Basic,
            reason: Reason::OptOut,
            day: day_of(now),
            now,
            keys: &keys,
            dropped: 0,
            replaces: None,
            preview: false,
        };
        let (report, _) = self.draft(&ask, self.deadline())?;
        self.spool().put(&report, now).map_err(Cause::Storage)?;
        Ok(())
    }

    fn spool_erasure(&self, memory: &mut Memory, now: Timestamp) -> Result<(), Error> {
        let keys = self.keys_of(self.identity()?);
        let Some(id) = keys.named() else {
            return Err(Cause::Report(
                "expected an id to erase by, this instance has none".to_owned(),
            )
            .into());
        };
        let period = Period::for_day(headcount_contract::Covers::Now, day_of(now), now)?;
        let header = period.header(clock::random()?, Reason::Erase);
        let report = erasure(&self.contract, id, &header)
            .map_err(|error| Cause::Report(error.to_string()))?;
        self.spool().put(&report, now).map_err(Cause::Storage)?;
        memory.state.erased = Some(now);
        Ok(())
    }

    fn identity(&self) -> Result<Option<Identity>, Error> {
        Ok(Identity::load(&self.directory).map_err(Cause::Storage)?.whole()?)
    }

    /// Drops every report that waits; what says farewell stays.
    pub(crate) fn clear_spool(&self) -> Result<(), Error> {
        for one in self.spool().waiting().map_err(Cause::Storage)? {
            if !matches!(one.reason, Reason::OptOut | Reason::Erase) {
                self.spool().remove(&one.report_id).map_err(Cause::Storage)?;
            }
        }
        Ok(())
    }

    /// Goes through a withdrawal that was decided elsewhere; nobody withdraws for one instance alone.
    fn withdraw(&self, now: Timestamp) -> Result<(), Error> {
        let _lock = self.to_decide()?;
        let mut view = self.look(now)?;
        match view.standing {
            Standing::Off(Switch::Choice) => self.settle(&mut view, now),
            _ => self.decides_here(),
        }
    }

    /// Whether the decisions in this directory are its own.
    fn decides_here(&self) -> Result<(), Error> {
        let Some(leader) = self.place.leader() else {
            return Ok(());
        };
        Err(Cause::Configuration(format!(
            "expected a decision for the relay in {}, got one for a single instance behind it",
            leader.directory.path().display()
        ))
        .into())
    }

    /// Refuses what is done by an instance, where there is none.
    pub(crate) fn is_an_instance(&self) -> Result<(), Error> {
        if !self.place.leads() {
            return Ok(());
        }
        let expected = "expected an instance that reports, this directory only decides for those behind a relay";
        Err(Cause::Configuration(expected.to_owned()).into())
    }

    pub(crate) fn to_decide(&self) -> Result<Lock, Error> {
        self.lock(PATIENCE)?.ok_or_else(|| Cause::Busy.into())
    }
}
