//! The attributes of a series.

use headcount_contract::Scalar;
use opentelemetry::{KeyValue, Value};

/// Attributes in order of their keys, each key once.
pub(crate) type Attributes = Vec<KeyValue>;

/// The attributes in order of their keys. Of two with one key the last counts, as in a map.
pub(super) fn ordered(attributes: &[KeyValue]) -> Attributes {
    let mut ordered: Attributes = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        match ordered.binary_search_by(|known| known.key.cmp(&attribute.key)) {
            Ok(index) => ordered[index] = attribute.clone(),
            Err(index) => ordered.insert(index, attribute.clone()),
        }
    }
    ordered
}

/// A single value. Arrays are none: no contract can name one.
pub(crate) fn scalar(value: Value) -> Option<Scalar> {
    match value {
        Value::Bool(value) => Some(Scalar::Bool(value)),
        Value::I64(value) => Some(Scalar::Int(value)),
        Value::F64(value) => Some(Scalar::Double(value)),
        Value::String(value) => Some(Scalar::Text(value.into())),
        _ => None,
    }
}
