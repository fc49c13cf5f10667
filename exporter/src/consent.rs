//! Whether reports may be made, of which contract, and who decided.
//!
//! Several switches can say no, and the first that does wins: `DO_NOT_TRACK`, the contract's own
//! variable, continuous integration, the configuration file, the operator's choice. Where none
//! does, reports need a yes: the operator's choice, the configuration file, or, where the contract
//! is opt-out, the notice and the time after it. A yes holds for what was shown: see [`Standing`].
//!
//! Pure: everything that counts comes in as [`Circumstances`], the time too.

mod switch;

use std::sync::Arc;

use headcount_contract::{ConsentDefault, Contract, Level, diff};
use jiff::{SignedDuration, Timestamp};

pub use switch::Switch;
pub(crate) use switch::{Environment, Switches};

use crate::state::{Agreed, By, State};

/// Everything that decides.
pub(crate) struct Circumstances<'a> {
    /// The contract that the application runs with.
    pub(crate) contract: &'a Arc<Contract>,
    /// The contract that was agreed to, as it was kept.
    pub(crate) agreed: Option<&'a Arc<Contract>>,
    pub(crate) state: &'a State,
    pub(crate) switches: &'a Switches,
    /// Whether the contract requires reports of this instance.
    pub(crate) required: bool,
    pub(crate) now: Timestamp,
}

/// Where an instance stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    /// A switch says no. Nothing is collected, written or sent.
    Off(Switch),
    /// Nobody said no, and nothing may be reported yet.
    Waiting(Waiting),
    /// Reports may be made.
    On(Terms),
}

/// What reports wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Somebody has to agree.
    Decision,
    /// The notice has to be shown.
    Notice,
    /// The time after the notice has to pass.
    Grace(Timestamp),
}

/// What reports may tell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Terms {
    /// The contract that reports follow: the application's, or the older one that was agreed to
    /// where the application's would tell more.
    pub(crate) contract: Arc<Contract>,
    pub(crate) level: Level,
    pub(crate) by: By,
    /// What has to be decided or shown before the application's own contract holds.
    pub(crate) wider: Option<Waiting>,
}

impl Circumstances<'_> {
    /// The first no, or else the yes that holds.
    pub(crate) fn standing(&self) -> Standing {
        if let Some(switch) = self.no() {
            return Standing::Off(switch);
        }
        match (self.held(), self.fresh()) {
            (Some(agreed), fresh) => self.as_agreed(agreed, fresh),
            (None, Ok((level, by))) => self.terms(level, by),
            (None, Err(waiting)) => Standing::Waiting(waiting),
        }
    }

    /// The switch that says no. Where reports are required, only continuous integration does: it
    /// is no choice, but says that this is no installation.
    fn no(&self) -> Option<Switch> {
        if self.required {
            return self.switches.no_installation();
        }
        self.switches.no(self.state)
    }

    /// Whether somebody has to agree, since the contract is opt-in.
    fn asks(&self) -> bool {
        self.contract.consent().default == ConsentDefault::OptIn && !self.required
    }

    /// What was agreed to, while what made it so still holds.
    fn held(&self) -> Option<&Agreed> {
        self.state.agreed.as_ref().filter(|agreed| match agreed.by {
            By::Choice => true,
            By::Configuration => self.switches.configured().is_some(),
            By::Default => !self.asks(),
        })
    }

    /// The yes to the application's contract as it stands, that needs no older one.
    fn fresh(&self) -> Result<(Level, By), Waiting> {
        let person = self.held().is_some_and(|agreed| agreed.by != By::Default);
        if person && !self.required {
            return Err(Waiting::Decision);
        }
        // The file agrees to the contract that it meets first, and to no wider one.
        if let Some(file) = self.switches.configured().filter(|_| !person) {
            return Ok((file.level.unwrap_or_default(), By::Configuration));
        }
        if self.asks() {
            return Err(Waiting::Decision);
        }
        let digest = self.contract.digest();
        let shown = self.state.notice.as_ref().filter(|shown| shown.digest == digest);
        let shown = shown.ok_or(Waiting::Notice)?;
        match grace_end(self.contract, shown.at) {
            end if self.now < end => Err(Waiting::Grace(end)),
            _ => Ok((Level::Basic, By::Default)),
        }
    }

    fn as_agreed(&self, agreed: &Agreed, fresh: Result<(Level, By), Waiting>) -> Standing {
        let level = match self.switches.configured().and_then(|file| file.level) {
            Some(level) if agreed.by == By::Configuration => level,
            Some(level) => level.min(agreed.level),
            None => agreed.level,
        };
        let by = agreed.by;
        if agreed.digest == self.contract.digest() {
            return self.terms(level, by);
        }
        let older = self.agreed.filter(|older| older.digest() == agreed.digest);
        match (older, fresh) {
            (Some(older), _) if !diff(older, self.contract).widens() => self.terms(level, by),
            (_, Ok((_, by))) => self.terms(level, by),
            (Some(older), Err(waiting)) => {
                Standing::On(Terms { contract: Arc::clone(older), level, by, wider: Some(waiting) })
            }
            (None, Err(waiting)) => Standing::Waiting(waiting),
        }
    }

    fn terms(&self, level: Level, by: By) -> Standing {
        Standing::On(Terms { contract: Arc::clone(self.contract), level, by, wider: None })
    }
}

/// When the first report may leave after the notice.
fn grace_end(contract: &Contract, shown: Timestamp) -> Timestamp {
    let seconds = i64::try_from(contract.consent().grace_seconds).unwrap_or(i64::MAX);
    shown.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

impl Standing {
    /// The terms, where reports may be made.
    pub(crate) fn terms(&self) -> Option<&Terms> {
        match self {
            Self::On(terms) => Some(terms),
            Self::Off(_) | Self::Waiting(_) => None,
        }
    }

    /// When reports begin, where that is a matter of time.
    pub(crate) fn begins(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting(Waiting::Grace(end)) => Some(*end),
            Self::Off(_) | Self::Waiting(_) | Self::On(_) => None,
        }
    }

    /// Whether the notice of the application's contract has to be shown: before anything of it is
    /// told, whoever said yes but a person who agreed to this very contract.
    pub(crate) fn wants_notice(&self, contract: &Contract, state: &State) -> bool {
        let shown = state.notice.as_ref().is_some_and(|shown| shown.digest == contract.digest());
        let agreed = match self {
            Self::Off(_) => return false,
            Self::Waiting(_) => false,
            Self::On(terms) => terms.wider.is_none() && terms.by == By::Choice,
        };
        !shown && !agreed
    }
}

#[cfg(test)]
mod tests;
