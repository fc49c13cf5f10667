//! `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.

use std::time::{Duration, SystemTime};

use http::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The wait that an answer's headers ask for. A date is held against the answer's own `Date`, so
/// that neither clock need be right; against `now` where it has none. One that has passed is no
/// wait, and what is neither number nor date is as if it were not there.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits for a number are still a very long wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let then = date(headers, &RETRY_AFTER)?;
    let now = date(headers, &DATE).or_else(|| Timestamp::try_from(now).ok())?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// A date as HTTP writes it. The two obsolete forms, which no server of today sends, are not read.
fn date(headers: &HeaderMap, name: &HeaderName) -> Option<Timestamp> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    let gmt = value.ends_with(" GMT");
    gmt.then(|| DateTimeParser::new().parse_timestamp(value).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wednesday, 21 October 2026, 07:28:00.
    const NOW: Duration = Duration::from_mins(29_876_128);

    fn wait(headers: &[(HeaderName, &str)]) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().expect("the value of a header")));
        retry_after(&headers.collect(), SystemTime::UNIX_EPOCH + NOW)
    }

    fn alone(value: &str) -> Option<Duration> {
        wait(&[(RETRY_AFTER, value)])
    }

    #[test]
    fn seconds_are_read() {
        assert_eq!(alone("7"), Some(Duration::from_secs(7)));
        assert_eq!(alone(" 0120 "), Some(Duration::from_mins(2)));
        assert_eq!(alone("0"), Some(Duration::ZERO));
        assert_eq!(alone("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn a_date_is_held_against_the_clock() {
        assert_eq!(alone("Wed, 21 Oct 2026 07:28:09 GMT"), Some(Duration::from_secs(9)));
        assert_eq!(alone("Wed, 21 Oct 2026 07:27:00 GMT"), Some(Duration::ZERO));
        assert_eq!(
            alone("Thu, 31 Dec 9998 23:59:59 GMT").map(|d| d.as_secs() > 1 << 37),
            Some(true)
        );
    }

    #[test]
    fn a_date_is_held_against_the_answers_own_rather() {
        let asked = (RETRY_AFTER, "Sat, 03 Jan 1970 00:00:07 GMT");
        let own = (DATE, "Sat, 03 Jan 1970 00:00:00 GMT");
        assert_eq!(wait(&[asked.clone(), own]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[asked, (DATE, "once")]), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_neither_is_ignored() {
        for value in [
            "",
            " ",
            "soon",
            "-1",
            "+1",
            "1.5",
            "1e9",
            "0x10",
            "７",
            "Wed, 21 Oct 2026 07:28:09",
            "Wed, 21 Oct 2026 07:28:09 +0000",
            "Mon, 21 Oct 2026 07:28:09 GMT",
            "Wed, 32 Oct 2026 07:28:09 GMT",
            "Wed, 21 Oct 99999 07:28:09 GMT",
            " GMT",
            "2026-10-21T07:28:09 GMT",
        ] {
            assert_eq!(alone(value), None, "{value}");
        }
        assert_eq!(wait(&[]), None);
    }
}
