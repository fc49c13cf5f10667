//! Attributes and their values.

use super::{FieldName, Walk};
use crate::error::Fault;
use crate::limits::{Bound, Passed, Tally};
use crate::schema;
use crate::visit::{Value, Visit};
use crate::wire::{Nesting, Wire, WireType, key};

const KEY: u32 = key(1, WireType::Length);
const VALUE: u32 = key(2, WireType::Length);

const STRING: u32 = key(1, WireType::Length);
const BOOL: u32 = key(2, WireType::Varint);
const INT: u32 = key(3, WireType::Varint);
const DOUBLE: u32 = key(4, WireType::Fixed64);
const ARRAY: u32 = key(5, WireType::Length);
const KEY_VALUES: u32 = key(6, WireType::Length);
const BYTES: u32 = key(7, WireType::Length);
const STRING_INDEX: u32 = key(8, WireType::Varint);

impl<'a, V: Visit<'a>> Walk<'_, 'a, V> {
    /// Reads a `KeyValue` into the next free slot.
    pub(super) fn attribute(
        &mut self,
        mut wire: Wire<'a>,
        around: Nesting,
        filled: &mut usize,
    ) -> Result<(), Fault> {
        const NAME: FieldName = FieldName("KeyValue", "key");
        let most = self.limits.most(Bound::Attributes);
        if *filled >= most {
            let passed = Passed { bound: Bound::Attributes, most };
            return Err(Fault::limit(passed, wire.address()));
        }
        let before = self.attributes[*filled];
        let mut name = "";
        let mut value = Value::Empty;
        while !wire.is_empty() {
            match wire.key()? {
                KEY => {
                    name = self.text_like(before.key, &mut wire, Bound::KeyBytes, NAME)?;
                }
                VALUE => value = self.value(wire.message()?, around, value, before.value)?,
                key => self.other_field(&schema::KEY_VALUE, key, &mut wire, around.down(1))?,
            }
        }
        let slot = &mut self.attributes[*filled];
        slot.key = name;
        slot.value = value;
        *filled += 1;
        Ok(())
    }

    /// Reads an `AnyValue` that is merged into `value`: the last member of its oneof remains.
    fn value(
        &mut self,
        mut wire: Wire<'a>,
        around: Nesting,
        mut value: Value<'a>,
        before: Value<'a>,
    ) -> Result<Value<'a>, Fault> {
        const TEXT: FieldName = FieldName("AnyValue", "stringValue");
        self.size(Bound::Depth, 1, &wire)?;
        let before = if let Value::Text(text) = before { text } else { "" };
        while !wire.is_empty() {
            value = match wire.key()? {
                STRING => {
                    Value::Text(self.text_like(before, &mut wire, Bound::ValueBytes, TEXT)?)
                }
                BOOL => Value::Bool(wire.varint()? != 0),
                INT => Value::Int(wire.varint()?.cast_signed()),
                DOUBLE => Value::Double(f64::from_bits(wire.fixed64()?)),
                BYTES => {
                    let bytes = wire.bytes()?;
                    self.size(Bound::ValueBytes, bytes.len(), &wire)?;
                    Value::Bytes(bytes)
                }
                key => {
                    let mut tally = Tally::default();
                    let nesting = around.down(2).in_value();
                    self.check_field(&schema::ANY_VALUE, key, &mut wire, &mut tally, nesting)?;
                    match key {
                        ARRAY => Value::Array,
                        KEY_VALUES => Value::KeyValues,
                        STRING_INDEX => Value::Empty,
                        _ => value,
                    }
                }
            };
        }
        Ok(value)
    }
}
