//! The messages of an OTLP metrics request, as one static table, and our own in another.
//!
//! It is the single description that the checks of seldom-seen messages and JSON work from.

pub(crate) mod instances;
mod table;

pub(crate) use table::{
    ANY_VALUE, EXPONENTIAL_HISTOGRAM, EXPONENTIAL_HISTOGRAM_DATA_POINT, GAUGE, HISTOGRAM,
    HISTOGRAM_DATA_POINT, KEY_VALUE, METRIC, NUMBER_DATA_POINT, REQUEST, RESOURCE,
    RESOURCE_METRICS, SCOPE, SCOPE_METRICS, SUM, SUMMARY, SUMMARY_DATA_POINT,
};

use crate::limits::Bound;
use crate::wire::WireType;

/// One protobuf message type.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
}

/// One field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) number: u32,
    /// The proto3 JSON name.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) repeated: bool,
    /// Whether the field belongs to its message's oneof. No message here has two.
    pub(crate) one_of: bool,
    /// What limits the field, apart from the length of every text.
    pub(crate) bound: Option<Bound>,
}

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    /// Base64 in JSON.
    Bytes,
    /// Bytes of a fixed length that OTLP/JSON writes in hexadecimal.
    Id(usize),
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Fixed64,
    Sfixed64,
    Double,
    Enum,
    /// `google.protobuf.Timestamp`, which JSON writes as a text.
    Timestamp,
    Message(&'static Message),
}

impl Message {
    pub(crate) fn field(&self, number: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.number == number)
    }
}

impl Field {
    /// The limit on how often this repeated field may occur, if there is one.
    pub(crate) fn counted(&self) -> Option<Bound> {
        self.bound.filter(|&bound| bound != Bound::Depth)
    }

    /// The limit on the bytes of this text.
    pub(crate) fn text_bound(&self) -> Bound {
        match self.bound {
            Some(Bound::KeyBytes) => Bound::KeyBytes,
            _ => Bound::ValueBytes,
        }
    }

    /// Whether a JSON key names this field: `timeUnixNano`, or as in the proto, `time_unix_nano`.
    pub(crate) fn is_named(&self, key: &str) -> bool {
        if self.name == key {
            return true;
        }
        let mut key = key.bytes();
        let as_in_the_proto = self.name.bytes().all(|wanted| {
            if wanted.is_ascii_uppercase() {
                key.next() == Some(b'_') && key.next() == Some(wanted.to_ascii_lowercase())
            } else {
                key.next() == Some(wanted)
            }
        });
        as_in_the_proto && key.next().is_none()
    }
}

impl Kind {
    pub(crate) fn wire_type(self) -> WireType {
        match self {
            Self::Text | Self::Bytes | Self::Id(_) | Self::Timestamp | Self::Message(_) => {
                WireType::Length
            }
            Self::Fixed64 | Self::Sfixed64 | Self::Double => WireType::Fixed64,
            Self::Bool
            | Self::Int32
            | Self::Int64
            | Self::Uint32
            | Self::Uint64
            | Self::Sint32
            | Self::Enum => WireType::Varint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NUMBER_DATA_POINT;

    #[test]
    fn a_field_has_two_names_in_json() {
        let field = NUMBER_DATA_POINT.field(2).expect("the start time is there");
        assert!(field.is_named("startTimeUnixNano"));
        assert!(field.is_named("start_time_unix_nano"));
        for key in
            ["", "start", "startTime_unix_nano", "start_time_unix_nano_", "StartTimeUnixNano"]
        {
            assert!(!field.is_named(key), "{key}");
        }
    }
}
