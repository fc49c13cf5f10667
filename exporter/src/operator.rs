//! What the person who runs the instance looks at, and asks for beyond the schedule.

use std::time::Instant as Moment;

use headcount_contract::{Changes, Level, Missing, Reason, diff};
use jiff::Timestamp;
use uuid::Builder;

use crate::clock;
use crate::consent::{Standing, Waiting};
use crate::error::{Cause, Error};
use crate::history::{History, SentOutcome};
use crate::identity::Identity;
use crate::instance::{Instance, View, id_leaf};
use crate::make::{Ask, Id, Keys};
use crate::preview::Preview;
use crate::schedule::{Due, covered, day_of};
use crate::send::Outcome;
use crate::spool::Spool;
use crate::status::decision;
use crate::turn::Turn;

impl Instance {
    pub(crate) fn spool(&self) -> Spool {
        Spool::new(&self.directory)
    }

    pub(crate) fn history(&self) -> History {
        History::new(&self.directory)
    }

    /// What would be sent now, under the terms that hold, or else all that the application's
    /// contract can tell. Nothing is written.
    pub(crate) fn preview(&self, reason: Reason, now: Timestamp) -> Result<Preview, Error> {
        let view = self.look(now)?;
        let terms = view.standing.terms();
        let contract = terms.map_or(&self.contract, |terms| &terms.contract);
        let keys = self.keys_to_show()?;
        let ask = Ask {
            contract,
            level: terms.map_or(Level::Diagnostics, |terms| terms.level),
            reason,
            day: covered(contract.schedule().covers, day_of(now)),
            now,
            keys: &keys,
            dropped: view.memory.state.dropped,
            replaces: None,
            preview: true,
        };
        let (report, left_out) = self.draft(&ask, self.deadline())?;
        Ok(Preview::new(&report, &left_out))
    }

    /// Makes a report now, whatever the schedule says, sends what waits, and says what became of
    /// the report.
    pub(crate) fn send(&self, reason: Reason, now: Timestamp) -> Result<Outcome, Error> {
        let deadline = self.deadline();
        let id = self.spool_now(reason, now, deadline)?;
        let mut turn = Turn::until(now);
        self.deliver(now, true, &mut turn)?;
        match turn.outcomes.into_iter().find(|(sent, _)| *sent == id) {
            Some((_, outcome)) => Ok(outcome),
            // Another thread or process sent it meanwhile, or it waits behind one that did not arrive.
            None => self.outcome_of(&id),
        }
    }

    fn outcome_of(&self, id: &str) -> Result<Outcome, Error> {
        let entries = self.history().entries().map_err(Cause::Storage)?.sent;
        let sent = entries.into_iter().rev().find(|sent| sent.report_id == id);
        Ok(match sent {
            Some(sent) if sent.outcome == SentOutcome::Delivered => Outcome::Delivered {
                rejected: sent.rejected_points,
                message: sent.message,
                receipt: sent.receipt,
            },
            Some(sent) => Outcome::Rejected { reason: sent.message },
            None => {
                let reason = "it waits behind a report that did not arrive".to_owned();
                Outcome::Retry { after: None, reason }
            }
        })
    }

    fn spool_now(&self, reason: Reason, now: Timestamp, deadline: Moment) -> Result<String, Error> {
        self.is_an_instance()?;
        self.route()?;
        let Some(_lock) = self.lock(self.timeout)? else {
            return Err(Cause::Busy.into());
        };
        let mut view = self.look(now)?;
        self.settle(&mut view, now)?;
        let terms = view.standing.terms().cloned().ok_or_else(|| self.not_granted(&view))?;
        let keys = self.keys(&mut view.memory, now)?;
        let day = covered(terms.contract.schedule().covers, day_of(now));
        let due = Due { reason, day, counts: true };
        let ask = Ask::of(due, &terms, &keys, &view.memory.state, now);
        let report = self.spool_report(&ask, now, deadline)?;
        view.memory.state.made(due, &self.fingerprint(&keys, now), now);
        view.memory.write(&self.directory).map_err(Cause::Storage)?;
        Ok(report.report_id)
    }

    pub(crate) fn not_granted(&self, view: &View) -> Error {
        let why = match &view.standing {
            Standing::Waiting(Waiting::Decision) => "nobody has decided yet".to_owned(),
            _ => decision(view, self.required),
        };
        Cause::NotGranted { label: self.contract.label(), why }.into()
    }

    /// What the application's contract tells beyond, or short of, the one that was agreed to.
    pub(crate) fn difference(&self) -> Result<Option<Changes>, Error> {
        let memory = self.memory()?;
        Ok(memory.agreed.map(|older| diff(&older, &self.contract)))
    }

    /// The id and the key that are there, or none.
    pub(crate) fn present_keys(&self) -> Result<Keys, Error> {
        Ok(self.keys_of(Identity::peek(&self.directory).map_err(Cause::Storage)?.whole()?))
    }

    /// The id and the key for a preview. Where a report must have an id and none is made yet, it
    /// shows a random one that is used for nothing else.
    fn keys_to_show(&self) -> Result<Keys, Error> {
        let mut keys = self.present_keys()?;
        let shown = id_leaf(&self.contract).is_none_or(|leaf| leaf.missing == Missing::Required);
        if keys.id.is_none() && self.has_identity() && shown {
            let id = Builder::from_random_bytes(clock::random()?).into_uuid();
            keys.id = Some(Id::Raw(id.hyphenated().to_string()));
        }
        Ok(keys)
    }
}
