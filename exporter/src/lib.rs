#![doc = include_str!("../README.md")]

// In the order of the flow.
mod builder;
#[allow(dead_code, reason = "composed next")]
mod bundle;
mod clock;
mod collect;
#[allow(dead_code, reason = "composed next")]
mod configuration;
mod consent;
#[allow(dead_code, reason = "composed next")]
mod day;
#[cfg(feature = "detect")]
#[allow(dead_code, reason = "composed next")]
mod detect;
#[allow(dead_code, unused_imports, reason = "composed next")]
mod directory;
mod endpoint;
mod error;
mod exporter;
mod gauge;
#[allow(dead_code, reason = "composed next")]
mod history;
#[allow(dead_code, reason = "composed next")]
mod identity;
mod period;
mod preview;
mod send;
#[allow(dead_code, unused_imports, reason = "composed next")]
mod spool;
mod tee;
#[allow(dead_code, reason = "composed next")]
mod text;

pub use headcount_contract as contract;
pub use jiff::civil::Date;
pub use opentelemetry;

pub use builder::ExporterBuilder;
pub use collect::GaugeValue;
pub use consent::Consent;
pub use day::Day;
#[cfg(feature = "detect")]
pub use detect::Installation;
pub use endpoint::Protocol;
pub use error::Error;
pub use exporter::Exporter;
pub use gauge::Gauge;
pub use history::{Sent, SentOutcome};
pub use preview::Preview;
pub use send::Outcome;
pub use tee::Tee;
