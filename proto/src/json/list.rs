//! A repeated field: a JSON array.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::message::MessageSeed;
use super::scalar::ScalarSeed;
use super::{State, Step};
use crate::limits::Tally;
use crate::schema::{Field, Kind};
use crate::wire::WireType;

/// Reads the elements of a repeated field. Yields whether there was an array: `null` is none.
pub(super) struct ListSeed<'s, 'l, 'j> {
    pub(super) state: &'s mut State<'l, 'j>,
    pub(super) field: &'static Field,
    pub(super) tally: &'s mut Tally,
}

impl<'j> ListSeed<'_, '_, 'j> {
    fn elements<A: SeqAccess<'j>>(&mut self, mut sequence: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            self.state.path.push(Step::Index(index));
            let seed = ElementSeed { state: self.state, field: self.field, tally: self.tally };
            if sequence.next_element_seed(seed)?.is_none() {
                break;
            }
            self.state.path.pop();
            index = index.saturating_add(1);
        }
        self.state.path.pop();
        Ok(())
    }
}

impl<'j> DeserializeSeed<'j> for ListSeed<'_, '_, 'j> {
    type Value = bool;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'j> Visitor<'j> for ListSeed<'_, '_, 'j> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'j>>(mut self, sequence: A) -> Result<bool, A::Error> {
        if self.field.kind.wire_type() == WireType::Length {
            self.elements(sequence)?;
        } else {
            self.state.output.key(self.field.number, WireType::Length);
            let opened = self.state.output.open();
            self.elements(sequence)?;
            self.state.output.close(&opened);
        }
        Ok(true)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'j>>(self, _: A) -> Result<bool, A::Error> {
        Err(self.state.malformed("an array", "an object"))
    }

    refuse_scalars!("an array");
}

/// Reads one element.
struct ElementSeed<'s, 'l, 'j> {
    state: &'s mut State<'l, 'j>,
    field: &'static Field,
    tally: &'s mut Tally,
}

impl<'j> DeserializeSeed<'j> for ElementSeed<'_, '_, 'j> {
    type Value = bool;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<bool, D::Error> {
        let Self { state, field, tally } = self;
        if let Some(bound) = field.counted() {
            let counted = state.usage.occurrence(bound, tally);
            state.limit(counted)?;
        }
        match field.kind {
            Kind::Message(message) => {
                let seed = MessageSeed { state, message, field: Some(field), nullable: false };
                seed.deserialize(deserializer)
            }
            _ => ScalarSeed { state, field, element: true }.deserialize(deserializer),
        }
    }
}
