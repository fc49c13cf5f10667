//! One turn: show the notice where it is due, make what is due, send what waits. The only module
//! that knows all stages.
//!
//! A turn reads everything anew, so what another process or `headcount operator` decided holds from
//! the next turn on. Making happens under the directory's lock, so of several processes one makes
//! the day's report; sending happens under another, so that nobody who decides waits for a network.

mod deliver;
mod make_again;
mod make_due;
mod settle;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::consent::Standing;
use crate::directory::Lock;
use crate::error::{Cause, Error};
use crate::history::Sent;
use crate::instance::{Instance, View};
use crate::schedule::LONGEST_SLEEP;
use crate::send::Outcome;

/// How soon to look again where another process has its turn.
const BUSY: SignedDuration = SignedDuration::from_secs(60);

/// What a turn did, and when the next one is due.
#[derive(Debug)]
#[non_exhaustive]
pub struct Turn {
    /// Reports that were made and spooled.
    pub made: usize,
    /// Reports that arrived, or that the receiver does not want.
    pub sent: Vec<Sent>,
    /// Why the first of the reports that still wait did not arrive.
    pub waits: Option<Outcome>,
    /// What became of every report that was tried to be sent, by its id.
    pub(crate) outcomes: Vec<(String, Outcome)>,
    /// Why a report that was due was not made.
    pub failed: Option<Error>,
    /// When to take the next turn; an hour later at most, since clocks are set and machines sleep.
    pub next: std::time::SystemTime,
}

impl Instance {
    /// Takes a turn.
    pub(crate) fn turn(&self, now: Timestamp) -> Result<Turn, Error> {
        if !self.host.is_here() {
            return self.turn_elsewhere(now);
        }
        let started = self.process.started(now);
        let mut turn = Turn::until(now + LONGEST_SLEEP);
        let view = self.look(now)?;
        if view.is_at_rest() && !self.has_farewell(&view)? {
            turn.next = turn.next.min(view.standing.begins().unwrap_or(Timestamp::MAX).into());
            return Ok(turn);
        }
        {
            let Some(_lock) = self.lock(Duration::ZERO)? else {
                turn.next = (now + BUSY).into();
                return Ok(turn);
            };
            let mut view = self.look(now)?;
            self.settle(&mut view, now)?;
            if self.place.leads() {
                turn.next = turn.next.min(view.standing.begins().unwrap_or(Timestamp::MAX).into());
                return Ok(turn);
            }
            self.make_due(&mut view, started, now, &mut turn)?;
        }
        self.deliver(now, false, &mut turn)?;
        turn.next = self.next_turn(started, now)?.into();
        Ok(turn)
    }

    /// Whether a withdrawal waits to be told, and no variable and no file wants silence.
    fn has_farewell(&self, view: &View) -> Result<bool, Error> {
        let waiting = self.spool().waiting().map_err(Cause::Storage)?;
        Ok(waiting.iter().any(|one| view.lets_out(one.reason)))
    }

    pub(crate) fn lock(&self, patience: Duration) -> Result<Option<Lock>, Error> {
        Ok(self.directory.lock(patience).map_err(Cause::Storage)?)
    }

    pub(crate) fn lock_sending(&self, patience: Duration) -> Result<Option<Lock>, Error> {
        Ok(self.directory.lock_sending(patience).map_err(Cause::Storage)?)
    }

    /// When to take the next turn, if nothing happens before.
    fn next_turn(&self, started: Timestamp, now: Timestamp) -> Result<Timestamp, Error> {
        let view = self.look(now)?;
        let latest = now + LONGEST_SLEEP;
        let planned = match &view.standing {
            Standing::Off(_) | Standing::Waiting(_) => view.standing.begins().unwrap_or(latest),
            Standing::On(terms) => {
                let keys = self.present_keys()?;
                self.plan(&view.memory.state, terms, &keys, "", started, now).next()
            }
        };
        let again = view.memory.state.back_off.map(|back_off| back_off.not_before);
        let again = again.filter(|again| *again > now).unwrap_or(latest);
        Ok(planned.min(again).min(latest))
    }
}

impl View {
    /// Whether there is nothing to make, to write or to forget. Where nothing waits to be sent
    /// either, not even a lock is needed.
    fn is_at_rest(&self) -> bool {
        let idle = match &self.standing {
            Standing::Off(_) => true,
            // The notice is shown where it is decided.
            Standing::Waiting(_) => self.leader.is_some(),
            Standing::On(_) => false,
        };
        idle && !self.memory.state.is_reporting()
            && !self.memory.state.leaving
            && !self.has_lost_track()
    }
}

impl Turn {
    pub(crate) fn until(next: Timestamp) -> Self {
        Self {
            made: 0,
            sent: Vec::new(),
            waits: None,
            outcomes: Vec::new(),
            failed: None,
            next: next.into(),
        }
    }
}
