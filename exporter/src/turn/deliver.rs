//! Sends what waits in the spool, oldest first, and notes what became of it.

use std::time::Duration;

use headcount_contract::Reason;
use jiff::{SignedDuration, Timestamp};

use super::Turn;
use crate::clock;
use crate::consent::{Standing, Switch};
use crate::error::{Cause, Error};
use crate::history::{Sent, SentOutcome};
use crate::instance::{Instance, View};
use crate::memory::Memory;
use crate::schedule::day_of;
use crate::send::{Moment, Outcome, Outgoing, send};
use crate::spool::{Head, Spooled};
use crate::state::BackOff;

/// How long a decision may keep the lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// The wait after the first failure; it doubles with each further one.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(5);
/// The longest wait that failures alone lead to.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);
/// The longest wait that a receiver can ask for; more was written by a clock that was wrong.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

impl Instance {
    /// Sends what waits, for as long as it arrives. Without `insist` not before the wait after a
    /// failure is over.
    pub(crate) fn deliver(
        &self,
        now: Timestamp,
        insist: bool,
        turn: &mut Turn,
    ) -> Result<(), Error> {
        let spool = self.spool();
        if spool.waiting().map_err(Cause::Storage)?.is_empty() {
            return Ok(());
        }
        let patience = if insist { self.timeout } else { Duration::ZERO };
        let Some(_sending) = self.lock_sending(patience)? else {
            return Ok(());
        };
        self.sweep(now)?;
        let contracts = self.kept_contracts()?;
        for spooled in spool.entries(&contracts).map_err(Cause::Storage)?.spooled {
            let view = self.look(now)?;
            if !insist && view.memory.state.is_backing_off(now) {
                break;
            }
            if !view.lets_out(spooled.head().reason) {
                continue;
            }
            let moment = Moment { now: now.into(), deadline: self.deadline() };
            let outcome = send(self.route()?, Outgoing::from(&spooled), moment);
            if !self.record(&spooled, &outcome, now, turn)? {
                break;
            }
        }
        Ok(())
    }

    /// Drops what the policy no longer keeps, and counts it.
    fn sweep(&self, now: Timestamp) -> Result<(), Error> {
        let swept = self.spool().sweep(now).map_err(Cause::Storage)?;
        for head in &swept.heads {
            let dropped = Sent::new(head, now, &self.destination(), SentOutcome::Dropped);
            self.history().append(&dropped).map_err(Cause::Storage)?;
        }
        if swept.dropped == 0 { Ok(()) } else { self.note_loss(swept.dropped) }
    }

    fn note_loss(&self, reports: u64) -> Result<(), Error> {
        let Some(_lock) = self.lock(PATIENCE)? else {
            return Ok(());
        };
        let mut memory = self.memory()?;
        memory.state.dropped = memory.state.dropped.saturating_add(reports);
        Ok(memory.write(&self.directory).map_err(Cause::Storage)?)
    }

    /// Notes the outcome. Says whether to go on with the next report.
    fn record(
        &self,
        spooled: &Spooled,
        outcome: &Outcome,
        now: Timestamp,
        turn: &mut Turn,
    ) -> Result<bool, Error> {
        let Some(_lock) = self.lock(PATIENCE)? else {
            return Err(Cause::Busy.into());
        };
        let mut memory = self.memory()?;
        let head = spooled.head();
        let mut sent = Sent::new(head, now, &self.destination(), SentOutcome::Delivered);
        sent.report = spooled.report();
        let settled = match outcome {
            Outcome::Delivered { receipt, message, rejected } => {
                sent.receipt = *receipt;
                sent.receipt_matches = receipt.map(|r| r == head.receipt);
                sent.message.clone_from(message);
                sent.rejected_points = *rejected;
                true
            }
            Outcome::Rejected { reason } => {
                sent.outcome = SentOutcome::Rejected;
                sent.message.clone_from(reason);
                true
            }
            Outcome::Retry { .. } => false,
        };
        if settled {
            self.history().append(&sent).map_err(Cause::Storage)?;
            self.note_made(&mut memory, head)?;
            self.spool().remove(&head.report_id).map_err(Cause::Storage)?;
            memory.state.back_off = None;
        } else {
            memory.state.back_off = Some(back_off(memory.state.back_off.as_ref(), outcome, now)?);
        }
        memory.write(&self.directory).map_err(Cause::Storage)?;
        turn.outcomes.push((head.report_id.clone(), outcome.clone()));
        if settled {
            turn.sent.push(sent);
        } else {
            turn.waits = Some(outcome.clone());
        }
        Ok(settled)
    }

    /// Notes a day, or the first start, whose report is about to leave the spool. The process that spooled it may have
    /// been killed before it did, and the day would be reported again.
    fn note_made(&self, memory: &mut Memory, head: &Head) -> Result<(), Error> {
        let noted = match head.reason {
            Reason::Install => memory.state.installed,
            Reason::Daily | Reason::Backfill => memory.state.has_reported(head.date),
            _ => true,
        };
        if noted {
            return Ok(());
        }
        // What was dropped meanwhile by a decision is forgotten, and counts for nothing.
        let waiting = self.spool().waiting().map_err(Cause::Storage)?;
        if waiting.iter().any(|one| one.report_id == head.report_id) {
            if head.reason == Reason::Install {
                memory.state.installed = true;
            } else {
                memory.state.report_made(head.date);
            }
            memory.write(&self.directory).map_err(Cause::Storage)?;
        }
        Ok(())
    }
}

impl View {
    /// Whether a spooled report may leave, as things stand.
    pub(crate) fn lets_out(&self, reason: Reason) -> bool {
        // What the contract says of a withdrawal leaves after it, unless a variable or a file wants
        // silence.
        let farewell = matches!(reason, Reason::OptOut | Reason::Erase);
        match &self.standing {
            Standing::On(_) => true,
            Standing::Waiting(_) | Standing::Off(Switch::Choice) => farewell,
            Standing::Off(_) => false,
        }
    }
}

/// The wait after this failure: longer each time, spread so that instances which failed together do
/// not come back together, and never shorter than the receiver asks for.
fn back_off(before: Option<&BackOff>, outcome: &Outcome, now: Timestamp) -> Result<BackOff, Error> {
    let attempts = before.map_or(0, |before| before.attempts).saturating_add(1);
    let doubled = FIRST_WAIT.saturating_mul(1 << (attempts - 1).min(16)).min(LONGEST_WAIT);
    let [byte] = clock::random()?;
    let spread = doubled.mul_f64(0.75 + f64::from(byte) / 512.0);
    let asked = match outcome {
        Outcome::Retry { after: Some(after), .. } => {
            SignedDuration::try_from(*after).unwrap_or(A_DAY)
        }
        _ => SignedDuration::ZERO,
    };
    let today = day_of(now);
    if before.is_none_or(|before| before.told != today) {
        tracing::warn!(attempts, "usage reports wait: {outcome}");
    }
    let not_before = now.saturating_add(spread.max(asked).min(A_DAY)).unwrap_or(now);
    Ok(BackOff { attempts, not_before, why: outcome.to_string(), told: today })
}

impl crate::state::State {
    /// Whether to wait on. A time more than a day ahead was written by a clock that was wrong.
    pub(crate) fn is_backing_off(&self, now: Timestamp) -> bool {
        let until = self.back_off.as_ref().map(|back_off| back_off.not_before);
        until.is_some_and(|until| now < until && until.duration_since(now) <= A_DAY)
    }
}
