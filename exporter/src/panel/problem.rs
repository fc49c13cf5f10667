//! What went wrong, in words for the person who runs the instance, and what to do.

use std::io::ErrorKind;

use http::StatusCode;

use super::guard::Refused;
use crate::Error;
use crate::error::Cause;

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// What happened.
    pub(super) text: String,
    /// What to do.
    pub(super) advice: &'static str,
}

impl Problem {
    /// A form that is longer than ours, or broke off.
    pub(super) fn unreadable_form() -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            text: "the form did not arrive as one of this page's".to_owned(),
            advice: "Try again.",
        }
    }

    /// A form that asks for nothing that there is.
    pub(super) fn unknown_action() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            text: "nothing was chosen".to_owned(),
            advice: "Choose one of the answers, then save it.",
        }
    }

    /// A switch outside of the page says no.
    pub(super) fn overruled(decision: &str) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            text: format!("nothing can be agreed to here: {decision}"),
            advice: "What declines has to be taken away first.",
        }
    }

    /// The work stopped without an answer: a bug, or the host is ending.
    pub(super) fn stopped() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            text: "the work was stopped before its end".to_owned(),
            advice: "Look below at how things stand, then try again.",
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let (text, advice) = match refused {
            Refused::OtherSite => (
                "the browser says that this came from another site",
                "If it did not: a proxy in front of the application has to pass the header `Host` \
                 on as it came.",
            ),
            Refused::OtherForm => (
                "this form is no longer valid: the application was restarted since",
                "Choose again below.",
            ),
        };
        Self { status: StatusCode::FORBIDDEN, text: text.to_owned(), advice }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let (status, advice) = match error.cause() {
            Cause::Storage(error) => (StatusCode::INTERNAL_SERVER_ERROR, storage(error.kind())),
            Cause::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Another process is at work in it. Try again in a minute.",
            ),
            Cause::Unanswered => {
                (StatusCode::SERVICE_UNAVAILABLE, "Start the application, then try again.")
            }
            Cause::NotGranted { .. } => (StatusCode::CONFLICT, "Agree first, below."),
            Cause::Required(_) => (StatusCode::CONFLICT, ""),
            Cause::Collect(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Try again; if it stays, the application's makers have to look at its gauges.",
            ),
            Cause::Report(_) => {
                (StatusCode::CONFLICT, "The preview below says what there is, and what lacks.")
            }
            Cause::Untold(_) => (
                StatusCode::BAD_GATEWAY,
                "Try again later. Where a Collector stands between, it cannot tell.",
            ),
            Cause::Configuration(_) | Cause::Endpoint(_) => {
                (StatusCode::CONFLICT, "Correct it where it was set, and restart the application.")
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, ""),
        };
        Self { status, text: error.to_string(), advice }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

fn storage(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "Let the user that the application runs as write its data directory."
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "Free some space on its disk.",
        _ => "Look at the data directory, and at the disk that it is on.",
    }
}
