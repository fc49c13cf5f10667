#![doc = include_str!("../README.md")]

// What an application calls.
mod builder;
mod exporter;
mod gauge;
mod relayed;
mod tee;
mod thread;

// One turn, and what an operator decides: these know all stages.
mod decide;
mod follow;
mod instance;
mod opened;
mod operator;
mod requests;
mod turn;

// What decides. No clock, no file, no connection.
mod consent;
mod period;
mod schedule;
mod state;

// The stages, in the order of the flow.
mod collect;
mod day;
mod make;
mod recorded;
mod spool;

mod send;

mod bundle;
mod held;
mod history;

// What an operator sees.
mod facts;
#[cfg(feature = "panel")]
pub mod panel;
mod preview;
mod status;

// The edges.
mod clock;
mod configuration;
#[cfg(feature = "detect")]
mod detect;
mod directory;
mod endpoint;
mod error;
mod identity;
mod memory;
mod text;

pub use headcount_contract as contract;
pub use jiff::civil::Date;
pub use opentelemetry;

pub use builder::ExporterBuilder;
#[doc(hidden)]
pub use bundle::send_bundle;
pub use collect::GaugeValue;
pub use consent::Switch;
pub use day::Day;
#[cfg(feature = "detect")]
pub use detect::Installation;
pub use endpoint::Protocol;
pub use error::Error;
pub use exporter::Exporter;
pub use gauge::Gauge;
pub use held::{Held, HeldReport, Verdict};
pub use history::{Sent, SentOutcome};
pub use preview::Preview;
pub use recorded::Asked;
pub use send::Outcome;
pub use status::Status;
pub use tee::Tee;
pub use turn::Turn;
