//! A message: a JSON object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::list::ListSeed;
use super::scalar::ScalarSeed;
use super::unknown::UnknownSeed;
use super::{State, Step};
use crate::error::Problem;
use crate::limits::{Bound, Tally};
use crate::schema::{Field, Kind, Message};
use crate::wire::WireType;

/// Reads one message. Yields whether there was one: `null` is none.
pub(super) struct MessageSeed<'s, 'l, 'j> {
    pub(super) state: &'s mut State<'l, 'j>,
    pub(super) message: &'static Message,
    /// The field it stands in; none for the request itself.
    pub(super) field: Option<&'static Field>,
    /// Whether `null` stands for no message here.
    pub(super) nullable: bool,
}

impl<'s, 'l, 'j> MessageSeed<'s, 'l, 'j> {
    pub(super) fn root(state: &'s mut State<'l, 'j>, message: &'static Message) -> Self {
        Self { state, message, field: None, nullable: false }
    }

    /// Reads the members, until the object ends.
    fn members<A: MapAccess<'j>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let mut tally = Tally::default();
        let mut given = 0_u32;
        let mut chosen = false;
        while let Some(index) = map.next_key_seed(KeySeed(self.message))? {
            let Some(index) = index else {
                if self.state.closed {
                    return Err(self.state.fail(Problem::Key(self.message.name)));
                }
                map.next_value_seed(UnknownSeed(self.state))?;
                continue;
            };
            let field = &self.message.fields[index];
            self.state.path.push(Step::Field(field.name));
            if given & 1 << index != 0 {
                return Err(self.state.malformed("each key once", "one for the second time"));
            }
            given |= 1 << index;
            let seed = FieldSeed { state: self.state, field, tally: &mut tally };
            let present = map.next_value_seed(seed)?;
            if present && field.one_of {
                if chosen {
                    return Err(self.state.malformed("one member of a oneof", "a second one"));
                }
                chosen = true;
            }
            self.state.path.pop();
        }
        Ok(())
    }

    /// Reads the members of a message in a field.
    fn nested<A: MapAccess<'j>>(&mut self, field: &Field, map: A) -> Result<(), A::Error> {
        let deeper = usize::from(field.bound == Some(Bound::Depth));
        self.state.depth += deeper;
        self.state.limit(self.state.usage.size(Bound::Depth, self.state.depth))?;
        self.state.output.key(field.number, WireType::Length);
        let opened = self.state.output.open();
        self.members(map)?;
        let length = self.state.output.close(&opened);
        if field.bound == Some(Bound::ValueBytes) {
            self.state.limit(self.state.usage.size(Bound::ValueBytes, length))?;
        }
        self.state.depth -= deeper;
        Ok(())
    }
}

impl<'j> DeserializeSeed<'j> for MessageSeed<'_, '_, 'j> {
    type Value = bool;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'j> Visitor<'j> for MessageSeed<'_, '_, 'j> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(mut self, map: A) -> Result<bool, A::Error> {
        match self.field {
            None => self.members(map)?,
            Some(field) => self.nested(field, map)?,
        }
        Ok(true)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        if self.nullable { Ok(false) } else { Err(self.state.malformed("an object", "null")) }
    }

    fn visit_seq<A>(self, _: A) -> Result<bool, A::Error>
    where
        A: serde::de::SeqAccess<'j>,
    {
        Err(self.state.malformed("an object", "an array"))
    }

    refuse_scalars!("an object");
}

/// Reads a key. Yields the field's index in the message, where it has such a field.
struct KeySeed(&'static Message);

impl<'j> DeserializeSeed<'j> for KeySeed {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.fields.iter().position(|field| field.is_named(key)))
    }
}

/// Reads the value of a field, of whatever kind. Yields whether there was one.
struct FieldSeed<'s, 'l, 'j> {
    state: &'s mut State<'l, 'j>,
    field: &'static Field,
    tally: &'s mut Tally,
}

impl<'j> DeserializeSeed<'j> for FieldSeed<'_, '_, 'j> {
    type Value = bool;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<bool, D::Error> {
        let Self { state, field, tally } = self;
        match field.kind {
            _ if field.repeated => ListSeed { state, field, tally }.deserialize(deserializer),
            Kind::Message(message) => {
                let seed = MessageSeed { state, message, field: Some(field), nullable: true };
                seed.deserialize(deserializer)
            }
            _ => ScalarSeed { state, field, element: false }.deserialize(deserializer),
        }
    }
}
