//! Keys that OTLP does not have: ignored, but not unchecked.

use serde::de::{Deserialize, DeserializeSeed, Deserializer};
use serde_json::value::RawValue;

use super::{State, scalar};
use crate::error::Problem;
use crate::limits::Bound;

/// How deep an ignored value may nest, as in protobuf.
const NESTING: usize = 100;

/// Passes over the value of an unknown key.
pub(super) struct UnknownSeed<'s, 'l, 'j>(pub(super) &'s mut State<'l, 'j>);

impl<'j> DeserializeSeed<'j> for UnknownSeed<'_, '_, 'j> {
    type Value = ();

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<(), D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let taken = self.0.usage.request(Bound::UnknownBytes, raw.len());
        let checked = taken.map_err(Problem::Limit).and_then(|()| check(raw));
        checked.map_err(|problem| self.0.fail_at(raw, problem))
    }
}

/// Checks what the parser does not look at in a value that it is told to ignore.
fn check(raw: &str) -> Result<(), Problem> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = raw.as_bytes().get(at) {
        match byte {
            b'"' => {
                let end = at + string_length(&raw[at..]);
                scalar::unescape(&raw[at..end])?;
                at = end;
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > NESTING {
            let expected = "at most 100 arrays and objects in one another";
            return Err(Problem::Malformed { expected, came: "more" });
        }
        at += 1;
    }
    Ok(())
}

/// The length of the string that the text begins with, with its quotation marks.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}
