//! Waits until what is frozen is what people see.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::stats::Site;

/// The newest day, in `/NAME/metrics`.
const DAY: &str = "headcount_figures_day_timestamp_seconds{";
/// Between two looks.
const AGAIN: Duration = Duration::from_millis(100);
/// How long all of it may take: a receiver looks every second.
const PATIENCE: Duration = Duration::from_mins(2);

/// Waits until every application's newest day is this one.
///
/// Errors: the receiver does not tell, or not in time.
pub(super) fn wait(url: &str, names: &[&str], day: Date) -> anyhow::Result<()> {
    let site = Site::parse(url)?;
    let expected = day.to_zoned(TimeZone::UTC)?.timestamp().as_second().to_string();
    let deadline = Instant::now() + PATIENCE;
    for name in names {
        let path = format!("/{name}/metrics");
        while newest(&site.get(&path)?) != Some(&expected) {
            ensure!(Instant::now() < deadline, "expected {day} to be shown of {name}");
            thread::sleep(AGAIN);
        }
    }
    Ok(())
}

fn newest(metrics: &[u8]) -> Option<&str> {
    let mut lines = std::str::from_utf8(metrics).ok()?.lines();
    lines.find(|line| line.starts_with(DAY))?.rsplit(' ').next()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_receiver_that_does_not_answer_is_an_error() {
        let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = gone.local_addr().expect("it is bound");
        drop(gone);
        let waited = wait(&format!("http://{address}"), &["openfn"], date(2026, 3, 1));
        let error = waited.expect_err("nobody answers").to_string();
        assert!(error.contains("/openfn/metrics"), "{error}");
    }
}
