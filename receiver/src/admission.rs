//! Who may ask how much. Senders are told apart by a hash of their network, which is another one tomorrow; nothing
//! here holds an address.

mod days;
mod newcomers;
mod pace;
mod quota;

use std::time::{Duration, Instant};

use ipnet::IpNet;
use jiff::civil::Date;

use crate::clock::{Clock, midnight};
use crate::error::Error;
use crate::refusal::Refusal;
use crate::sender::{DayKey, Sender, SenderHash};
use crate::settings;
use crate::store::{InstanceKey, Store};
use crate::warnings::Hourly;
pub(crate) use days::{Days, sort_kept, takes};
use newcomers::{Newcomers, Taken};
use pace::Pace;
use quota::{Quota, Room};

/// Senders that are told apart at once: 100 000, which takes some 6 MiB for each of the two limits.
const SENDERS: usize = 100_000;

/// What a client is asked to wait for requests that are under way.
const SOON: Duration = Duration::from_secs(1);

/// The limits of a sender.
#[derive(Debug)]
pub(crate) struct Admission {
    pace: Pace,
    newcomers: Newcomers,
    quota: Quota,
    told: Hourly,
    unlimited: Vec<IpNet>,
    key: DayKey,
    clock: Clock,
}

impl Admission {
    /// Limits by these settings.
    ///
    /// Errors: the operating system has no random bytes.
    pub(crate) fn new(settings: &settings::Admission, clock: Clock) -> Result<Self, Error> {
        let today = clock.today();
        Ok(Self {
            pace: Pace::new(settings.requests_per_minute, SENDERS),
            newcomers: Newcomers::new(settings.new_instances_per_day, SENDERS, today),
            quota: Quota::new(settings.store_bytes.as_u64()),
            told: Hourly::default(),
            unlimited: settings.unlimited.clone(),
            key: DayKey::new(today)?,
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

    /// Keeps places for those instances of a request that may be new, until it is known which of them were. Only
    /// where there are not as many the store is asked which.
    ///
    /// Errors: [`Refusal::Busy`] where there are too few; [`Refusal::Unavailable`].
    pub(crate) async fn enter(
        &self,
        sender: Option<Sender>,
        instances: &[InstanceKey],
        store: &dyn Store,
    ) -> Result<Entry<'_>, Refusal> {
        let day = self.clock.today();
        let Some(sender) = self.limited(sender, day)? else { return Ok(Entry(None)) };
        let entry = |reserved| Entry(Some(Places { of: &self.newcomers, sender, day, reserved }));
        let reserve = |count| self.newcomers.reserve(sender, day, count);
        let all = u32::try_from(instances.len()).unwrap_or(u32::MAX);
        if reserve(all).is_ok() {
            return Ok(entry(all));
        }
        let known = store.known(instances).await.map_err(|_| Refusal::Unavailable)?;
        let new = known.iter().filter(|known| !**known).count();
        let new = u32::try_from(new).unwrap_or(u32::MAX);
        match reserve(new) {
            Ok(()) => Ok(entry(new)),
            Err(Taken::ByOthers) => Err(Refusal::Busy(SOON)),
            Err(Taken::Today) => {
                if self.told.due(Instant::now()) {
                    tracing::warn!(
                        "a sender has more new instances than it may in a day; it waits"
                    );
                }
                Err(Refusal::Busy(self.until_midnight()))
            }
        }
    }

    /// Whether there is room in the store for reports of these instances.
    ///
    /// Errors: [`Refusal::Full`]; [`Refusal::Unavailable`].
    pub(crate) async fn room(
        &self,
        instances: &[InstanceKey],
        store: &dyn Store,
    ) -> Result<(), Refusal> {
        let stored = store.bytes();
        let has_room = match self.quota.room(stored) {
            Room::All => true,
            Room::None => false,
            Room::Known => {
                let known = store.known(instances).await.map_err(|_| Refusal::Unavailable)?;
                known.into_iter().all(|known| known)
            }
        };
        if has_room { Ok(()) } else { Err(self.quota.refuse(stored)) }
    }

    /// What stands for the sender's very address today.
    ///
    /// Errors: [`Refusal::Unavailable`], where there are no random bytes for a new day's key.
    pub(crate) fn source(&self, sender: Option<Sender>) -> Result<Option<SenderHash>, Refusal> {
        let hash = sender.map(|sender| self.key.address(sender, self.clock.today()));
        hash.transpose().map_err(|_| Refusal::Unavailable)
    }

    fn until_midnight(&self) -> Duration {
        let now = self.clock.now();
        let midnight = self.clock.today().tomorrow().ok().and_then(midnight);
        let left = midnight.map(|midnight| midnight.duration_since(now));
        let left = left.and_then(|left| Duration::try_from(left).ok());
        left.unwrap_or(SOON).max(SOON)
    }

    /// What stands for the sender, if it has limits.
    fn limited(&self, sender: Option<Sender>, today: Date) -> Result<Option<SenderHash>, Refusal> {
        let limited = sender.filter(|sender| !sender.is_in(&self.unlimited));
        let hash = limited.map(|sender| self.key.prefix(sender, today));
        // Without random bytes there is no key for a new day.
        hash.transpose().map_err(|_| Refusal::Unavailable)
    }
}

/// The places of a request for instances that may be new. Without [`Entry::settle`] none of them were.
#[derive(Debug)]
pub(crate) struct Entry<'a>(Option<Places<'a>>);

#[derive(Debug)]
struct Places<'a> {
    of: &'a Newcomers,
    sender: SenderHash,
    day: Date,
    reserved: u32,
}

impl Entry<'_> {
    /// Counts the instances that were new.
    pub(crate) fn settle(mut self, new: u64) {
        if let Some(places) = self.0.take() {
            places.settle(u32::try_from(new).unwrap_or(u32::MAX));
        }
    }
}

impl Places<'_> {
    fn settle(self, new: u32) {
        self.of.settle(self.sender, self.day, self.reserved, new);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if let Some(places) = self.0.take() {
            places.settle(0);
        }
    }
}

#[cfg(test)]
mod tests;
