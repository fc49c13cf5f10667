#![doc = include_str!("../README.md")]

mod snapshot;

pub use snapshot::{
    Bucket, Cohort, FrozenDay, Group, GroupName, MonthOfDays, Number, Snapshot, Value,
};
