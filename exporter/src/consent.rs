//! Whether anything may be sent at all.

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
    #[error(
        "expected consent to contract {label} with digest {expected}, it was given to {agreed}"
    )]
    OtherContract {
        label: String,
        expected: Digest,
        agreed: Digest,
    },
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
