#![doc = include_str!("../README.md")]

// What somebody sets.
mod builder;
pub mod settings;
mod setup;

// The stages, in the order of the flow.
mod days;
mod hold;
mod tend;

// Composes them.
mod relay;

// The edges.
mod error;
mod label;
mod place;

pub use builder::RelayBuilder;
pub use error::Error;
pub use place::forget_held;
pub use relay::Relay;
#[doc(hidden)]
pub use relay::{Apart, Held};
pub use settings::Settings;
#[doc(hidden)]
pub use tend::Tender;
