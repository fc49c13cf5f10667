//! Where reports are kept.
//!
//! A report is kept as one merged [`Part`] under its [`StoredKey`]. To put a part twice, or parts
//! in another order, changes nothing, so a client may repeat whatever it is not sure about. The same
//! holds for an erasure: a [`Cutoff`](headcount_contract::Cutoff) stays behind, and parts from before it that
//! come later are duplicates.

mod derived;
mod erase;
mod freezing;
mod key;
mod location;
mod memory;
mod outbox;
mod seal;
mod seen;
mod sqlite;
mod sweep;

use std::fmt;
use std::sync::Arc;

use headcount_contract::{Merged, Part, Receipt};
use headcount_figures::{Counting, Snapshot};
use jiff::Timestamp;
use jiff::civil::Date;
use opentelemetry::metrics::Meter;

pub use derived::Derived;
pub use erase::{Erase, Erased, Tombstone};
pub use freezing::Froze;
pub(crate) use freezing::closed_days_behind;
pub use key::{InstanceKey, StoredKey};
pub use location::Location;
pub use memory::Memory;
pub use outbox::{Outbox, Outgoing};
pub(crate) use seal::Seal;
pub use sqlite::{
    Checked, Damage, DamagedPlace, FiguresStats, Options, Reader, Sqlite, Stats, VersionStats,
    remove_damaged,
};
pub use sweep::{Keep, Swept};

use crate::error::Error;
use crate::front::Pending;

/// A part of a report with its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Which report.
    pub key: StoredKey,
    /// What there is of it.
    pub part: Part,
    /// What the receiver adds to it.
    pub derived: Derived,
}

impl Stored {
    /// A part to which the receiver adds nothing.
    pub fn new(key: StoredKey, part: Part) -> Self {
        Self { key, part, derived: Derived::default() }
    }
}

/// What became of the parts that were put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What each part did, in their order. What was erased before it came is a duplicate.
    pub merged: Vec<Merged>,
    /// The receipt of the report as it is kept now, where a single part was put: with SQLite that of the very bytes
    /// that were committed. `None` where nothing is kept, since the report was erased before it came.
    pub receipt: Option<Receipt>,
    /// Instances of which nothing was kept before.
    pub new_instances: u64,
}

/// Which reports to list. Every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The contract's name.
    pub contract: Option<String>,
    /// The contract's version.
    pub version: Option<String>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

impl Filter {
    /// Whether a report is to be listed.
    pub fn admits(&self, key: &StoredKey) -> bool {
        let Self { contract, version, from, to } = self;
        contract.as_ref().is_none_or(|contract| *contract == key.contract)
            && version.as_ref().is_none_or(|version| *version == key.version)
            && from.is_none_or(|from| from <= key.date)
            && to.is_none_or(|to| key.date <= to)
    }
}

/// What an acknowledgement means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Kept until the process ends.
    Volatile,
    /// Kept through a power cut: on the disk before it is acknowledged.
    Flushed,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Volatile => "volatile",
            Self::Flushed => "flushed",
        })
    }
}

/// Bytes of stored reports after which a page of one instance's reports ends.
const PAGE_BYTES: usize = 1024 * 1024;

/// A report of a page.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which report.
    pub key: StoredKey,
    /// What the receiver added to it.
    pub derived: Derived,
    /// The report, or why it cannot be read.
    pub part: Result<Part, Error>,
}

/// Where reports are kept.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Merges every part into what is kept, all or none, and says for each what became of its
    /// points. It is over when the parts are as safe as [`Store::durability`] promises.
    ///
    /// Errors: nothing of it was acknowledged, and the same parts may be put again.
    fn put(&self, parts: Vec<Stored>) -> Pending<'_, Result<Kept, Error>>;

    /// Erases what each instance asked for, all or none, and remembers it for 30 days from `now` on. It is over
    /// when what is gone is so as safely as [`Store::durability`] promises.
    ///
    /// Errors: nothing of it was acknowledged, and the same may be asked again.
    fn erase(
        &self,
        erasures: Vec<Erase>,
        now: Timestamp,
    ) -> Pending<'_, Result<Vec<Erased>, Error>>;

    /// Forgets what need not be remembered any longer `now`: erasures of 30 days ago, and reports that are older than
    /// their contract keeps them; of contracts that `keeps` does not name, none. It takes a bounded step, so that
    /// what comes meanwhile does not wait, and [`Swept::more`] says whether another one is needed.
    ///
    /// A clock that is days ahead of the last sweep or step of freezing is believed only after a day on which it goes
    /// on, since what is deleted does not come back.
    fn sweep(&self, now: Timestamp, keeps: Vec<Keep>) -> Pending<'_, Result<Swept, Error>>;

    /// The first `most` reports behind `after`, in the order of their keys.
    fn page<'s>(
        &'s self,
        filter: &'s Filter,
        after: Option<&'s StoredKey>,
        most: usize,
    ) -> Pending<'s, Result<Vec<Row>, Error>>;

    /// Reports of one instance behind `after`, in the order of their keys: at most `most`, and fewer where they are
    /// large, so that a page is a mebibyte and one report. None only where there are no more.
    fn instance_page<'s>(
        &'s self,
        contract: &'s str,
        instance: &'s InstanceKey,
        after: Option<&'s StoredKey>,
        most: usize,
    ) -> Pending<'s, Result<Vec<Row>, Error>>;

    /// What is remembered of the erasures that an instance asked for.
    fn tombstone<'s>(
        &'s self,
        instance: &'s InstanceKey,
    ) -> Pending<'s, Result<Option<Tombstone>, Error>>;

    /// Whether something is kept of each of these instances, by one look for each.
    /// [`Kept::new_instances`] tells it for nothing where the parts are to be put in any case.
    fn known<'s>(&'s self, instances: &'s [InstanceKey]) -> Pending<'s, Result<Vec<bool>, Error>>;

    /// Counts the next reports of an application's oldest day that is not frozen, or, where all are counted, freezes it,
    /// so that what is shown of it never changes again. A day may be frozen when the second one after it has begun
    /// `now`, by a clock that is believed as [`Store::sweep`] believes one. The first day of all is that of the oldest
    /// report. It takes a bounded step, so that what comes meanwhile does not wait, and [`Froze::more`] says whether
    /// another one is needed.
    ///
    /// Each report is counted once, however often the store is killed. What comes for a day that is frozen is not.
    ///
    /// Errors: nothing was counted, or all of the step; the same may be asked again.
    fn freeze(&self, counting: Arc<Counting>, now: Timestamp) -> Pending<'_, Result<Froze, Error>>;

    /// The frozen days of an application behind that one, oldest first. What is in them never changes.
    fn snapshot<'s>(
        &'s self,
        contract: &'s str,
        behind: Option<Date>,
    ) -> Pending<'s, Result<Snapshot, Error>>;

    /// The newest frozen day of an application that was pushed to another backend. `None`: none was.
    fn pushed<'s>(&'s self, contract: &'s str) -> Pending<'s, Result<Option<Date>, Error>>;

    /// Notes that another backend has the frozen days of an application up to this one.
    fn note_pushed<'s>(&'s self, contract: &'s str, day: Date) -> Pending<'s, Result<(), Error>>;

    /// From now on what adds something to a report is to be forwarded as well: it waits, as safely as the report is kept,
    /// until [`Store::gone`] is told of it or an erasure reaches it. At most so many bytes wait; beyond that the oldest goes. `0`
    /// ends it, and nothing waits any more.
    fn forward(&self, most: u64) -> Pending<'_, Result<(), Error>>;

    /// The oldest of what waits to be forwarded, in the order in which it came: at most `most` parts, and fewer where
    /// they are large. None only where nothing waits.
    fn outgoing(&self, most: usize) -> Pending<'_, Result<Vec<Outgoing>, Error>>;

    /// These wait to be forwarded no longer.
    fn gone(&self, ids: Vec<u64>) -> Pending<'_, Result<(), Error>>;

    /// How much waits to be forwarded, at the cost of a look.
    fn outbox(&self) -> Outbox;

    /// Bytes that the store takes, at the cost of a look. On the disk they are the database without the pages that
    /// are free to be used again, and the write-ahead log; in memory an estimate.
    fn bytes(&self) -> u64;

    /// Requests that wait for what they asked to have kept, as far as anybody waits.
    fn waiting(&self) -> u64 {
        0
    }

    /// From now on records what transactions take, where there are any, by instruments of this meter.
    fn observe(&self, meter: &Meter) {
        let _ = meter;
    }

    /// Whether the store works, as far as is known without trying: the last transaction did.
    fn healthy(&self) -> bool;

    /// What an acknowledgement means.
    fn durability(&self) -> Durability;

    /// Finishes what is under way and lets the store go. What is put afterwards fails.
    fn close(&self) -> Pending<'_, ()>;
}
