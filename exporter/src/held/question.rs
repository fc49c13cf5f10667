//! Asks the receiver, by the same careful client that sends reports.

use std::time::Instant;

use headcount_contract::{Anonymous, Covers, Reason, erasure};
use headcount_proto::instances::{HeldErasure, HeldReport, ShowResponse};
use jiff::Timestamp;
use prost::Message as _;

use super::{Held, compare};
use crate::clock;
use crate::error::{Cause, Error};
use crate::instance::Instance;
use crate::period::Period;
use crate::schedule::day_of;
use crate::send::{Moment, Outcome, Outgoing, ask};

/// Pages that are asked for at most; each has a hundred reports.
const PAGES: usize = 20;

/// What the receiver told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) reports: Vec<HeldReport>,
    pub(super) erasures: Vec<HeldErasure>,
}

impl Instance {
    /// Asks the receiver what it holds, and compares. An explicit question may be asked whenever an erasure may
    /// leave.
    pub(crate) fn held(&self, now: Timestamp) -> Result<Held, Error> {
        self.is_an_instance()?;
        let view = self.look(now)?;
        if !view.lets_out(Reason::Erase) {
            return Err(self.not_granted(&view));
        }
        let told = self.told(&self.named(now)?, now)?;
        let sent = self.history().entries().map_err(Cause::Storage)?.sent;
        let compared = compare::Local {
            name: self.contract.name(),
            keep_days: self.contract.intake().keep_reports_days,
            today: day_of(now),
            erased: view.memory.state.erased,
            sent: &sent,
        };
        Ok(compared.with(told, self.destination()))
    }

    /// What names the instance, and nothing else of it: only what `erasure` makes may leave.
    fn named(&self, now: Timestamp) -> Result<Anonymous, Error> {
        let keys = self.present_keys()?;
        let expected = "expected an id to ask by, this instance has none";
        let id = keys.named().ok_or_else(|| Cause::Report(expected.to_owned()))?;
        let period = Period::for_day(Covers::Now, day_of(now), now)?;
        let header = period.header(clock::random()?, Reason::Erase);
        let named = erasure(&self.contract, id, &header);
        Ok(named.map_err(|error| Cause::Report(error.to_string()))?)
    }

    fn told(&self, named: &Anonymous, now: Timestamp) -> Result<Told, Error> {
        let route = self.route()?;
        let deadline = self.deadline();
        let moment = Moment { now: now.into(), deadline };
        let (mut told, mut token) = (Told::default(), String::new());
        for _ in 0..PAGES {
            let question = Outgoing::question(named, token)
                .ok_or_else(|| Cause::Report("expected an id to ask by, got none".to_owned()))?;
            let page = ask(route, question, moment).map_err(|outcome| untold(&outcome))?;
            let page = ShowResponse::decode(page).map_err(|_| {
                Cause::Untold("expected a ShowResponse, got other bytes".to_owned())
            })?;
            told.reports.extend(page.reports);
            told.erasures.extend(page.erasures);
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(told);
            }
            if Instant::now() >= deadline {
                break;
            }
        }
        let too_many = "expected an end of what it holds, got none within the limits";
        Err(Cause::Untold(too_many.to_owned()).into())
    }
}

fn untold(outcome: &Outcome) -> Cause {
    Cause::Untold(match outcome {
        Outcome::Retry { reason, .. } | Outcome::Rejected { reason } => reason.clone(),
        Outcome::Delivered { message, .. } => message.clone(),
    })
}
