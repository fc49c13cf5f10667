//! The protobuf bytes as they grow.

use crate::schema::Field;
use crate::wire::{WireType, key};

/// The bytes so far.
#[derive(Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
}

/// Where a length-delimited field was opened.
pub(super) struct Opened(usize);

impl Output {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn key(&mut self, field: &Field, wire_type: WireType) {
        self.varint(u64::from(key(field.number, wire_type)));
    }

    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    pub(super) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub(super) fn fixed64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// Leaves one byte for a length. Most messages are shorter than 128 bytes.
    pub(super) fn open(&mut self) -> Opened {
        self.bytes.push(0);
        Opened(self.bytes.len())
    }

    /// Puts the length before what was written since, and moves that where it needs more room.
    pub(super) fn close(&mut self, opened: &Opened) -> usize {
        let length = self.bytes.len() - opened.0;
        let mut prefix = Self::default();
        prefix.varint(length as u64);
        self.bytes.splice(opened.0 - 1..opened.0, prefix.bytes);
        length
    }
}
