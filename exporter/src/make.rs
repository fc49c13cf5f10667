//! Makes a report: collect, then anonymise.

use std::fmt;
use std::sync::Arc;
use std::time::Instant as Moment;

use headcount_contract::{
    Anonymous, Collected, Contract, Covers, INSTANCE, Ids, InstanceId, Level, Reason, Secret,
    anonymise,
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
use crate::recorded::collect_recorded;
use crate::schedule::Due;
use crate::state::State;

/// The attributes that the exporter sets itself.
const OWN: [&str; 2] = ["service.name", INSTANCE];

/// The id and the key with which a report is made.
#[derive(Clone)]
pub(crate) struct Keys {
    /// None where there is none, or none yet.
    pub(crate) id: Option<Id>,
    pub(crate) secret: Secret,
}

/// An instance's id.
#[derive(Clone)]
pub(crate) enum Id {
    /// As the instance knows it.
    Raw(String),
    /// As it travels, to whom knows nothing else.
    AsItTravels(String),
}

impl Keys {
    /// The id, as the contract takes it.
    pub(crate) fn named(&self) -> Option<InstanceId<'_>> {
        Some(match self.id.as_ref()? {
            Id::Raw(id) => InstanceId::Raw(id, &self.secret),
            Id::AsItTravels(id) => InstanceId::AsItTravels(id),
        })
    }
}

impl Id {
    fn text(&self) -> &str {
        let (Self::Raw(id) | Self::AsItTravels(id)) = self;
        id
    }
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
    /// The id of the report whose place it takes, where that is for the same day.
    pub(crate) replaces: Option<&'a str>,
    /// Whether somebody only looks.
    pub(crate) preview: bool,
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
            replaces: None,
            preview: false,
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
        let mut period = Period::for_day(ask.contract.schedule().covers, ask.day, ask.now)?;
        if let Some(id) = ask.replaces {
            period = period.after(id);
        }
        let mut header = period.header(clock::random()?, ask.reason);
        header.dropped = ask.dropped;
        let Collection { mut collected, left_out } = self.collect(ask, deadline)?;
        self.name(&mut collected, ask)?;
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
        if let Some(recorded) = &self.recorded {
            return Ok(collect_recorded(recorded, ask)?);
        }
        if ask.reason == Reason::OptOut {
            return Ok(Collection::default());
        }
        let past = ask.contract.schedule().covers == Covers::PreviousDay;
        Ok(match &self.report_for {
            Some(report_for) if past => collect_day(report_for, ask.day, ask.contract, &[])?,
            _ => self.collector.collect(deadline)?,
        })
    }

    /// Adds the attributes that the builder was given, the application's name and the id.
    fn name(&self, collected: &mut Collected, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.keys.id.as_ref();
        if matches!(id, Some(Id::AsItTravels(_))) && collected.ids == Ids::Raw {
            let expected = "expected ids in the form in which they travel, got raw ones";
            return Err(Cause::Report(expected.to_owned()).into());
        }
        let resource = &mut collected.resource;
        resource.retain(|(key, _)| !OWN.contains(&key.as_str()));
        for (key, value) in &self.attributes {
            if !OWN.contains(&key.as_str()) && resource.iter().all(|(told, _)| told != key) {
                resource.push((key.clone(), value.clone()));
            }
        }
        resource.push((OWN[0].to_owned(), ask.contract.name().into()));
        resource.extend(id.map(|id| (OWN[1].to_owned(), id.text().into())));
        Ok(())
    }
}

/// Why there is no report, with what stayed behind: that is often the cause.
fn not_made(error: &dyn fmt::Display, withheld: &[String]) -> Cause {
    let separator = if withheld.is_empty() { "" } else { "; withheld: " };
    Cause::Report(format!("{error}{separator}{}", withheld.join("; ")))
}
