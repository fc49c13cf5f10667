//! What travels: OTLP types, a bounded reader for OTLP metrics, and strict OTLP/JSON.

mod visit;

pub use visit::{Attribute, Kind, Metric, Number, Place, Point, Resource, Scope, Value, Visit};
