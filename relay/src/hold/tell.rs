//! What is held, as an exporter collects it.

use std::collections::BTreeMap;
use std::fmt;

use headcount_contract::{Collected, Covers, Part, Receipt, Scalar};
use headcount_receiver::{InstanceKey, StoredKey};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;

use super::{Hold, InUse};
use crate::days::day_of;

/// How far back a report about the moment looks: a day, since applications tell what they tell at any interval up to that.
const BACK: SignedDuration = SignedDuration::from_hours(24);

/// What is told for a report.
pub(crate) struct Telling {
    /// What came of the instance.
    pub(crate) collected: Collected,
    /// The receipt of what is held of a finished day.
    pub(crate) receipt: Option<Receipt>,
}

/// Why nothing is told.
#[derive(Debug)]
pub(crate) enum Nothing {
    /// Nothing came.
    Came,
    /// The store cannot be read.
    Store(headcount_receiver::Error),
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Came => f.write_str("nothing came from the application"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Nothing {}

impl From<headcount_receiver::Error> for Nothing {
    fn from(error: headcount_receiver::Error) -> Self {
        Self::Store(error)
    }
}

impl Hold {
    /// What is held of an instance for a report of this day that is made now. It blocks: not to be called from
    /// asynchronous code.
    pub(crate) fn tell(
        &self,
        runtime: &Handle,
        instance: InstanceKey,
        (day, now): (Date, Timestamp),
    ) -> Result<Telling, Nothing> {
        runtime.block_on(async {
            let in_use = self.in_use.read().await;
            match self.contract.schedule().covers {
                Covers::PreviousDay => self.of_day(&in_use, instance, day).await,
                Covers::Now => self.of_now(&in_use, instance, now).await,
            }
        })
    }

    /// The last value of each series of a day.
    async fn of_day(
        &self,
        in_use: &InUse,
        instance: InstanceKey,
        day: Date,
    ) -> Result<Telling, Nothing> {
        let part = self.part(in_use, instance, day).await?.ok_or(Nothing::Came)?;
        let collected = Collected::of_part(&self.contract, &part, 0);
        Ok(Telling { collected, receipt: Some(part.receipt()) })
    }

    /// The last value of each series of the 24 hours before.
    async fn of_now(
        &self,
        in_use: &InUse,
        instance: InstanceKey,
        now: Timestamp,
    ) -> Result<Telling, Nothing> {
        let since = now.checked_sub(BACK).unwrap_or(Timestamp::UNIX_EPOCH).as_nanosecond();
        let since = u64::try_from(since).unwrap_or(0);
        let today = day_of(now);
        let mut all: Option<Collected> = None;
        for day in [today.yesterday().ok(), Some(today), today.tomorrow().ok()] {
            let Some(day) = day else { continue };
            let Some(part) = self.part(in_use, instance, day).await? else { continue };
            if part.newest_unix_nano() >= since {
                let newer = Collected::of_part(&self.contract, &part, since);
                all = Some(all.map_or_else(|| newer.clone(), |older| replaced(older, &newer)));
            }
        }
        let collected = all.ok_or(Nothing::Came)?;
        Ok(Telling { collected, receipt: None })
    }

    /// What is held of a day, by the contract's own version or else by an older one.
    async fn part(
        &self,
        in_use: &InUse,
        instance: InstanceKey,
        date: Date,
    ) -> Result<Option<Part>, headcount_receiver::Error> {
        for version in self.versions() {
            let contract = self.contract.name().to_owned();
            let row = in_use.row(&StoredKey { contract, version, date, instance }).await?;
            if row.is_some() {
                return Ok(row);
            }
        }
        Ok(None)
    }
}

/// What was collected, with the newer values in the place of those that they replace.
fn replaced(mut older: Collected, newer: &Collected) -> Collected {
    let named: BTreeMap<_, _> = newer.resource.iter().map(|(name, value)| (name, value)).collect();
    older.resource.retain(|(name, _)| !named.contains_key(name));
    older.resource.extend(newer.resource.iter().cloned());
    let series =
        |metric: &String, attributes: &[(String, Scalar)]| format!("{metric} {attributes:?}");
    let known: std::collections::BTreeSet<_> =
        newer.points.iter().map(|point| series(&point.metric, &point.attributes)).collect();
    older.points.retain(|point| !known.contains(&series(&point.metric, &point.attributes)));
    older.points.extend(newer.points.iter().cloned());
    older
}
