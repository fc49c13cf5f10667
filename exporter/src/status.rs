//! How an instance stands, for the person who runs it.

use std::fmt;

use headcount_contract::Level;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::consent::{Standing, Switch, Waiting};
use crate::error::{Cause, Error};
use crate::history::Sent;
use crate::instance::{Instance, View};
use crate::state::By;
use crate::text;

/// How an instance stands: who decided what, what waits, and when the next report is made.
///
/// `Display` says it in lines for a terminal. See [`Exporter::status`](crate::Exporter::status).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// The application's contract, `name/version`.
    pub contract: String,
    /// Where reports go.
    pub destination: String,
    /// Whether reports are made.
    pub reporting: bool,
    /// What keeps reports from being made, where a switch says no.
    pub declined_by: Option<Switch>,
    /// Who or what decided, and what is waited for, in one sentence.
    pub decision: String,
    /// Whether the contract requires reports of this instance.
    pub required: bool,
    /// The level that was agreed to.
    #[serde(with = "text::option")]
    pub level: Option<Level>,
    /// The contract that reports follow, where it is an older one than the application's: what is
    /// new in the application's was not agreed to.
    pub agreed_contract: Option<String>,
    /// When the next report is made.
    pub next: Option<Timestamp>,
    /// Reports that wait to be sent.
    pub waiting: usize,
    /// Why the last report did not arrive, and when it is sent again.
    pub waits_for: Option<String>,
    /// Why the last report could not be made.
    pub failed: Option<String>,
    /// Reports that were dropped unsent, and are not yet told.
    pub dropped: u64,
    /// What was sent last.
    pub last: Option<Sent>,
    /// What is damaged in the data directory.
    pub damage: Option<String>,
}

impl Instance {
    /// How the instance stands.
    pub(crate) fn status(&self, now: Timestamp) -> Result<Status, Error> {
        let view = self.look(now)?;
        let terms = view.standing.terms();
        let state = &view.memory.state;
        let older = terms.filter(|terms| terms.contract.digest() != self.contract.digest());
        let waiting = self.spool().waiting().map_err(Cause::Storage)?.len();
        let back_off = state.back_off.as_ref().filter(|_| waiting > 0);
        let declined_by = match &view.standing {
            Standing::Off(switch) => Some(switch.clone()),
            _ => None,
        };
        Ok(Status {
            contract: self.contract.label(),
            destination: self.destination(),
            reporting: terms.is_some(),
            declined_by,
            decision: decision(&view, self.required),
            required: self.required,
            level: terms.map(|terms| terms.level),
            agreed_contract: older.map(|terms| terms.contract.label()),
            next: self.next_report(&view, now),
            waiting,
            waits_for: back_off
                .map(|wait| format!("{}; again after {}", wait.why, wait.not_before)),
            failed: state.failed.as_ref().map(|failed| format!("{}: {}", failed.at, failed.why)),
            dropped: state.dropped,
            last: self.history().entries().map_err(Cause::Storage)?.sent.pop(),
            damage: view.memory.damaged.as_ref().map(ToString::to_string),
        })
    }

    fn next_report(&self, view: &View, now: Timestamp) -> Option<Timestamp> {
        let terms = view.standing.terms().filter(|_| !self.place.leads())?;
        let keys = self.present_keys().ok()?;
        // Of a process that is not the application nobody waits for the delay after its start.
        let begun = if self.host.is_here() { now } else { Timestamp::UNIX_EPOCH };
        let started = self.process.started_at().unwrap_or(begun);
        self.plan(&view.memory.state, terms, &keys, "", started, now).next_report()
    }
}

/// Who or what decided, in one sentence.
pub(crate) fn decision(view: &View, required: bool) -> String {
    let because = if required { "; the contract requires them of this instance" } else { "" };
    match &view.standing {
        Standing::Off(switch) => format!("off: {switch}"),
        Standing::Waiting(waiting) => format!("nothing is sent yet: {}{because}", waiting.told()),
        Standing::On(terms) => {
            let who = match terms.by {
                By::Choice => "the operator agreed",
                By::Configuration => "the configuration file agrees",
                By::Default if required => "the contract requires them of this instance",
                By::Default => "nobody declined after the notice was shown",
            };
            let wider = terms.wider.map_or_else(String::new, |waiting| {
                format!("; the application would tell more now, and {}", waiting.told())
            });
            format!("on: {who}{wider}")
        }
    }
}

impl Waiting {
    fn told(self) -> String {
        match self {
            Self::Decision => "somebody has to agree".to_owned(),
            Self::Notice => "the notice has to be shown first".to_owned(),
            Self::Grace(end) => format!("reports begin {end}, unless somebody declines"),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "usage reports of {}: {}", self.contract, self.decision)?;
        let mut line = |name: &str, value: Option<String>| match value {
            Some(value) => writeln!(f, "  {name:<12}{value}"),
            None => Ok(()),
        };
        line("to", Some(self.destination.clone()))?;
        line("level", self.level.map(|level| level.as_str().to_owned()))?;
        line("follows", self.agreed_contract.as_ref().map(|label| format!("{label}, as agreed")))?;
        line("next", self.next.map(|next| next.to_string()))?;
        line("waiting", (self.waiting > 0).then(|| self.waiting.to_string()))?;
        line("not sent", self.waits_for.clone())?;
        line("not made", self.failed.clone())?;
        line("dropped", (self.dropped > 0).then(|| self.dropped.to_string()))?;
        line("last", self.last.as_ref().map(|sent| format!("{}: {}", sent.at, sent.outcome)))?;
        line("damaged", self.damage.clone())
    }
}
