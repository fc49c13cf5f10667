//! The edge at which the clock and the source of randomness are read. Everything else is given
//! the time, so a report for any day can be made, and tests need no waiting.

use std::time::SystemTime;

/// The time, now.
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Random bytes for a report's id.
pub(crate) fn random() -> Result<[u8; 8], getrandom::Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
