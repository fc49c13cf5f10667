//! The check of what is not yielded, against the schema.

use super::{FieldName, Walk};
use crate::error::Fault;
use crate::limits::{Bound, Tally};
use crate::schema::{Field, Kind, Message};
use crate::visit::Visit;
use crate::wire::{Nesting, Wire, WireType};

impl<'a, V: Visit<'a>> Walk<'_, 'a, V> {
    /// Checks a whole message.
    pub(super) fn check(
        &mut self,
        message: &'static Message,
        mut wire: Wire<'a>,
        nesting: Nesting,
    ) -> Result<(), Fault> {
        let mut tally = Tally::default();
        while !wire.is_empty() {
            let key = wire.key()?;
            self.check_field(message, key, &mut wire, &mut tally, nesting)?;
        }
        Ok(())
    }

    /// Checks a field of a message that has nothing to count.
    #[cold]
    pub(super) fn other_field(
        &mut self,
        message: &'static Message,
        key: u32,
        wire: &mut Wire<'a>,
        nesting: Nesting,
    ) -> Result<(), Fault> {
        self.check_field(message, key, wire, &mut Tally::default(), nesting)
    }

    /// Checks a field whose key was read, or skips it where the message has no such field.
    #[inline(never)]
    pub(super) fn check_field(
        &mut self,
        message: &'static Message,
        key: u32,
        wire: &mut Wire<'a>,
        tally: &mut Tally,
        nesting: Nesting,
    ) -> Result<(), Fault> {
        let Some(field) = message.field(key >> 3) else {
            return self.skip_unknown(key, wire, nesting);
        };
        let expected = field.kind.wire_type();
        let came = WireType::of(key);
        if came == Some(expected) {
            self.check_value(message, field, wire, tally, nesting)
        } else if came == Some(WireType::Length) && field.repeated {
            let mut elements = wire.message()?;
            while !elements.is_empty() {
                self.check_value(message, field, &mut elements, tally, nesting)?;
            }
            Ok(())
        } else {
            Err(Fault::wire_type(message, field, key, wire.address()))
        }
    }

    fn check_value(
        &mut self,
        message: &'static Message,
        field: &'static Field,
        wire: &mut Wire<'a>,
        tally: &mut Tally,
        nesting: Nesting,
    ) -> Result<(), Fault> {
        let address = wire.address();
        if let (true, Some(bound)) = (field.repeated, field.counted()) {
            let counted = self.usage.occurrence(bound, tally);
            counted.map_err(|passed| Fault::limit(passed, address))?;
        }
        match field.kind {
            Kind::Message(inner) => {
                let mut nesting = nesting.enter(wire)?;
                let inner_wire = wire.message()?;
                if field.bound == Some(Bound::Depth) {
                    nesting = nesting.in_value();
                    self.size(Bound::Depth, nesting.values(), &inner_wire)?;
                }
                if field.bound == Some(Bound::ValueBytes) {
                    self.size(Bound::ValueBytes, inner_wire.len(), &inner_wire)?;
                }
                self.check(inner, inner_wire, nesting)
            }
            Kind::Text => {
                let name = FieldName(message.name, field.name);
                self.text(wire, field.text_bound(), name).map(drop)
            }
            Kind::Bytes | Kind::Id(_) | Kind::Timestamp => {
                let length = wire.bytes()?.len();
                self.size(Bound::ValueBytes, length, wire)
            }
            kind => match kind.wire_type() {
                WireType::Fixed64 => wire.fixed64().map(drop),
                _ => wire.varint().map(drop),
            },
        }
    }

    /// Checks a length in bytes or a depth.
    #[inline]
    pub(super) fn size(&self, bound: Bound, size: usize, wire: &Wire<'a>) -> Result<(), Fault> {
        self.usage.size(bound, size).map_err(|passed| Fault::limit(passed, wire.address()))
    }

    /// Skips a field that the schema does not have, and counts its bytes.
    fn skip_unknown(
        &mut self,
        key: u32,
        wire: &mut Wire<'a>,
        nesting: Nesting,
    ) -> Result<(), Fault> {
        let address = wire.address();
        let before = wire.len();
        wire.skip(key, nesting)?;
        let skipped = before - wire.len();
        let taken = self.usage.request(Bound::UnknownBytes, skipped);
        taken.map_err(|passed| Fault::limit(passed, address))
    }
}
