//! The form in which a store keeps a part: a protobuf message of our own.
//!
//! Names stand once, in a table. Times are told as ages, since most are equal. Fields are only ever
//! added, never reused.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use headcount_proto::Encoder;
use jiff::civil::Date;
use prost::{Message, Oneof};

use super::root::Root;
use super::view::View;
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
        self.stored().into_owned()
    }

    /// The same, lent where it is at hand.
    pub fn stored(&self) -> Cow<'_, [u8]> {
        match self.root.bytes() {
            Some(bytes) => bytes.into(),
            None => write(self.date, &self.generation, self.newest, &*self.root).into(),
        }
    }

    /// Reads a part from its stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self, NotAPart> {
        let view = View::read(bytes).and_then(|view| Some((view.points()?, view)));
        let Some((points, view)) = view else { return read(bytes) };
        let (date, generation) = (date(view.date)?, view.generation.to_owned());
        let root = Root::stored(bytes.to_vec(), points);
        Ok(Self { date, generation, newest: view.newest, root })
    }
}

/// Reads a part to its elements.
fn read(bytes: &[u8]) -> Result<Part, NotAPart> {
    let stored = StoredPart::decode(bytes).map_err(|error| NotAPart(error.to_string()))?;
    let StoredPart { generation, newest, names, root, .. } = stored;
    let names = names.into_iter().map(Arc::from).collect();
    let root = Reader { newest, names }.entity(root.unwrap_or_default())?.into();
    Ok(Part { date: date(&stored.date)?, generation, newest, root })
}

fn date(text: &str) -> Result<Date, NotAPart> {
    text.parse().map_err(|_| NotAPart("got no date".to_owned()))
}

/// What a stored part says, without its head.
pub(super) fn elements(bytes: &[u8]) -> Result<Entity, NotAPart> {
    let entity = View::read(bytes).and_then(|view| view.entity());
    entity.map_or_else(|| read(bytes).map(|part| part.root.into_entity()), Ok)
}

/// What is written of an element, whatever it is made of. All is told in the order of the names and keys.
pub(super) trait Writing<'p>: Copy {
    fn attributes(self) -> impl Iterator<Item = Told<'p>>;
    fn gauges(self) -> impl Iterator<Item = Told<'p>>;
    /// Name, most elements, and the elements by their keys.
    fn lists(self)
    -> impl Iterator<Item = (&'p str, usize, impl Iterator<Item = (&'p str, Self)>)>;
}

/// A value, and the time at which it was told.
#[derive(Clone, Copy)]
pub(super) struct Told<'p> {
    pub(super) name: &'p str,
    pub(super) time: u64,
    pub(super) value: Lent<'p>,
}

/// A scalar that somebody else holds.
#[derive(Clone, Copy)]
pub(super) enum Lent<'p> {
    Text(&'p str),
    Bool(bool),
    Int(i64),
    Double(f64),
}

impl<'p> Writing<'p> for &'p Entity {
    fn attributes(self) -> impl Iterator<Item = Told<'p>> {
        self.attributes.iter().map(told)
    }

    fn gauges(self) -> impl Iterator<Item = Told<'p>> {
        self.gauges.iter().map(told)
    }

    fn lists(
        self,
    ) -> impl Iterator<Item = (&'p str, usize, impl Iterator<Item = (&'p str, Self)>)> {
        self.lists.iter().map(|(name, list)| {
            let elements = list.by_key.iter().map(|(key, entity)| (&**key, entity));
            (&**name, list.max, elements)
        })
    }
}

fn told<'v>((name, stamped): (&'v Arc<str>, &'v Stamped)) -> Told<'v> {
    stamped.told(name)
}

impl Stamped {
    /// The value under its name.
    pub(super) fn told<'v>(&'v self, name: &'v str) -> Told<'v> {
        let value = match &self.value {
            Scalar::Text(text) => Lent::Text(text),
            Scalar::Bool(value) => Lent::Bool(*value),
            Scalar::Int(value) => Lent::Int(*value),
            Scalar::Double(value) => Lent::Double(*value),
        };
        Told { name, time: self.time, value }
    }
}

/// Bytes that the head takes at most beside the generation, and a name beside its text.
const HEAD_ROOM: usize = 64;
const NAME_ROOM: usize = 3;

/// Writes a part field by field: building the messages above takes five times as long.
pub(super) fn write<'p>(
    date: Date,
    generation: &str,
    newest: u64,
    entity: impl Writing<'p>,
) -> Vec<u8> {
    let mut writer = Writer { newest, names: Vec::new() };
    let mut root = Encoder::default();
    root.message(5, |to| writer.entity(entity, to));
    let names: usize = writer.names.iter().map(|name| name.len() + NAME_ROOM).sum();
    let mut part = Encoder::with_capacity(HEAD_ROOM + generation.len() + names + root.len());
    part.bytes(1, date.to_string().as_bytes());
    if !generation.is_empty() {
        part.bytes(2, generation.as_bytes());
    }
    if newest != 0 {
        part.fixed64(3, newest);
    }
    for name in &writer.names {
        part.bytes(4, name.as_bytes());
    }
    part.fields(&root);
    part.into_bytes()
}

struct Writer<'p> {
    newest: u64,
    names: Vec<&'p str>,
}

impl<'p> Writer<'p> {
    fn name(&mut self, name: &'p str, to: &mut Encoder) {
        // Most names are not only equal to one before, but the very same text. A contract has a few dozen.
        let same = self.names.iter().position(|held| std::ptr::eq(*held, name));
        let index = same.or_else(|| self.names.iter().position(|held| *held == name));
        let index = index.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        number(1, index as u64, to);
    }

    fn values(&mut self, field: u32, values: impl Iterator<Item = Told<'p>>, to: &mut Encoder) {
        for Told { name, time, value } in values {
            to.message(field, |to| {
                self.name(name, to);
                number(2, self.newest.saturating_sub(time), to);
                match value {
                    Lent::Text(text) => to.bytes(3, text.as_bytes()),
                    Lent::Bool(value) => to.varint(4, value.into()),
                    Lent::Int(value) => to.sint(5, value),
                    Lent::Double(value) => to.fixed64(6, value.to_bits()),
                }
            });
        }
    }

    fn entity(&mut self, entity: impl Writing<'p>, to: &mut Encoder) {
        self.values(1, entity.attributes(), to);
        self.values(2, entity.gauges(), to);
        for (name, max, elements) in entity.lists() {
            to.message(3, |to| {
                self.name(name, to);
                number(2, max as u64, to);
                for (key, entity) in elements {
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
        let whole = Part {
            date,
            generation: "018f".to_owned(),
            newest: 1_714_089_600_000_000_000,
            root: root.into(),
        };
        for part in [whole, Part::new(date, String::new())] {
            let bytes = part.encode();
            let message = StoredPart::decode(&*bytes).expect("a stored part");
            assert_eq!(message.encode_to_vec(), bytes);
            assert_eq!(Part::decode(&bytes).expect("a part"), part);
        }
    }
}
