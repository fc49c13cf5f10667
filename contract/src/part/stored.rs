//! The form in which a store keeps a part: a protobuf message of our own.
//!
//! Names stand once, in a table. Times are told as ages, since most are equal. Fields are only ever
//! added, never reused.

use std::collections::BTreeMap;
use std::sync::Arc;

use headcount_proto::Encoder;
use jiff::civil::Date;
use prost::{Message, Oneof};

use super::{Elements, Entity, Part, Stamped, Values};
use crate::value::Scalar;

/// Stored bytes that are not a part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a stored part, {0}")]
pub struct NotAPart(String);

#[derive(Clone, PartialEq, Message)]
struct StoredPart {
    #[prost(string, tag = "1")]
    date: String,
    #[prost(string, tag = "2")]
    generation: String,
    #[prost(fixed64, tag = "3")]
    newest: u64,
    #[prost(string, repeated, tag = "4")]
    names: Vec<String>,
    #[prost(message, optional, tag = "5")]
    root: Option<StoredEntity>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredEntity {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<StoredValue>,
    #[prost(message, repeated, tag = "2")]
    gauges: Vec<StoredValue>,
    #[prost(message, repeated, tag = "3")]
    lists: Vec<StoredList>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredValue {
    #[prost(uint32, tag = "1")]
    name: u32,
    /// Nanoseconds between the value's time and the part's newest.
    #[prost(uint64, tag = "2")]
    age: u64,
    #[prost(oneof = "StoredScalar", tags = "3, 4, 5, 6")]
    value: Option<StoredScalar>,
}

#[derive(Clone, PartialEq, Oneof)]
enum StoredScalar {
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bool, tag = "4")]
    Bool(bool),
    #[prost(sint64, tag = "5")]
    Int(i64),
    #[prost(double, tag = "6")]
    Double(f64),
}

#[derive(Clone, PartialEq, Message)]
struct StoredList {
    #[prost(uint32, tag = "1")]
    name: u32,
    #[prost(uint64, tag = "2")]
    max: u64,
    #[prost(message, repeated, tag = "3")]
    elements: Vec<StoredElement>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredElement {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    entity: Option<StoredEntity>,
}

impl Part {
    /// The part in its stored form; equal parts give equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer { newest: self.newest, names: Vec::new(), index: BTreeMap::new() };
        let mut root = Encoder::default();
        root.message(5, |to| writer.entity(&self.root, to));
        let mut part = Encoder::default();
        part.bytes(1, self.date.to_string().as_bytes());
        if !self.generation.is_empty() {
            part.bytes(2, self.generation.as_bytes());
        }
        if self.newest != 0 {
            part.fixed64(3, self.newest);
        }
        for name in &writer.names {
            part.bytes(4, name.as_bytes());
        }
        part.fields(&root);
        part.into_bytes()
    }

    /// Reads a part from its stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self, NotAPart> {
        let stored = StoredPart::decode(bytes).map_err(|error| NotAPart(error.to_string()))?;
        let date: Date = stored.date.parse().map_err(|_| NotAPart("got no date".to_owned()))?;
        let names = stored.names.into_iter().map(Arc::from).collect();
        let reader = Reader { newest: stored.newest, names };
        let root = reader.entity(stored.root.unwrap_or_default())?;
        Ok(Self { date, generation: stored.generation, newest: stored.newest, root })
    }
}

/// Writes the messages above field by field: building them takes five times as long.
struct Writer<'p> {
    newest: u64,
    names: Vec<&'p str>,
    index: BTreeMap<&'p str, u32>,
}

impl<'p> Writer<'p> {
    fn name(&mut self, name: &'p str, to: &mut Encoder) {
        let next = u32::try_from(self.names.len()).expect("a contract has far fewer names");
        let index = *self.index.entry(name).or_insert(next);
        if index == next {
            self.names.push(name);
        }
        number(1, index.into(), to);
    }

    fn values(&mut self, field: u32, values: &'p Values, to: &mut Encoder) {
        for (name, stamped) in values.iter() {
            to.message(field, |to| {
                self.name(name, to);
                number(2, self.newest.saturating_sub(stamped.time), to);
                match &stamped.value {
                    Scalar::Text(text) => to.bytes(3, text.as_bytes()),
                    Scalar::Bool(value) => to.varint(4, (*value).into()),
                    Scalar::Int(value) => to.sint(5, *value),
                    Scalar::Double(value) => to.fixed64(6, value.to_bits()),
                }
            });
        }
    }

    fn entity(&mut self, entity: &'p Entity, to: &mut Encoder) {
        self.values(1, &entity.attributes, to);
        self.values(2, &entity.gauges, to);
        for (name, list) in &entity.lists {
            to.message(3, |to| {
                self.name(name, to);
                number(2, list.max as u64, to);
                for (key, entity) in &list.by_key {
                    to.message(3, |to| {
                        if !key.is_empty() {
                            to.bytes(1, key.as_bytes());
                        }
                        to.message(2, |to| self.entity(entity, to));
                    });
                }
            });
        }
    }
}

/// A number, unless it is that of a field that is left out.
fn number(field: u32, value: u64, to: &mut Encoder) {
    if value != 0 {
        to.varint(field, value);
    }
}

struct Reader {
    newest: u64,
    names: Vec<Arc<str>>,
}

impl Reader {
    fn name(&self, index: u32) -> Result<Arc<str>, NotAPart> {
        let name = self.names.get(index as usize).cloned();
        name.ok_or_else(|| NotAPart("got a name outside its table".to_owned()))
    }

    fn values(&self, values: Vec<StoredValue>) -> Result<Values, NotAPart> {
        let value = |stored: StoredValue| {
            let value = match stored.value {
                Some(StoredScalar::Text(text)) => Scalar::Text(text),
                Some(StoredScalar::Bool(value)) => Scalar::Bool(value),
                Some(StoredScalar::Int(value)) => Scalar::Int(value),
                Some(StoredScalar::Double(value)) => Scalar::Double(value),
                None => return Err(NotAPart("got a value without content".to_owned())),
            };
            let time = self.newest.saturating_sub(stored.age);
            Ok((self.name(stored.name)?, Stamped { time, value }))
        };
        values.into_iter().map(value).collect()
    }

    fn entity(&self, stored: StoredEntity) -> Result<Entity, NotAPart> {
        let mut lists = BTreeMap::new();
        for list in stored.lists {
            let mut by_key = BTreeMap::new();
            for element in list.elements {
                let entity = self.entity(element.entity.unwrap_or_default())?;
                by_key.insert(element.key.into_boxed_str(), entity);
            }
            let max = usize::try_from(list.max).unwrap_or(usize::MAX);
            lists.insert(self.name(list.name)?, Elements { max, by_key });
        }
        Ok(Entity {
            attributes: self.values(stored.attributes)?,
            gauges: self.values(stored.gauges)?,
            lists,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_the_messages_give() {
        let stamped = |age: u64, value| Stamped { time: 1_714_089_600_000_000_000 - age, value };
        let values = |values: Vec<(&str, Stamped)>| {
            values.into_iter().map(|(name, stamped)| (name.into(), stamped)).collect()
        };
        let inner = Entity {
            gauges: values(vec![("a", stamped(0, Scalar::Int(i64::MIN)))]),
            ..Entity::default()
        };
        let elements = |max, key: &str, entity| Elements {
            max,
            by_key: [(key.into(), entity), ("k".repeat(200).into(), Entity::default())].into(),
        };
        let root = Entity {
            attributes: values(vec![
                ("a", stamped(0, Scalar::from(""))),
                ("b", stamped(1, Scalar::Bool(false))),
                ("c", stamped(300, Scalar::Double(-0.0))),
            ]),
            gauges: values(vec![("b", stamped(u64::from(u32::MAX), Scalar::Int(-3)))]),
            lists: [
                ("a".into(), elements(0, "", inner.clone())),
                ("d".into(), elements(3, "x", inner)),
            ]
            .into(),
        };
        let date = "2024-04-25".parse().expect("a date");
        let whole =
            Part { date, generation: "018f".to_owned(), newest: 1_714_089_600_000_000_000, root };
        for part in [whole, Part::new(date, String::new())] {
            let bytes = part.encode();
            let message = StoredPart::decode(&*bytes).expect("a stored part");
            assert_eq!(message.encode_to_vec(), bytes);
            assert_eq!(Part::decode(&bytes).expect("a part"), part);
        }
    }
}
