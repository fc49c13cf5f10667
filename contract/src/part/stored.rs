//! The form in which a store keeps a part: a protobuf message of our own.
//!
//! Names stand once, in a table. Times are told as ages, since most are equal. Fields are only ever
//! added, never reused.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use prost::{Message, Oneof};

use super::{Elements, Entity, Part, Stamped};
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
        let root = writer.entity(&self.root);
        StoredPart {
            date: self.date.to_string(),
            generation: self.generation.clone(),
            newest: self.newest,
            names: writer.names,
            root: Some(root),
        }
        .encode_to_vec()
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

struct Writer {
    newest: u64,
    names: Vec<String>,
    index: BTreeMap<Arc<str>, u32>,
}

impl Writer {
    fn name(&mut self, name: &Arc<str>) -> u32 {
        if let Some(index) = self.index.get(name) {
            return *index;
        }
        let index = u32::try_from(self.names.len()).expect("a contract has far fewer names");
        self.names.push(name.to_string());
        self.index.insert(name.clone(), index);
        index
    }

    fn values(&mut self, values: &BTreeMap<Arc<str>, Stamped>) -> Vec<StoredValue> {
        let newest = self.newest;
        let value = |(name, stamped): (&Arc<str>, &Stamped)| StoredValue {
            name: self.name(name),
            age: newest.saturating_sub(stamped.time),
            value: Some(match &stamped.value {
                Scalar::Text(text) => StoredScalar::Text(text.clone()),
                Scalar::Bool(value) => StoredScalar::Bool(*value),
                Scalar::Int(value) => StoredScalar::Int(*value),
                Scalar::Double(value) => StoredScalar::Double(*value),
            }),
        };
        values.iter().map(value).collect()
    }

    fn entity(&mut self, entity: &Entity) -> StoredEntity {
        let lists = entity.lists.iter();
        StoredEntity {
            attributes: self.values(&entity.attributes),
            gauges: self.values(&entity.gauges),
            lists: lists
                .map(|(name, list)| StoredList {
                    name: self.name(name),
                    max: list.max as u64,
                    elements: list
                        .by_key
                        .iter()
                        .map(|(key, entity)| StoredElement {
                            key: key.to_string(),
                            entity: Some(self.entity(entity)),
                        })
                        .collect(),
                })
                .collect(),
        }
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

    fn values(&self, values: Vec<StoredValue>) -> Result<BTreeMap<Arc<str>, Stamped>, NotAPart> {
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
