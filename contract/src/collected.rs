//! What an application recorded, before anything was taken away from it.

mod held;

use headcount_proto::{Attribute, Number, Value};

use crate::value::Scalar;

/// Everything that one collection gave: raw, and never to be sent.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// Resource attributes.
    pub resource: Vec<(String, Scalar)>,
    /// Values of gauges.
    pub points: Vec<Observation>,
    /// In which form the ids are.
    pub ids: Ids,
}

/// In which form identifiers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ids {
    /// As the application knows them. They are hashed, whatever they look like.
    #[default]
    Raw,
    /// As a relay kept them, which hashed them when they came. What does not have the form of a hash is hashed.
    Held,
}

/// One value of a gauge.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The gauge's name.
    pub metric: String,
    /// The data point's attributes.
    pub attributes: Vec<(String, Scalar)>,
    /// The value.
    pub value: Number,
}

/// The attributes in the form in which the gate reads them.
pub(crate) fn borrowed(attributes: &[(String, Scalar)]) -> Vec<Attribute<'_>> {
    attributes
        .iter()
        .map(|(key, value)| Attribute {
            key,
            value: match value {
                Scalar::Text(text) => Value::Text(text),
                Scalar::Bool(value) => Value::Bool(*value),
                Scalar::Int(value) => Value::Int(*value),
                Scalar::Double(value) => Value::Double(*value),
            },
        })
        .collect()
}
