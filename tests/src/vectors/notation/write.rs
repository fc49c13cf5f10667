//! Numbers of the protobuf wire format.

use anyhow::bail;

use super::token::Token;

const NAMES: [&str; 6] = ["VARINT", "I64", "LEN", "SGROUP", "EGROUP", "I32"];

/// The wire type of a name, or of a digit, which may be one that protobuf does not have.
pub(super) fn named_wire_type(name: &str) -> anyhow::Result<u64> {
    if let Some(wire_type) = NAMES.iter().position(|known| *known == name) {
        return Ok(wire_type as u64);
    }
    match name.parse() {
        Ok(wire_type @ 0..=7) => Ok(wire_type),
        _ => bail!("expected a wire type, got `{name}`"),
    }
}

/// The wire type by what a field holds, where none is written.
pub(super) fn wire_type_of(content: &[Token]) -> u64 {
    match content {
        [Token::LongForm(_), rest @ ..] => wire_type_of(rest),
        [Token::Open, ..] => 2,
        [Token::OpenGroup, ..] => 3,
        [Token::Fixed(bytes), ..] if bytes.len() == 4 => 5,
        [Token::Fixed(_), ..] => 1,
        [Token::Word(word), ..] if word == "$time" => 1,
        _ => 0,
    }
}

/// A varint with so many bytes more than it needs.
#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
pub(super) fn varint(mut value: u64, extra: usize, to: &mut Vec<u8>) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    if extra == 0 {
        to.push(value as u8);
        return;
    }
    to.push(value as u8 | 0x80);
    to.extend(std::iter::repeat_n(0x80, extra - 1));
    to.push(0);
}
