#![doc = include_str!("../README.md")]

// What a report adds.
mod contribution;
mod counting;
mod definition;
mod number;

// What is kept of all that was added.
mod cells;
mod entry;
mod month;
mod sketch;
mod tally;

// What is shown of it.
mod adoption;
mod freeze;
mod release;
mod shown;
mod snapshot;
mod state;

// The stored forms.
mod bytes;
mod days;

pub use adoption::{Adoption, Release};
pub use bytes::Unreadable;
pub use cells::{CellKey, Cells};
pub use contribution::Contribution;
pub use counting::Counting;
pub use entry::Entry;
pub use shown::Shown;
pub use snapshot::{
    Bucket, Cohort, FrozenDay, Group, GroupName, MonthOfDays, Number, Snapshot, Value,
};
