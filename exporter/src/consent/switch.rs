//! The switches, in their order.

use std::fmt;

use headcount_contract::Contract;
use serde::{Deserialize, Serialize};

use crate::configuration::Configuration;
use crate::state::State;

/// What keeps an exporter from reporting. `Display` says it to the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Switch {
    /// A variable in the environment: `DO_NOT_TRACK`, or the contract's own.
    Variable(String),
    /// `CI` in the environment: a test run, and no installation.
    ContinuousIntegration,
    /// `telemetry.enabled: false` in the configuration file.
    Configuration,
    /// The configuration file is there and cannot be read, so nobody knows what it says.
    Unreadable(String),
    /// The operator declined.
    Choice,
    /// What was decided can no longer be read.
    Damage,
}

/// The variable by which operators decline whatever asks them, in every application.
const DO_NOT_TRACK: &str = "DO_NOT_TRACK";
/// The variable that services for continuous integration set.
const CI: &str = "CI";

/// Looks up a variable of the environment.
pub(crate) type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The positions of all switches but the operator's choice, which is in the state.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Switches {
    variable: Option<String>,
    continuous_integration: bool,
    /// The file's words, or why it cannot be read; a file that cannot be read says no.
    configuration: Option<Result<Configuration, String>>,
    /// Where the state cannot be read, nobody knows what was decided.
    damaged: bool,
}

impl Switches {
    /// Reads the variables.
    pub(crate) fn read(contract: &Contract, environment: &Environment) -> Self {
        let own = contract.consent().environment.as_deref();
        let asks_not_to = environment(DO_NOT_TRACK).is_some_and(|value| is_set(&value));
        let variable = if asks_not_to {
            Some(DO_NOT_TRACK)
        } else {
            own.filter(|name| environment(name).is_some_and(|value| is_off(&value)))
        };
        Self {
            variable: variable.map(ToOwned::to_owned),
            continuous_integration: environment(CI).is_some_and(|value| is_set(&value)),
            ..Self::default()
        }
    }

    /// Adds the words of the configuration file.
    pub(crate) fn with_configuration(mut self, read: Result<Configuration, String>) -> Self {
        self.configuration = Some(read);
        self
    }

    /// Notes that the state cannot be read.
    pub(crate) fn with_damage(mut self) -> Self {
        self.damaged = true;
        self
    }

    /// Whether a variable says no; then not even a farewell may leave.
    #[cfg(test)]
    pub(crate) fn is_silent(&self) -> bool {
        self.variable.is_some() || self.continuous_integration
    }

    /// The first that says no.
    pub(super) fn no(&self, state: &State) -> Option<Switch> {
        if let Some(name) = &self.variable {
            return Some(Switch::Variable(name.clone()));
        }
        if self.continuous_integration {
            return Some(Switch::ContinuousIntegration);
        }
        match &self.configuration {
            Some(Err(why)) => return Some(Switch::Unreadable(why.clone())),
            Some(Ok(Configuration { enabled: Some(false), .. })) => {
                return Some(Switch::Configuration);
            }
            _ => {}
        }
        if self.damaged {
            return Some(Switch::Damage);
        }
        state.declined.is_some().then_some(Switch::Choice)
    }

    /// The switch that says that this is no installation at all.
    pub(super) fn no_installation(&self) -> Option<Switch> {
        self.continuous_integration.then_some(Switch::ContinuousIntegration)
    }

    /// The configuration file, where it agrees.
    pub(super) fn configured(&self) -> Option<&Configuration> {
        let file = self.configuration.as_ref()?.as_ref().ok()?;
        (file.enabled == Some(true)).then_some(file)
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "{name} in the environment declines"),
            Self::ContinuousIntegration => {
                f.write_str("CI in the environment says that this is a test run")
            }
            Self::Configuration => {
                f.write_str("telemetry.enabled is false in the configuration file")
            }
            Self::Unreadable(why) => {
                write!(f, "the configuration file cannot be read, which counts as no: {why}")
            }
            Self::Choice => f.write_str("it was declined"),
            Self::Damage => f.write_str("what was decided can no longer be read: decide again"),
        }
    }
}

fn is_set(value: &str) -> bool {
    !value.trim().is_empty() && !is_off(value)
}

fn is_off(value: &str) -> bool {
    let value = value.trim();
    ["0", "false", "no", "off"].iter().any(|off| value.eq_ignore_ascii_case(off))
}
