//! The edge at which the clock and the source of randomness are read. Everything else is given
//! the time, so a report for any day can be made, and tests need no waiting.

use std::time::SystemTime;

use jiff::Timestamp;

use crate::period::ImpossibleTime;

/// The time, now.
pub(crate) fn now() -> Result<Timestamp, ImpossibleTime> {
    timestamp(SystemTime::now())
}

/// A time of the host.
pub(crate) fn timestamp(time: SystemTime) -> Result<Timestamp, ImpossibleTime> {
    Timestamp::try_from(time).map_err(|_| ImpossibleTime)
}

/// Random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
