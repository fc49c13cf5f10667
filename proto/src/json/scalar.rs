//! Scalars: JSON strings, numbers and booleans.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, DeserializeSeed, Deserializer};
use serde_json::value::RawValue;

use super::{State, number, timestamp};
use crate::error::Problem;
use crate::schema::{Field, Kind};
use crate::wire::WireType;

/// Reads a scalar. Yields whether there was one: `null` is none.
pub(super) struct ScalarSeed<'s, 'l, 'j> {
    pub(super) state: &'s mut State<'l, 'j>,
    pub(super) field: &'static Field,
    /// Whether it is an element of an array, where `null` is not let in, and where numbers are
    /// packed and so have no key.
    pub(super) element: bool,
}

/// What a scalar is on the wire.
pub(super) enum Encoded<'t> {
    Varint(u64),
    Fixed64(u64),
    Bytes(Cow<'t, [u8]>),
}

impl<'j> DeserializeSeed<'j> for ScalarSeed<'_, '_, 'j> {
    type Value = bool;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<bool, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if raw == "null" && !self.element {
            return Ok(false);
        }
        match encode(self.field.kind, raw).and_then(|encoded| self.sized(encoded)) {
            Ok(encoded) => self.write(&encoded),
            Err(problem) => return Err(self.state.fail_at::<D::Error>(raw, problem)),
        }
        Ok(true)
    }
}

impl ScalarSeed<'_, '_, '_> {
    fn sized<'t>(&self, encoded: Encoded<'t>) -> Result<Encoded<'t>, Problem> {
        if let Encoded::Bytes(bytes) = &encoded {
            let sized = self.state.usage.size(self.field.text_bound(), bytes.len());
            sized.map_err(Problem::Limit)?;
        }
        Ok(encoded)
    }

    fn write(self, encoded: &Encoded<'_>) {
        let wire_type = self.field.kind.wire_type();
        let output = &mut self.state.output;
        if !self.element || wire_type == WireType::Length {
            output.key(self.field.number, wire_type);
        }
        match encoded {
            Encoded::Varint(value) => output.raw_varint(*value),
            Encoded::Fixed64(value) => output.raw_fixed64(*value),
            Encoded::Bytes(bytes) => output.raw_bytes(bytes),
        }
    }
}

/// A scalar as the text has it. The parser has checked its syntax.
enum Json<'t> {
    Text(Cow<'t, str>),
    Number(&'t str),
    Bool(bool),
    Other(&'static str),
}

impl<'t> Json<'t> {
    fn of(raw: &'t str) -> Result<Self, Problem> {
        Ok(match raw.as_bytes().first() {
            Some(b'"') => Self::Text(unescape(raw)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Other("null"),
            Some(b'[') => Self::Other("an array"),
            Some(b'{') => Self::Other("an object"),
            _ => Self::Number(raw),
        })
    }

    fn noun(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Number(_) => "a number",
            Self::Bool(_) => "a boolean",
            Self::Other(noun) => noun,
        }
    }
}

/// The characters of a JSON string, which is borrowed where nothing in it is escaped.
pub(super) fn unescape(raw: &str) -> Result<Cow<'_, str>, Problem> {
    let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('\\') => Ok(Cow::Borrowed(inner)),
        _ => serde_json::from_str(raw)
            .map(Cow::Owned)
            .map_err(|_| malformed("a string of whole characters", "half a surrogate pair")),
    }
}

fn encode(kind: Kind, raw: &str) -> Result<Encoded<'_>, Problem> {
    let value = Json::of(raw)?;
    match (kind, value) {
        (Kind::Text, Json::Text(text)) => Ok(Encoded::Bytes(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        })),
        (Kind::Bytes, Json::Text(text)) => base64(&text),
        (Kind::Id(length), Json::Text(text)) => hexadecimal(&text, length),
        (Kind::Bool, Json::Bool(value)) => Ok(Encoded::Varint(value.into())),
        (Kind::Double, Json::Number(text)) => double(text),
        (Kind::Double, Json::Text(text)) => double(&text),
        (Kind::Timestamp, Json::Text(text)) => timestamp::encode(&text),
        (Kind::Text | Kind::Bytes | Kind::Id(_) | Kind::Timestamp, other) => {
            Err(malformed("a string", other.noun()))
        }
        (Kind::Bool, other) => Err(malformed("true or false", other.noun())),
        (Kind::Double, other) => Err(malformed("a number or a string", other.noun())),
        (Kind::Enum, Json::Text(_)) => Err(malformed("an enum's number", "a string")),
        (kind, Json::Number(text)) => integer(kind, text),
        (kind, Json::Text(text)) => integer(kind, &text),
        (_, other) => Err(malformed("an integer", other.noun())),
    }
}

fn double(text: &str) -> Result<Encoded<'static>, Problem> {
    let value =
        number::double(text).map_err(|came| malformed("a 64-bit floating-point number", came))?;
    Ok(Encoded::Fixed64(value.to_bits()))
}

fn integer(kind: Kind, text: &str) -> Result<Encoded<'static>, Problem> {
    let expected = match kind {
        Kind::Uint32 => "an unsigned 32-bit integer",
        Kind::Int32 | Kind::Sint32 | Kind::Enum => "a 32-bit integer",
        Kind::Uint64 | Kind::Fixed64 => "an unsigned 64-bit integer",
        _ => "a 64-bit integer",
    };
    let value = number::integer(text).map_err(|came| malformed(expected, came))?;
    let out_of_range = |_| malformed(expected, "one out of range");
    let signed = || i64::try_from(value).map(i64::cast_unsigned).map_err(out_of_range);
    let signed_32 = || i32::try_from(value).map_err(out_of_range);
    Ok(match kind {
        Kind::Uint32 => Encoded::Varint(u32::try_from(value).map_err(out_of_range)?.into()),
        Kind::Uint64 => Encoded::Varint(u64::try_from(value).map_err(out_of_range)?),
        Kind::Fixed64 => Encoded::Fixed64(u64::try_from(value).map_err(out_of_range)?),
        Kind::Int32 | Kind::Enum => Encoded::Varint(i64::from(signed_32()?).cast_unsigned()),
        Kind::Sint32 => {
            let value = signed_32()?;
            Encoded::Varint((value << 1 ^ value >> 31).cast_unsigned().into())
        }
        Kind::Sfixed64 => Encoded::Fixed64(signed()?),
        _ => Encoded::Varint(signed()?),
    })
}

/// Base64 of either alphabet, padded or not, as proto3 JSON lets it in.
fn base64(text: &str) -> Result<Encoded<'static>, Problem> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    let engine = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    let bytes = engine.decode(text).map_err(|_| malformed("bytes in base64", "another string"))?;
    Ok(Encoded::Bytes(Cow::Owned(bytes)))
}

/// An id: nothing at all, or `length` bytes, two digits each.
fn hexadecimal(text: &str, length: usize) -> Result<Encoded<'static>, Problem> {
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| match *pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect();
    match bytes {
        Some(bytes) if bytes.is_empty() || bytes.len() == length => {
            Ok(Encoded::Bytes(Cow::Owned(bytes)))
        }
        _ if length == 16 => Err(malformed("32 hexadecimal digits", "another string")),
        _ => Err(malformed("16 hexadecimal digits", "another string")),
    }
}

pub(super) fn malformed(expected: &'static str, came: &'static str) -> Problem {
    Problem::Malformed { expected, came }
}
