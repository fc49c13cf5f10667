//! Every string and byte field of a request, from OTLP's own descriptors, and requests that carry a
//! text in each of them, at every place that a valid request has for it and at a new one.

use std::collections::{BTreeSet, HashMap};

use opentelemetry_proto::DESCRIPTORS;
use prost::Message as _;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

const REQUEST: &str = ".opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest";
/// How often a message may stand within itself: an `AnyValue` in an array in an `AnyValue`.
const DEPTH: usize = 2;

/// The messages of OTLP by their full names.
pub struct Fields {
    messages: HashMap<String, DescriptorProto>,
}

impl Fields {
    pub fn of_a_request() -> Self {
        let set = FileDescriptorSet::decode(DESCRIPTORS).expect("descriptors are a message");
        let mut fields = Self { messages: HashMap::new() };
        for file in set.file {
            let package = format!(".{}", file.package());
            for message in file.message_type {
                fields.add(&package, message);
            }
        }
        fields
    }

    fn add(&mut self, package: &str, message: DescriptorProto) {
        let name = format!("{package}.{}", message.name());
        for nested in message.nested_type.clone() {
            self.add(&name, nested);
        }
        self.messages.insert(name, message);
    }

    /// `Message.field` of every string and byte field that can stand in a request.
    pub fn leaves(&self) -> BTreeSet<String> {
        let mut leaves = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![REQUEST.to_owned()];
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let message = &self.messages[&name];
            for field in &message.field {
                match field.r#type() {
                    Type::String | Type::Bytes => {
                        leaves.insert(format!("{}.{}", message.name(), field.name()));
                    }
                    Type::Message => open.push(field.type_name().to_owned()),
                    _ => {}
                }
            }
        }
        leaves
    }

    /// The valid request with the text in each field at each place, with the place's name.
    pub fn requests(&self, valid: &[u8], text: &str) -> Vec<(String, Vec<u8>)> {
        self.within(REQUEST, valid, text, &mut Vec::new())
    }

    /// The message with the text in each field within it.
    fn within(
        &self,
        message: &str,
        bytes: &[u8],
        text: &str,
        around: &mut Vec<String>,
    ) -> Vec<(String, Vec<u8>)> {
        if around.iter().filter(|name| **name == *message).count() >= DEPTH {
            return Vec::new();
        }
        around.push(message.to_owned());
        let held = split(bytes);
        let mut made = Vec::new();
        for field in &self.messages[message].field {
            match field.r#type() {
                // The last occurrence of a single field counts, and the only one of a `oneof`.
                Type::String | Type::Bytes => {
                    let request = [bytes, &entry(field, text.as_bytes())].concat();
                    made.push((field.name().to_owned(), request));
                }
                Type::Message => made.extend(self.inside(field, bytes, &held, text, around)),
                _ => {}
            }
        }
        around.pop();
        made
    }

    /// The message with the text in each field of one field's messages: each that is there, and
    /// a new one.
    fn inside(
        &self,
        field: &FieldDescriptorProto,
        bytes: &[u8],
        held: &[Held<'_>],
        text: &str,
        around: &mut Vec<String>,
    ) -> Vec<(String, Vec<u8>)> {
        let mut made = Vec::new();
        let number = u32::try_from(field.number()).expect("field numbers are positive");
        let there = held.iter().filter(|held| held.number == number).enumerate();
        for (index, held) in there {
            for (place, inner) in self.within(field.type_name(), held.content, text, around) {
                let before = &bytes[..held.begin];
                let request = [before, &entry(field, &inner), &bytes[held.end..]].concat();
                made.push((format!("{}[{index}].{place}", field.name()), request));
            }
        }
        for (place, inner) in self.within(field.type_name(), &[], text, around) {
            let request = [bytes, &entry(field, &inner)].concat();
            made.push((format!("{}[new].{place}", field.name()), request));
        }
        made
    }
}

/// A length-delimited field of a message, and where it stands.
struct Held<'a> {
    number: u32,
    content: &'a [u8],
    begin: usize,
    end: usize,
}

fn split(bytes: &[u8]) -> Vec<Held<'_>> {
    let mut held = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let begin = bytes.len() - rest.len();
        let (number, wire_type) = decode_key(&mut rest).expect("the request is valid");
        let length = match wire_type {
            WireType::LengthDelimited => decode_varint(&mut rest).expect("the request is valid"),
            WireType::SixtyFourBit => 8,
            WireType::ThirtyTwoBit => 4,
            WireType::Varint => {
                decode_varint(&mut rest).expect("the request is valid");
                0
            }
            other => panic!("expected a wire type of proto3, got {other:?}"),
        };
        let (content, behind) = rest.split_at(usize::try_from(length).expect("it is in memory"));
        rest = behind;
        if wire_type == WireType::LengthDelimited {
            held.push(Held { number, content, begin, end: bytes.len() - rest.len() });
        }
    }
    held
}

fn entry(field: &FieldDescriptorProto, content: &[u8]) -> Vec<u8> {
    let mut entry = Vec::new();
    let number = u32::try_from(field.number()).expect("field numbers are positive");
    encode_key(number, WireType::LengthDelimited, &mut entry);
    encode_varint(content.len() as u64, &mut entry);
    entry.extend_from_slice(content);
    entry
}
