//! Makes a report: collect, then anonymise.

use std::fmt;
use std::sync::Arc;
use std::time::Instant as Moment;

use headcount_contract::{
    Anonymous, Contract, Covers, INSTANCE, Level, Reason, Scalar, Secret, anonymise,
};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::clock;
use crate::collect::{Collection, LeftOut};
use crate::consent::Terms;
use crate::day::collect_day;
use crate::error::{Cause, Error};
use crate::instance::Instance;
use crate::period::Period;
use crate::preview::withheld;
use crate::schedule::Due;
use crate::state::State;

/// The id and the key with which a report is made.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// None where there is none, or none yet.
    pub(crate) id: Option<String>,
    pub(crate) secret: Secret,
}

/// Which report is asked for.
pub(crate) struct Ask<'a> {
    pub(crate) contract: &'a Arc<Contract>,
    pub(crate) level: Level,
    pub(crate) reason: Reason,
    /// The day that it is for.
    pub(crate) day: Date,
    pub(crate) now: Timestamp,
    pub(crate) keys: &'a Keys,
    /// Reports that were dropped since the last one that arrived.
    pub(crate) dropped: u64,
}

impl<'a> Ask<'a> {
    /// Asks for a report that is due, under these terms.
    pub(crate) fn of(
        due: Due,
        terms: &'a Terms,
        keys: &'a Keys,
        state: &State,
        now: Timestamp,
    ) -> Self {
        Self {
            contract: &terms.contract,
            level: terms.level,
            reason: due.reason,
            day: due.day,
            now: state.time_of_report(now),
            keys,
            dropped: state.dropped,
        }
    }
}

impl Instance {
    /// Makes the report, whole or not, and says what was left out before the contract had its say.
    pub(crate) fn draft(
        &self,
        ask: &Ask<'_>,
        deadline: Moment,
    ) -> Result<(Anonymous, Vec<LeftOut>), Error> {
        let period = Period::for_day(ask.contract.schedule().covers, ask.day, ask.now)?;
        let mut header = period.header(clock::random()?, ask.reason);
        header.dropped = ask.dropped;
        let Collection { mut collected, left_out } = self.collect(ask, deadline)?;
        collected.resource = self.resource(ask.contract, ask.keys.id.as_deref());
        let report = anonymise(ask.contract, &collected, &header, ask.level, &ask.keys.secret)
            .map_err(|error| not_made(&error, &[]))?;
        Ok((report, left_out))
    }

    /// Makes the report, which must have everything that the contract requires.
    pub(crate) fn report(&self, ask: &Ask<'_>, deadline: Moment) -> Result<Anonymous, Error> {
        if self.has_identity() && ask.keys.id.is_none() {
            return Err(
                Cause::Report("expected the instance's id, there is none".to_owned()).into()
            );
        }
        let (report, left_out) = self.draft(ask, deadline)?;
        match report.report() {
            Ok(_) => Ok(report),
            Err(incomplete) => Err(not_made(&incomplete, &withheld(&report, &left_out)).into()),
        }
    }

    /// Asks the application: how things were on a day that is over, where it can tell, or else how
    /// they are. A withdrawal is told without asking.
    fn collect(&self, ask: &Ask<'_>, deadline: Moment) -> Result<Collection, Error> {
        if ask.reason == Reason::OptOut {
            return Ok(Collection::default());
        }
        let past = ask.contract.schedule().covers == Covers::PreviousDay;
        Ok(match &self.report_for {
            Some(report_for) if past => collect_day(report_for, ask.day, ask.contract, &[])?,
            _ => self.collector.collect(deadline)?,
        })
    }

    fn resource(&self, contract: &Contract, id: Option<&str>) -> Vec<(String, Scalar)> {
        let own = ["service.name", INSTANCE];
        let given = self.attributes.iter().filter(|(key, _)| !own.contains(&key.as_str()));
        let name = (own[0].to_owned(), contract.name().into());
        let id = id.map(|id| (own[1].to_owned(), id.into()));
        given.cloned().chain([name]).chain(id).collect()
    }
}

/// Why there is no report, with what stayed behind: that is often the cause.
fn not_made(error: &dyn fmt::Display, withheld: &[String]) -> Cause {
    let separator = if withheld.is_empty() { "" } else { "; withheld: " };
    Cause::Report(format!("{error}{separator}{}", withheld.join("; ")))
}
