//! What an answer of the backend means for what was sent.

use std::time::{Duration, SystemTime};

use headcount_proto::otlp::ExportMetricsServiceResponse;
use http::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use http::response::Parts;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use prost::Message as _;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The backend has it, but for so many points that it says it will not take.
    Taken { rejected: u64 },
    /// It will never take it: the status.
    Refused(u16),
    /// It may take it later.
    Again {
        /// Why, without a word of the backend's.
        reason: String,
        /// When the backend wants to be asked again.
        after: Option<Duration>,
    },
}

/// Statuses that are not about what was sent: somebody has to set something right, here or there, or to wait. OTLP names
/// the last four; of the others it says that a request must not be repeated, but to give up what is kept for as long as an
/// address or a key is wrong would lose all of it.
const LATER: [u16; 9] = [401, 403, 404, 405, 407, 429, 502, 503, 504];

impl Outcome {
    /// What an answer means, by its head and what came of its body.
    pub(super) fn of(head: &Parts, body: &[u8]) -> Self {
        let status = head.status.as_u16();
        match status {
            200..=299 => Self::Taken { rejected: rejected(body) },
            // A redirect would have to be followed, to wherever that is.
            300..=399 => Self::again(format!("it answered with a redirect, {status}")),
            _ if LATER.contains(&status) => Self::Again {
                reason: format!("it answered {status}"),
                after: retry_after(&head.headers, SystemTime::now()),
            },
            _ => Self::Refused(status),
        }
    }

    pub(super) fn again(reason: impl Into<String>) -> Self {
        Self::Again { reason: reason.into(), after: None }
    }
}

/// The points that a backend says it will not take; none where that cannot be read.
fn rejected(body: &[u8]) -> u64 {
    let answer = ExportMetricsServiceResponse::decode(body).unwrap_or_default();
    let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_data_points);
    rejected.max(0).unsigned_abs()
}

/// What `Retry-After` asks for (RFC 9110, section 10.2.3): seconds, or a date, which is held against the answer's own.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let then = date(headers, &RETRY_AFTER)?;
    let now = date(headers, &DATE).or_else(|| Timestamp::try_from(now).ok())?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO))
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<Timestamp> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    value.ends_with(" GMT").then(|| DateTimeParser::new().parse_timestamp(value).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Outcome {
        let mut answer = http::Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        Outcome::of(&answer.body(()).unwrap().into_parts().0, body)
    }

    #[test]
    fn a_success_is_one_but_for_what_it_rejects() {
        assert_eq!(of(200, &[], b""), Outcome::Taken { rejected: 0 });
        // `partial_success { rejected_data_points: 3 }`
        assert_eq!(of(200, &[], &[0x0a, 2, 8, 3]), Outcome::Taken { rejected: 3 });
        for garbage in [&b"{}"[..], b"\xff\xff", &[0x0a, 200]] {
            assert_eq!(of(202, &[], garbage), Outcome::Taken { rejected: 0 });
        }
    }

    #[test]
    fn what_may_be_taken_later_is_told_from_what_never_is() {
        for status in [301, 302, 307, 308, 401, 403, 404, 405, 407, 429, 502, 503, 504] {
            assert!(matches!(of(status, &[], b""), Outcome::Again { after: None, .. }), "{status}");
        }
        for status in [400, 408, 411, 413, 415, 422, 500, 501] {
            assert_eq!(of(status, &[], b""), Outcome::Refused(status));
        }
    }

    #[test]
    fn the_backend_says_when() {
        let after = |headers: &[(&str, &str)]| match of(503, headers, b"") {
            Outcome::Again { after, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(after(&[("retry-after", "soon")]), None);
        let dates = [
            ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
            ("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT"),
        ];
        assert_eq!(after(&dates), Some(Duration::from_secs(30)));
    }
}
