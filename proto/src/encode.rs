//! Protobuf bytes as they grow, without a struct for each message.

use crate::wire::{WireType, key};

/// Writes the fields of a protobuf message, in the order in which they are given.
///
/// What it saves is the building of the structs: a report of many points is written in a fraction of
/// the time. It leaves to its caller what proto3 asks of an encoder: fields in the order of their
/// numbers, and no field for a number, text or list that is empty.
///
/// ```
/// use headcount_proto::Encoder;
///
/// let mut request = Encoder::default();
/// // ExportMetricsServiceRequest.resource_metrics, ResourceMetrics.schema_url
/// request.message(1, |resource| resource.bytes(3, b"u"));
/// assert_eq!(request.into_bytes(), b"\x0a\x03\x1a\x01u");
/// ```
#[derive(Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

/// Where a length-delimited field was opened.
pub(crate) struct Opened(usize);

impl Encoder {
    /// One that has room for so many bytes before it grows.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// How many bytes were written.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes back what was written beyond so many bytes.
    pub fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    /// A field of type `uint32`, `uint64` or `bool`, or one of `int64` whose value was cast.
    #[inline]
    pub fn varint(&mut self, number: u32, value: u64) {
        self.key(number, WireType::Varint);
        self.raw_varint(value);
    }

    /// A field of type `sint32` or `sint64`.
    #[inline]
    pub fn sint(&mut self, number: u32, value: i64) {
        self.varint(number, (value << 1 ^ value >> 63).cast_unsigned());
    }

    /// A field of type `fixed64`, or one of `sfixed64` or `double` by its bits.
    #[inline]
    pub fn fixed64(&mut self, number: u32, value: u64) {
        self.key(number, WireType::Fixed64);
        self.raw_fixed64(value);
    }

    /// A field of type `string` or `bytes`.
    #[inline]
    pub fn bytes(&mut self, number: u32, bytes: &[u8]) {
        self.key(number, WireType::Length);
        self.raw_bytes(bytes);
    }

    /// A field that is a message.
    #[inline]
    pub fn message(&mut self, number: u32, write: impl FnOnce(&mut Self)) {
        self.key(number, WireType::Length);
        let opened = self.open();
        write(self);
        self.close(&opened);
    }

    /// Fields that were written before.
    #[inline]
    pub fn fields(&mut self, fields: &Self) {
        self.bytes.extend_from_slice(&fields.bytes);
    }

    #[inline]
    pub(crate) fn key(&mut self, number: u32, wire_type: WireType) {
        self.raw_varint(u64::from(key(number, wire_type)));
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    pub(crate) fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    #[inline]
    pub(crate) fn raw_fixed64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    #[inline]
    pub(crate) fn raw_bytes(&mut self, bytes: &[u8]) {
        self.raw_varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// Leaves one byte for a length. Most messages are shorter than 128 bytes.
    #[inline]
    pub(crate) fn open(&mut self) -> Opened {
        self.bytes.push(0);
        Opened(self.bytes.len())
    }

    /// Puts the length before what was written since, and moves that where it needs more room.
    #[inline]
    pub(crate) fn close(&mut self, opened: &Opened) -> usize {
        let (start, end) = (opened.0, self.bytes.len());
        let length = end - start;
        self.raw_varint(length as u64);
        let digits = self.bytes.len() - end;
        if digits == 1 {
            self.bytes.swap_remove(start - 1);
        } else {
            // The digits, where they belong, then the message behind them.
            let mut prefix = [0; 10];
            prefix[..digits].copy_from_slice(&self.bytes[end..]);
            self.bytes.copy_within(start..end, start - 1 + digits);
            self.bytes[start - 1..start - 1 + digits].copy_from_slice(&prefix[..digits]);
            self.bytes.truncate(end + digits - 1);
        }
        length
    }
}

#[cfg(test)]
mod tests {
    use prost::encoding::{self, encode_varint};

    use super::*;

    #[test]
    fn a_message_of_any_length_is_as_prost_writes_it() {
        for length in [0, 1, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152] {
            let text: Vec<u8> =
                (0..length).map(|index| u8::try_from(index % 251).unwrap()).collect();
            let mut encoder = Encoder::default();
            encoder.varint(1, 7);
            let mut inner = Encoder { bytes: text.clone() };
            encoder.message(2, |message| message.fields(&inner));
            encoder.varint(3, 7);
            let mut expected = vec![0x08, 7, 0x12];
            encode_varint(length, &mut expected);
            expected.extend_from_slice(&text);
            expected.extend_from_slice(&[0x18, 7]);
            assert!(encoder.into_bytes() == expected, "{length}");
            inner.truncate(0);
            assert!(inner.is_empty());
        }
    }

    #[test]
    fn scalars_are_as_prost_writes_them() {
        for value in [0, 1, -1, 63, -64, 64, i64::MAX, i64::MIN] {
            let mut encoder = Encoder::default();
            encoder.sint(15, value);
            encoder.varint(16, value.cast_unsigned());
            encoder.fixed64(2_048, value.cast_unsigned());
            encoder.bytes(4, b"text");
            let mut expected = Vec::new();
            encoding::sint64::encode(15, &value, &mut expected);
            encoding::int64::encode(16, &value, &mut expected);
            encoding::sfixed64::encode(2_048, &value, &mut expected);
            encoding::string::encode(4, &"text".to_owned(), &mut expected);
            assert_eq!(encoder.len(), expected.len());
            assert_eq!(encoder.into_bytes(), expected, "{value}");
        }
    }
}
