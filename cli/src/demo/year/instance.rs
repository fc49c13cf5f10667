//! An instance as its exporter sees it: what it knows becomes what leaves.

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use headcount::contract::{Contract, Library, Reason};
use headcount::opentelemetry::KeyValue;
use headcount::{Exporter, Preview};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::world::{Facts, Life, Told};

/// Where the instances of a world would keep things, and where they report to.
pub(super) struct Instances {
    library: Library,
    nowhere: std::path::PathBuf,
    endpoint: String,
}
