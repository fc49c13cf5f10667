//! What travels: OTLP types, a bounded reader for OTLP metrics, and strict OTLP/JSON.

mod error;
#[cfg(feature = "grpc")]
pub mod grpc;
mod json;
mod limits;
pub mod otlp;
mod read;
mod schema;
mod visit;
mod wire;

pub use error::ReadError;
pub use json::from_json;
pub use limits::Limits;
pub use read::read;
pub use visit::{Attribute, Kind, Metric, Number, Place, Point, Resource, Scope, Value, Visit};
