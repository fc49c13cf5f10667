//! Whether anything may be sent at all.
//!
//! Two switches: what the application says that its operator decided, and the variables in the
//! environment that decline, as the notice says. Only the first can say yes.

use headcount_contract::{Contract, Digest, Level};

/// The decision of the person who runs the instance.
///
/// It is a plain gate: while it is shut, the exporter opens no connection, writes no file and
/// looks up no name. It opens for one contract only, known by its digest, so a contract that
/// changed is not sent under what was agreed to before.
///
/// ```
/// # use std::sync::Arc;
/// use headcount::contract::{Library, Level};
/// use headcount::Consent;
///
/// let library = Library::built_in();
/// let contract = library.get("manyfold", "0.90").expect("a built-in contract");
/// let agreed = Consent::Granted { digest: contract.digest(), level: Level::Basic };
/// assert_ne!(agreed, Consent::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Nobody has decided. Nothing is sent.
    #[default]
    Unset,
    /// Reports of this contract may be sent, up to this level.
    Granted {
        /// Of the contract that was agreed to: [`Contract::digest`].
        digest: Digest,
        /// The highest level that was agreed to.
        level: Level,
    },
    /// Nothing is sent.
    Denied,
}

/// Why the gate is shut.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotGranted {
    #[error("expected consent to send reports of {0}, nobody has decided yet")]
    Unset(String),
    #[error("expected consent to send reports of {0}, it was denied")]
    Denied(String),
    #[error("expected consent to send reports of {label}, {variable} in the environment declines")]
    Environment { label: String, variable: String },
    #[error(
        "expected consent to contract {label} with digest {expected}, it was given to {agreed}"
    )]
    OtherContract { label: String, expected: Digest, agreed: Digest },
}

impl Consent {
    /// The level up to which a report of the contract may be sent.
    pub(crate) fn level(self, contract: &Contract) -> Result<Level, NotGranted> {
        let label = contract.label();
        match self {
            Self::Unset => Err(NotGranted::Unset(label)),
            Self::Denied => Err(NotGranted::Denied(label)),
            Self::Granted { digest, .. } if digest != contract.digest() => {
                Err(NotGranted::OtherContract {
                    label,
                    expected: contract.digest(),
                    agreed: digest,
                })
            }
            Self::Granted { level, .. } => Ok(level),
        }
    }
}

/// The variable by which operators decline whatever asks them, in every application.
const DO_NOT_TRACK: &str = "DO_NOT_TRACK";

/// Looks up a variable of the environment.
pub(crate) type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Whether a variable declines, `DO_NOT_TRACK` or the contract's own, whatever was decided else.
pub(crate) fn declined(contract: &Contract, environment: &Environment) -> Result<(), NotGranted> {
    let own = contract.consent().environment.as_deref();
    let asks_not_to = environment(DO_NOT_TRACK).is_some_and(|value| is_set(&value));
    let variable = if asks_not_to {
        Some(DO_NOT_TRACK)
    } else {
        own.filter(|name| environment(name).is_some_and(|value| is_off(&value)))
    };
    match variable {
        None => Ok(()),
        Some(name) => {
            let (label, variable) = (contract.label(), name.to_owned());
            Err(NotGranted::Environment { label, variable })
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

#[cfg(test)]
mod tests {
    use headcount_contract::Library;

    use super::*;

    /// The variable that declines, where these are set. The contract's own is
    /// `USAGE_TRACKING_ENABLED`.
    fn declined_by(set: &'static [(&str, &str)]) -> Option<String> {
        let library = Library::built_in();
        let contract = library.get("openfn", "2").expect("a contract that ships");
        let environment = |name: &str| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        match declined(contract, &environment) {
            Ok(()) => None,
            Err(NotGranted::Environment { variable, .. }) => Some(variable),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn do_not_track_declines() {
        for value in ["1", "true", "yes", " on "] {
            let set: &'static [_] = vec![(DO_NOT_TRACK, value)].leak();
            assert_eq!(declined_by(set).as_deref(), Some(DO_NOT_TRACK), "{value}");
        }
        for value in ["0", "false", "No", "off", "", " "] {
            let set: &'static [_] = vec![(DO_NOT_TRACK, value)].leak();
            assert_eq!(declined_by(set), None, "{value}");
        }
    }

    #[test]
    fn the_contracts_variable_declines_and_never_agrees() {
        for value in ["false", "FALSE", "0", "no", "off "] {
            let set: &'static [_] = vec![("USAGE_TRACKING_ENABLED", value)].leak();
            assert_eq!(declined_by(set).as_deref(), Some("USAGE_TRACKING_ENABLED"), "{value}");
        }
        assert_eq!(declined_by(&[("USAGE_TRACKING_ENABLED", "true")]), None);
        assert_eq!(declined_by(&[("USAGE_TRACKING_ENABLED", "")]), None);
        assert_eq!(declined_by(&[]), None);
    }

    #[test]
    fn one_no_is_enough() {
        let set = &[("USAGE_TRACKING_ENABLED", "true"), (DO_NOT_TRACK, "1")];
        assert_eq!(declined_by(set).as_deref(), Some(DO_NOT_TRACK));
        let set = &[("USAGE_TRACKING_ENABLED", "false"), (DO_NOT_TRACK, "0")];
        assert_eq!(declined_by(set).as_deref(), Some("USAGE_TRACKING_ENABLED"));
    }
}
