//! Why something was not done.

use std::io;

use serde::{Deserialize, Serialize};

use crate::collect::CollectError;
use crate::endpoint::EndpointError;
use crate::period::ImpossibleTime;
use crate::requests::Refusal;
use crate::send::RootsError;

/// Why an exporter could not be built, or what was asked of it was not done.
///
/// What happens to a report on its way is no error but an [`Outcome`](crate::Outcome). The text
/// names what was expected and what came, and never holds a value that the application recorded.
///
/// ```
/// use headcount::Exporter;
/// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
///
/// let error = Exporter::builder(contract, "usage").build().expect_err("no endpoint");
/// assert!(error.is_configuration());
/// assert!(error.to_string().starts_with("expected an endpoint"));
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Cause);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    Roots(#[from] RootsError),
    #[error("{0}")]
    Configuration(String),
    #[error("expected consent to send reports of {label}: {why}")]
    NotGranted { label: String, why: String },
    #[error("expected a choice, but reports of {0} are required of this instance")]
    Required(String),
    #[error(transparent)]
    Collect(#[from] CollectError),
    #[error("{0}")]
    Report(String),
    #[error(transparent)]
    Time(#[from] ImpossibleTime),
    #[error("expected random bytes, the system has none: {0}")]
    Random(#[from] getrandom::Error),
    #[error("expected to read and write the data directory: {0}")]
    Storage(io::Error),
    #[error("expected to start a thread, the system refused: {0}")]
    Thread(io::Error),
    #[error("expected the lock of the data directory, another process has it")]
    Busy,
    #[error(
        "expected the instance's id in the data directory, where one was made before; restore \
         the files `identity` and `identity.copy`, or run `headcount operator renew`"
    )]
    LostIdentity,
    #[error("{0}")]
    DamagedIdentity(String),
    #[error("{0}")]
    NoApplication(String),
    #[error(
        "expected an answer of the running application, got none: it answers where it keeps its \
         reports in this directory and its schedule runs on a thread of the exporter"
    )]
    Unanswered,
    #[error("expected the receiver to tell what it holds: {0}")]
    Untold(String),
    #[error("{0}")]
    Bundle(String),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// What an error is about, as its predicates tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Configuration,
    Consent,
    Collection,
    Report,
    Storage,
    Unanswered,
    Other,
}

impl Error {
    /// What the panel gives advice about.
    #[cfg(feature = "panel")]
    pub(crate) fn cause(&self) -> &Cause {
        &self.0
    }

    pub(crate) fn kind(&self) -> Kind {
        match &self.0 {
            Cause::Endpoint(_)
            | Cause::Roots(_)
            | Cause::Configuration(_)
            | Cause::NoApplication(_) => Kind::Configuration,
            Cause::NotGranted { .. } | Cause::Required(_) => Kind::Consent,
            Cause::Collect(_) => Kind::Collection,
            Cause::Report(_) => Kind::Report,
            Cause::Storage(_) | Cause::Busy | Cause::LostIdentity | Cause::DamagedIdentity(_) => {
                Kind::Storage
            }
            Cause::Unanswered => Kind::Unanswered,
            Cause::Refused(refusal) => refusal.kind,
            Cause::Time(_)
            | Cause::Random(_)
            | Cause::Thread(_)
            | Cause::Bundle(_)
            | Cause::Untold(_) => Kind::Other,
        }
    }

    /// The builder was given something that cannot work: a URL, an id, a gauge's name; or no
    /// application keeps anything in the directory that was opened.
    pub fn is_configuration(&self) -> bool {
        self.kind() == Kind::Configuration
    }

    /// Consent does not allow the report, or cannot be withdrawn.
    pub fn is_consent(&self) -> bool {
        self.kind() == Kind::Consent
    }

    /// The gauges could not be asked: a callback hangs, or this is a fork of the process in which
    /// the exporter was built.
    pub fn is_collection(&self) -> bool {
        self.kind() == Kind::Collection
    }

    /// The gauges do not make the report that the contract describes.
    pub fn is_report(&self) -> bool {
        self.kind() == Kind::Report
    }

    /// Nothing was recorded that a report could be made of.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self.0, Cause::Collect(CollectError::Nothing(_)))
    }

    /// Nobody knows who this instance is.
    pub(crate) fn is_identity(&self) -> bool {
        matches!(self.0, Cause::LostIdentity | Cause::DamagedIdentity(_))
    }

    /// The data directory could not be read or written, or what is in it is damaged.
    pub fn is_storage(&self) -> bool {
        self.kind() == Kind::Storage
    }

    /// Only the running application could have done it, and none answered. See [`Exporter::open`].
    ///
    /// [`Exporter::open`]: crate::Exporter::open
    pub fn is_unanswered(&self) -> bool {
        self.kind() == Kind::Unanswered
    }
}

impl<T: Into<Cause>> From<T> for Error {
    fn from(cause: T) -> Self {
        Self(cause.into())
    }
}
