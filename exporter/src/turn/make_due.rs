//! Makes the reports that are due, and spools each before it is noted as made.

use std::borrow::Cow;
use std::time::Instant as Moment;

use base64::Engine as _;
use headcount_contract::{Covers, Event, Identity as Policy, Reason, Secret};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::Turn;
use crate::clock;
use crate::consent::Terms;
use crate::error::{Cause, Error};
use crate::identity::Identity;
use crate::instance::{Instance, View};
use crate::make::{Ask, Id, Keys};
use crate::memory::Memory;
use crate::recorded::newest_resource;
use crate::schedule::{Due, Plan, day_of, slot};
use crate::spool::Head;
use crate::state::{Failed, State};

/// What the instance's key makes the minute of its reports from.
const SLOT: &[u8] = b"headcount: the minute of the day";

impl Instance {
    pub(super) fn make_due(
        &self,
        view: &mut View,
        started: Timestamp,
        now: Timestamp,
        turn: &mut Turn,
    ) -> Result<(), Error> {
        let Some(terms) = view.standing.terms().cloned() else {
            return Ok(());
        };
        let keys = self.keys(&mut view.memory, now)?;
        let past = terms.contract.schedule().covers == Covers::PreviousDay;
        let resource = self.fingerprint(&keys, now);
        for due in self.plan(&view.memory.state, &terms, &keys, &resource, started, now).due() {
            let ask = Ask::of(due, &terms, &keys, &view.memory.state, now);
            match self.make_one(due, &ask, now) {
                Ok(()) => {
                    turn.made += 1;
                    view.memory.state.made(due, &resource, now);
                    self.process.run();
                }
                Err(error) if error.is_nothing() => {
                    view.memory.state.passed_over(due, past, now, error.to_string());
                }
                // The other days can still be told.
                Err(error) if due.reason == Reason::Backfill => {
                    view.memory.state.looked_back = Some(now);
                    turn.failed = Some(error);
                }
                Err(error) => {
                    let why = error.to_string();
                    view.memory.state.failed = Some(Failed { at: now, why });
                    turn.failed = Some(error);
                }
            }
            view.memory.write(&self.directory).map_err(Cause::Storage)?;
        }
        Ok(())
    }

    /// Makes a report and spools it. One that is in the spool already was spooled just before the
    /// process was killed, and is not made again.
    fn make_one(&self, due: Due, ask: &Ask<'_>, now: Timestamp) -> Result<(), Error> {
        let same = |head: &Head| head.reason == due.reason && head.date == due.day;
        if due.counts && self.spool().holds(ask.contract, same).map_err(Cause::Storage)? {
            return Ok(());
        }
        self.spool_report(ask, now, self.deadline()).map(drop)
    }

    /// Makes a report and spools it.
    pub(crate) fn spool_report(
        &self,
        ask: &Ask<'_>,
        now: Timestamp,
        deadline: Moment,
    ) -> Result<Head, Error> {
        let report = self.report(ask, deadline)?;
        Ok(self.spool().put(&report, now).map_err(Cause::Storage)?)
    }

    /// The schedule as it stands.
    pub(crate) fn plan<'a>(
        &'a self,
        state: &'a State,
        terms: &'a Terms,
        keys: &Keys,
        resource: &'a str,
        started: Timestamp,
        now: Timestamp,
    ) -> Plan<'a> {
        Plan {
            schedule: terms.contract.schedule(),
            state,
            slot: slot(&keys.secret.authenticate(SLOT)),
            started,
            ran: self.process.ran(),
            looks_back: self.looks_back(),
            resource,
            now,
        }
    }

    /// Whether it can be told how things were on a day that is over.
    pub(super) fn looks_back(&self) -> bool {
        self.report_for.is_some() || self.recorded.is_some()
    }

    /// The id and the key, made now where there are none. One that was lost is not made anew in
    /// silence: the receiver would count another instance.
    pub(crate) fn keys(&self, memory: &mut Memory, now: Timestamp) -> Result<Keys, Error> {
        // The files would hold an id that nobody uses.
        if matches!(self.own_id, Some(Id::AsItTravels(_))) {
            return Ok(self.keys_of(None));
        }
        let today = day_of(now);
        let identity = match Identity::load(&self.directory).map_err(Cause::Storage)?.whole()? {
            Some(identity) => self.renewed(identity, memory, now)?,
            None if memory.state.identified => return Err(Cause::LostIdentity.into()),
            None => {
                let identity = Identity::create(&self.directory, clock::random()?, today)
                    .map_err(Cause::Storage)?;
                memory.state.identified = true;
                memory.write(&self.directory).map_err(Cause::Storage)?;
                identity
            }
        };
        Ok(self.keys_of(Some(identity)))
    }

    /// The application's own id and key, or else those of the data directory.
    pub(crate) fn keys_of(&self, identity: Option<Identity>) -> Keys {
        let (id, secret) = identity.map(|identity| (identity.id(), identity.secret())).unzip();
        let secret = self.own_secret.clone().or(secret).unwrap_or_else(|| self.fallback());
        let id = self.own_id.clone().or(id.map(Id::Raw)).filter(|_| self.has_identity());
        Keys { id, secret }
    }

    /// What stands for a key where there is none: something that differs from instance to instance, as far as that is
    /// known. No id is hashed under it.
    fn fallback(&self) -> Secret {
        let known = match &self.own_id {
            Some(Id::AsItTravels(id)) => Sha256::digest(id).into(),
            Some(Id::Raw(_)) | None => [0; 32],
        };
        Secret::new(known)
    }

    /// The identity, or a new one where the contract lets none grow older.
    fn renewed(
        &self,
        identity: Identity,
        memory: &mut Memory,
        now: Timestamp,
    ) -> Result<Identity, Error> {
        match self.contract.identity() {
            Policy::Rotating(days) if identity.is_due(days, day_of(now)) => {}
            _ => return Ok(identity),
        }
        memory.state.resource = None;
        memory.write(&self.directory).map_err(Cause::Storage)?;
        Ok(Identity::create(&self.directory, clock::random()?, day_of(now))
            .map_err(Cause::Storage)?)
    }

    /// A keyed hash of the listed attributes: it changes when the application is upgraded. Empty where nothing is told
    /// of them.
    pub(crate) fn fingerprint(&self, keys: &Keys, now: Timestamp) -> String {
        let mut resource = Cow::Borrowed(&self.attributes);
        if let Some(recorded) = &self.recorded {
            // Not asked for where nobody wants to know.
            if !self.contract.schedule().events.contains(&Event::Upgrade) {
                return String::new();
            }
            let told = newest_resource(recorded, now);
            if told.is_empty() {
                return String::new();
            }
            resource.to_mut().extend(told);
        }
        let listed: Vec<_> = self.contract.resource_attributes().collect();
        let mut told: Vec<_> = resource
            .iter()
            .filter(|(key, _)| listed.contains(&key.as_str()))
            .map(|(key, value)| format!("{key}={value:?}\n"))
            .collect();
        told.sort();
        base64::engine::general_purpose::STANDARD
            .encode(keys.secret.authenticate(told.concat().as_bytes()))
    }
}
