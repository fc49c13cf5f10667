#![doc = include_str!("../README.md")]

mod visit;

mod error;
mod limits;

mod schema;
mod wire;

mod encode;

mod json;
mod read;

#[cfg(feature = "grpc")]
pub mod grpc;
pub mod instances;
pub mod otlp;

pub use encode::Encoder;
pub use error::ReadError;
pub use json::{from_json, to_json};
pub use limits::Limits;
pub use read::read;
pub use visit::{
    Attribute, Kind, Metric, Number, Place, Point, Resource, Scope, Sum, Temporality, Value, Visit,
};
