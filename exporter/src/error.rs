//! Why a report was not made.

use crate::collect::CollectError;
use crate::consent::NotGranted;
use crate::endpoint::EndpointError;
use crate::period::ImpossibleTime;
use crate::send::RootsError;

/// Why an exporter could not be built, or a report could not be made.
///
/// What happens to a report on its way is no error but an [`Outcome`](crate::Outcome). The text
/// names what was expected and what came, and never holds a value that the application recorded.
///
/// ```
/// use headcount::Exporter;
/// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
///
/// let error = Exporter::builder(contract).build().expect_err("no endpoint");
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
    #[error(transparent)]
    NotGranted(#[from] NotGranted),
    #[error(transparent)]
    Collect(#[from] CollectError),
    #[error("{0}")]
    Report(String),
    #[error(transparent)]
    Time(#[from] ImpossibleTime),
    #[error("expected random bytes for the report's id, the system has none: {0}")]
    Random(#[from] getrandom::Error),
}

impl Error {
    /// The builder was given something that cannot work: a URL, an id, a missing secret. Or a gauge
    /// was asked for that the contract does not have.
    pub fn is_configuration(&self) -> bool {
        matches!(self.0, Cause::Endpoint(_) | Cause::Roots(_) | Cause::Configuration(_))
    }

    /// Consent does not allow the report.
    pub fn is_consent(&self) -> bool {
        matches!(self.0, Cause::NotGranted(_))
    }

    /// The gauges could not be asked: a callback hangs, or this is a fork of the process in which
    /// the exporter was built.
    pub fn is_collection(&self) -> bool {
        matches!(self.0, Cause::Collect(_))
    }

    /// The gauges do not make the report that the contract describes.
    pub fn is_report(&self) -> bool {
        matches!(self.0, Cause::Report(_))
    }
}

impl<T: Into<Cause>> From<T> for Error {
    fn from(cause: T) -> Self {
        Self(cause.into())
    }
}
