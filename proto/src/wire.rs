//! The protobuf wire format: a cursor over the bytes of one message.

use crate::error::{Fault, Problem};

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum WireType {
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    Group = 3,
    GroupEnd = 4,
    Fixed32 = 5,
}

impl WireType {
    /// The wire type of a key that [`Wire::key`] let through.
    pub(crate) fn of(key: u32) -> Option<Self> {
        match key & 7 {
            0 => Some(Self::Varint),
            1 => Some(Self::Fixed64),
            2 => Some(Self::Length),
            3 => Some(Self::Group),
            4 => Some(Self::GroupEnd),
            5 => Some(Self::Fixed32),
            _ => None,
        }
    }

    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Varint => "a varint",
            Self::Fixed64 => "eight bytes",
            Self::Length => "a length-delimited field",
            Self::Group => "a group",
            Self::GroupEnd => "the end of a group",
            Self::Fixed32 => "four bytes",
        }
    }
}

/// A field's key on the wire: its number and how it is written.
pub(crate) const fn key(number: u32, wire_type: WireType) -> u32 {
    number << 3 | wire_type as u32
}

/// What is left of one message's bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire<'a> {
    rest: &'a [u8],
}

/// How deep something stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nesting {
    /// How many more messages or groups may stand in one another from here.
    room: u32,
    /// How many `AnyValue` stand in one another here.
    values: u32,
}

impl Nesting {
    /// In the request itself. prost, too, lets 100 messages stand in one another.
    pub(crate) const REQUEST: Self = Self { room: 100, values: 0 };

    /// So many messages further down.
    pub(crate) const fn down(self, messages: u32) -> Self {
        Self { room: self.room.saturating_sub(messages), ..self }
    }

    /// How many `AnyValue` stand in one another here.
    pub(crate) fn values(self) -> usize {
        self.values as usize
    }

    /// The same, one `AnyValue` deeper.
    pub(crate) const fn in_value(self) -> Self {
        Self { values: self.values + 1, ..self }
    }

    /// In a message that begins at `wire`.
    pub(crate) fn enter(self, wire: &Wire<'_>) -> Result<Self, Fault> {
        match self.room.checked_sub(1) {
            Some(room) => Ok(Self { room, ..self }),
            None => Err(too_deep(wire.address())),
        }
    }
}

impl<'a> Wire<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    /// The address of the next byte: what a fault's offset is computed from.
    pub(crate) fn address(&self) -> usize {
        self.rest.as_ptr().addr()
    }

    /// The next field's key. Its wire type is checked when the field is read or skipped.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<u32, Fault> {
        let address = self.address();
        match u32::try_from(self.varint()?) {
            Ok(key) if key >= 8 => Ok(key),
            _ => Err(malformed("a field number from 1 to 536870911", "another", address)),
        }
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Fault> {
        match *self.rest {
            [byte, ref rest @ ..] if byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(byte))
            }
            [low, high, ref rest @ ..] if high < 0x80 => {
                self.rest = rest;
                Ok(u64::from(low & 0x7f) | u64::from(high) << 7)
            }
            _ => self.long_varint(),
        }
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Result<u64, Fault> {
        let mut value = 0;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                if index == 9 && byte > 1 {
                    break;
                }
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(malformed("a varint of at most 64 bits", "a longer or unfinished one", self.address()))
    }

    /// Eight bytes, the lowest first.
    #[inline]
    pub(crate) fn fixed64(&mut self) -> Result<u64, Fault> {
        let Some((bytes, rest)) = self.rest.split_first_chunk() else {
            return Err(truncated(self.address()));
        };
        self.rest = rest;
        Ok(u64::from_le_bytes(*bytes))
    }

    /// The bytes of a length-delimited field.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.varint()?;
        let split = usize::try_from(length).ok().and_then(|at| self.rest.split_at_checked(at));
        let Some((bytes, rest)) = split else {
            return Err(truncated(self.address()));
        };
        self.rest = rest;
        Ok(bytes)
    }

    /// The fields of a message, or the elements of a packed field.
    #[inline]
    pub(crate) fn message(&mut self) -> Result<Self, Fault> {
        Ok(Self { rest: self.bytes()? })
    }

    /// Passes over a field whose key was read, and all that stands in it.
    #[inline(never)]
    pub(crate) fn skip(&mut self, key: u32, nesting: Nesting) -> Result<(), Fault> {
        let address = self.address();
        let inner = nesting.enter(self)?;
        match WireType::of(key) {
            Some(WireType::Varint) => self.varint().map(drop),
            Some(WireType::Fixed64) => self.fixed64().map(drop),
            Some(WireType::Length) => self.bytes().map(drop),
            Some(WireType::Fixed32) => self.fixed32(),
            Some(WireType::Group) => self.skip_group(key >> 3, inner),
            Some(WireType::GroupEnd) => {
                Err(malformed("a field", "the end of a group that did not begin", address))
            }
            None => Err(malformed("a wire type from 0 to 5", "another", address)),
        }
    }

    fn fixed32(&mut self) -> Result<(), Fault> {
        let Some((_, rest)) = self.rest.split_first_chunk::<4>() else {
            return Err(truncated(self.address()));
        };
        self.rest = rest;
        Ok(())
    }

    fn skip_group(&mut self, number: u32, nesting: Nesting) -> Result<(), Fault> {
        let mut group = *self;
        loop {
            let address = group.address();
            let inner = group.key()?;
            if WireType::of(inner) == Some(WireType::GroupEnd) {
                if inner >> 3 != number {
                    return Err(malformed("the end of the group", "that of another", address));
                }
                *self = group;
                return Ok(());
            }
            group.skip(inner, nesting)?;
        }
    }
}

#[cold]
fn malformed(expected: &'static str, came: &'static str, address: usize) -> Fault {
    Fault { problem: Problem::Malformed { expected, came }, address }
}

#[cold]
fn truncated(address: usize) -> Fault {
    malformed("as many bytes as the field's length says", "the end of the message", address)
}

#[cold]
fn too_deep(address: usize) -> Fault {
    malformed("at most 100 messages in one another", "more", address)
}
