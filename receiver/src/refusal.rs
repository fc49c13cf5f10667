//! Why a request is refused, and what that is in gRPC, in HTTP and as a metric's label.
//!
//! By OTLP a client repeats a request after gRPC `UNAVAILABLE`, `RESOURCE_EXHAUSTED` with `RetryInfo`, and
//! HTTP 429 and 503, and gives it up after `INVALID_ARGUMENT`, `UNIMPLEMENTED`, `RESOURCE_EXHAUSTED` without
//! `RetryInfo`, and any other HTTP 4xx. So whatever would fail again is one of those.

use std::time::Duration;

use http::StatusCode;
use tonic::Code;

/// What a client is asked to wait before it repeats a request that the receiver could not take just then.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Why a whole request is refused. The text never holds what a client wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not an OTLP request.
    #[error("{0}")]
    Malformed(String),
    /// More than a limit lets in.
    #[error("{0}")]
    TooLarge(String),
    /// A compression that is not served.
    #[error("expected content-encoding identity, gzip or zstd, got {0}")]
    Encoding(&'static str),
    /// Neither protobuf nor JSON.
    #[error("expected content-type {expected}, got {came}")]
    ContentType {
        /// What is served there.
        expected: &'static str,
        /// What kind came.
        came: &'static str,
    },
    /// A method that is not one of these.
    #[error("expected method {0}, got another")]
    Method(&'static str),
    /// Nothing is served there.
    #[error("expected path {expected}, got another: nothing is served there")]
    Path {
        /// What is served over the protocol in question.
        expected: &'static str,
    },
    /// The body did not come in time.
    #[error("expected the whole body within {} s, got a part of it", .0.as_secs_f32())]
    Slow(Duration),
    /// The store cannot keep anything now.
    #[error("expected a store to keep the report in, got none for now: repeat the request later")]
    Unavailable,
    /// The sender has asked for more than it may, and may again after so long.
    #[error("expected fewer requests, got more than a sender may make: repeat the request in {} s", whole_seconds(*.0))]
    Busy(Duration),
    /// The store has no room for more, or none for what it does not know yet. So long may it take until there is some.
    #[error("expected room in the store, got none: repeat the request in {} s", whole_seconds(*.0))]
    Full(Duration),
    /// As many requests are being answered as may be at once.
    #[error("expected fewer requests at once, got as many as are served: repeat the request later")]
    Overloaded,
}

impl Refusal {
    /// The gRPC status code.
    pub fn code(&self) -> Code {
        match self {
            Self::Malformed(_) => Code::InvalidArgument,
            // A client repeats it with `RetryInfo` only, which `retry_after` says.
            Self::TooLarge(_) | Self::Busy(_) => Code::ResourceExhausted,
            Self::Encoding(_) | Self::ContentType { .. } | Self::Method(_) | Self::Path { .. } => {
                Code::Unimplemented
            }
            Self::Slow(_) | Self::Unavailable | Self::Full(_) | Self::Overloaded => {
                Code::Unavailable
            }
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Encoding(_) | Self::ContentType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Path { .. } => StatusCode::NOT_FOUND,
            // Not 408, which OTLP clients do not repeat.
            Self::Slow(_) | Self::Unavailable | Self::Full(_) | Self::Overloaded => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// A closed word for a metric's label; its place in [`Refusal::LABELS`] is `self.index()`.
    pub fn label(&self) -> &'static str {
        Self::LABELS[self.index()]
    }

    /// Every label.
    pub const LABELS: [&'static str; 11] = [
        "malformed",
        "too_large",
        "encoding",
        "content_type",
        "method",
        "path",
        "slow",
        "unavailable",
        "busy",
        "full",
        "overloaded",
    ];

    pub(crate) fn index(&self) -> usize {
        match self {
            Self::Malformed(_) => 0,
            Self::TooLarge(_) => 1,
            Self::Encoding(_) => 2,
            Self::ContentType { .. } => 3,
            Self::Method(_) => 4,
            Self::Path { .. } => 5,
            Self::Slow(_) => 6,
            Self::Unavailable => 7,
            Self::Busy(_) => 8,
            Self::Full(_) => 9,
            Self::Overloaded => 10,
        }
    }

    /// After how long the client may repeat the request, in whole seconds; `None` where that is of no use.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Slow(_) | Self::Unavailable | Self::Overloaded => Some(RETRY_AFTER),
            Self::Busy(wait) | Self::Full(wait) => Some(Duration::from_secs(whole_seconds(*wait))),
            _ => None,
        }
    }
}

/// Rounded up, since who comes back early is refused again; at least 1, since 0 would mean at once.
fn whole_seconds(wait: Duration) -> u64 {
    let begun = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(begun).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> [Refusal; 11] {
        [
            Refusal::Malformed("expected a, got b".to_owned()),
            Refusal::TooLarge("expected less".to_owned()),
            Refusal::Encoding("br"),
            Refusal::ContentType { expected: "a", came: "b" },
            Refusal::Method("POST"),
            Refusal::Path { expected: "/a" },
            Refusal::Slow(Duration::from_secs(15)),
            Refusal::Unavailable,
            Refusal::Busy(Duration::from_millis(1_001)),
            Refusal::Full(Duration::ZERO),
            Refusal::Overloaded,
        ]
    }

    #[test]
    fn a_client_repeats_over_http_just_what_it_repeats_over_grpc() {
        for refusal in every() {
            let waits = refusal.retry_after().is_some();
            let grpc = match refusal.code() {
                Code::Unavailable => true,
                Code::ResourceExhausted => waits,
                _ => false,
            };
            let http = matches!(refusal.status().as_u16(), 429 | 503);
            assert_eq!((grpc, http), (waits, waits), "{refusal}");
        }
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_that_are_long_enough() {
        let [.., busy, full, _] = every();
        assert_eq!(busy.retry_after(), Some(Duration::from_secs(2)));
        assert!(busy.to_string().ends_with("in 2 s"), "{busy}");
        assert_eq!(full.retry_after(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn labels_are_distinct() {
        let labels: std::collections::BTreeSet<_> = every().iter().map(Refusal::label).collect();
        assert_eq!(labels.len(), every().len());
    }
}
