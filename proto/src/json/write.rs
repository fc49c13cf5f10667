//! The way back: protobuf bytes as OTLP/JSON, by the same table.

use std::fmt::Display;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::timestamp;
use crate::Place;
use crate::error::{Fault, Problem, ReadError};
use crate::schema::{self, Field, Kind, Message};
use crate::wire::{Nesting, Wire, WireType};

/// Writes an OTLP `ExportMetricsServiceRequest` as OTLP/JSON, on one line: the form in which the
/// OpenTelemetry Collector's file exporter writes requests and its `otlpjsonfile` receiver reads
/// them.
///
/// Keys stand in the order of the fields on the wire, 64-bit integers are strings, ids hexadecimal.
/// [`from_json`](crate::from_json) makes the same bytes again of what an encoder wrote; the payload
/// of a NaN is lost. Unknown fields are left out.
///
/// ```
/// use headcount_proto::{Limits, from_json, to_json};
///
/// let text = to_json(b"\x0a\x03\x1a\x01u")?;
/// assert_eq!(text, r#"{"resourceMetrics":[{"schemaUrl":"u"}]}"#);
/// assert_eq!(from_json(text.as_bytes(), &Limits::default())?, b"\x0a\x03\x1a\x01u");
/// # Ok::<(), headcount_proto::ReadError>(())
/// ```
///
/// # Errors
///
/// Where the bytes are not such a message, or not as an encoder writes it: a field that stands once
/// is there twice, or two members of a oneof are.
pub fn to_json(bytes: &[u8]) -> Result<String, ReadError> {
    write(bytes, &schema::REQUEST)
}

/// The same for any message.
pub(crate) fn write(bytes: &[u8], root: &'static Message) -> Result<String, ReadError> {
    let mut writer = Writer { json: Vec::with_capacity(3 * bytes.len()) };
    writer
        .message(root, Wire::new(bytes), Nesting::REQUEST)
        .map_err(|fault| fault.locate(bytes, Place::default()))?;
    Ok(String::from_utf8(writer.json).expect("JSON is written from strings"))
}

/// The JSON as it grows.
struct Writer {
    json: Vec<u8>,
}

/// A field, and where the errors about it are.
#[derive(Clone, Copy)]
struct Given {
    message: &'static Message,
    field: &'static Field,
}

impl Writer {
    fn message(
        &mut self,
        message: &'static Message,
        mut wire: Wire<'_>,
        nesting: Nesting,
    ) -> Result<(), Fault> {
        let nesting = nesting.enter(&wire)?;
        let mut given = 0_u32;
        let mut chosen = false;
        self.json.push(b'{');
        while !wire.is_empty() {
            let first = wire;
            let key = wire.key()?;
            let index = message.fields.iter().position(|field| field.number == key >> 3);
            let Some(index) = index else {
                wire.skip(key, nesting)?;
                continue;
            };
            let field = &message.fields[index];
            let again = given & 1 << index != 0;
            if (again && !field.repeated) || (field.one_of && chosen) {
                return Err(twice(&first));
            }
            if !again {
                self.key(field, given == 0);
                given |= 1 << index;
                chosen |= field.one_of;
            }
            let field = Given { message, field };
            match (field.field.repeated, again) {
                (false, _) => self.value(field, key, &mut wire, nesting)?,
                (true, false) => {
                    self.list(field, first, nesting)?;
                    wire.skip(key, nesting)?;
                }
                // It stands in the list that was written where the first one stood.
                (true, true) => wire.skip(key, nesting)?,
            }
        }
        self.json.push(b'}');
        Ok(())
    }

    fn key(&mut self, field: &Field, first: bool) {
        if !first {
            self.json.push(b',');
        }
        self.json.push(b'"');
        self.json.extend_from_slice(field.name.as_bytes());
        self.json.extend_from_slice(b"\":");
    }

    /// Writes every element of a repeated field, from the first on.
    fn list(&mut self, given: Given, mut wire: Wire<'_>, nesting: Nesting) -> Result<(), Fault> {
        let packable = given.field.kind.wire_type() != WireType::Length;
        self.json.push(b'[');
        while !wire.is_empty() {
            let key = wire.key()?;
            if key >> 3 != given.field.number {
                wire.skip(key, nesting)?;
            } else if packable && WireType::of(key) == Some(WireType::Length) {
                let mut elements = wire.message()?;
                while !elements.is_empty() {
                    self.element(|writer| writer.scalar(given, &mut elements))?;
                }
            } else {
                self.element(|writer| writer.value(given, key, &mut wire, nesting))?;
            }
        }
        self.json.push(b']');
        Ok(())
    }

    fn element(&mut self, write: impl FnOnce(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        if self.json.last() != Some(&b'[') {
            self.json.push(b',');
        }
        write(self)
    }

    /// Writes a value whose key was read.
    fn value(
        &mut self,
        given: Given,
        key: u32,
        wire: &mut Wire<'_>,
        nesting: Nesting,
    ) -> Result<(), Fault> {
        let expected = given.field.kind.wire_type();
        if WireType::of(key) != Some(expected) {
            return Err(Fault::wire_type(given.message, given.field, key, wire.address()));
        }
        match given.field.kind {
            Kind::Message(inner) => self.message(inner, wire.message()?, nesting),
            _ => self.scalar(given, wire),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "as protobuf reads 32-bit varints")]
    fn scalar(&mut self, given: Given, wire: &mut Wire<'_>) -> Result<(), Fault> {
        let address = wire.address();
        match given.field.kind {
            Kind::Text => {
                let text = str::from_utf8(wire.bytes()?).map_err(|_| given.no_text(address))?;
                self.json(text);
            }
            Kind::Bytes => self.json(&STANDARD.encode(wire.bytes()?)),
            Kind::Id(_) => self.hexadecimal(wire.bytes()?),
            Kind::Bool => self.plain(wire.varint()? != 0),
            Kind::Int32 | Kind::Enum => self.plain((wire.varint()? as u32).cast_signed()),
            Kind::Uint32 => self.plain(wire.varint()? as u32),
            Kind::Sint32 => {
                let value = wire.varint()? as u32;
                self.plain((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
            Kind::Int64 => self.quoted(wire.varint()?.cast_signed()),
            Kind::Uint64 => self.quoted(wire.varint()?),
            Kind::Fixed64 => self.quoted(wire.fixed64()?),
            Kind::Sfixed64 => self.quoted(wire.fixed64()?.cast_signed()),
            Kind::Double => self.double(f64::from_bits(wire.fixed64()?)),
            Kind::Timestamp => {
                let text = timestamp::text(wire.message()?);
                self.quoted(text.map_err(|problem| Fault { problem, address })?);
            }
            Kind::Message(_) => unreachable!("a message is no scalar"),
        }
        Ok(())
    }

    fn hexadecimal(&mut self, bytes: &[u8]) {
        self.json.push(b'"');
        for byte in bytes {
            self.plain(format_args!("{byte:02x}"));
        }
        self.json.push(b'"');
    }

    fn double(&mut self, value: f64) {
        match value {
            _ if value.is_finite() => self.json(&value),
            _ if value.is_nan() => self.quoted("NaN"),
            _ if value > 0.0 => self.quoted("Infinity"),
            _ => self.quoted("-Infinity"),
        }
    }

    fn json(&mut self, value: &(impl Serialize + ?Sized)) {
        serde_json::to_writer(&mut self.json, value).expect("memory takes every string and number");
    }

    fn plain(&mut self, value: impl Display) {
        write!(self.json, "{value}").expect("memory takes everything");
    }

    /// Writes a value whose text has nothing to escape.
    fn quoted(&mut self, value: impl Display) {
        write!(self.json, "\"{value}\"").expect("memory takes everything");
    }
}

impl Given {
    #[cold]
    fn no_text(self, address: usize) -> Fault {
        let problem = Problem::Text { message: self.message.name, field: self.field.name };
        Fault { problem, address }
    }
}

#[cold]
fn twice(wire: &Wire<'_>) -> Fault {
    let (expected, came) = ("each field and one member of a oneof once", "one for the second time");
    Fault { problem: Problem::Malformed { expected, came }, address: wire.address() }
}
