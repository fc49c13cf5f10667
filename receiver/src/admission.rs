//! Who may ask how much. Senders are told apart by a hash of their network, which is another one tomorrow; nothing
//! here holds an address.

mod days;
mod pace;

use std::time::Instant;

use ipnet::IpNet;
use jiff::civil::Date;

use crate::clock::Clock;
use crate::error::Error;
use crate::refusal::Refusal;
use crate::sender::{DayKey, Sender, SenderHash};
use crate::settings;
pub(crate) use days::{Days, sort_kept};
use pace::Pace;

/// Senders that are told apart at once: 100 000, which takes some 6 MiB for each of the two limits.
const SENDERS: usize = 100_000;

/// The limits of a sender.
#[derive(Debug)]
pub(crate) struct Admission {
    pace: Pace,
    unlimited: Vec<IpNet>,
    key: DayKey,
    clock: Clock,
}

impl Admission {
    /// Limits by these settings.
    ///
    /// Errors: the operating system has no random bytes.
    pub(crate) fn new(settings: &settings::Admission, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            pace: Pace::new(settings.requests_per_minute, SENDERS),
            unlimited: settings.unlimited.clone(),
            key: DayKey::new(clock.today())?,
            clock,
        })
    }

    /// Whether the sender may ask now. One that nobody knows, as where a file is imported, may.
    ///
    /// Errors: [`Refusal::Busy`].
    pub(crate) fn request(&self, sender: Option<Sender>) -> Result<(), Refusal> {
        let today = self.clock.today();
        let Some(hash) = self.limited(sender, today)? else { return Ok(()) };
        self.pace.admit(hash, today, Instant::now()).map_err(Refusal::Busy)
    }

    /// What stands for the sender, if it has limits.
    fn limited(&self, sender: Option<Sender>, today: Date) -> Result<Option<SenderHash>, Refusal> {
        let limited = sender.filter(|sender| !sender.is_in(&self.unlimited));
        let hash = limited.map(|sender| self.key.prefix(sender, today));
        // Without random bytes there is no key for a new day.
        hash.transpose().map_err(|_| Refusal::Unavailable)
    }
}

#[cfg(test)]
mod tests;
