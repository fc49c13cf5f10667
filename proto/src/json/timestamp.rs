//! `google.protobuf.Timestamp`: a message on the wire, RFC 3339 in JSON.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use super::scalar::{Encoded, malformed};
use crate::encode::Encoder;
use crate::error::Problem;
use crate::wire::{Wire, WireType};

/// Reads a text.
pub(super) fn encode(text: &str) -> Result<Encoded<'static>, Problem> {
    let expected = "a time as 2024-04-25T01:30:00Z";
    let time: Timestamp = text.parse().map_err(|_| malformed(expected, "another string"))?;
    let (seconds, nanos) = (time.as_second(), time.subsec_nanosecond());
    // The message counts on from the second before, jiff back from the second after.
    let before = i64::from(nanos < 0);
    let nanos = i64::from(nanos) + 1_000_000_000 * before;
    let mut message = Encoder::default();
    for (number, value) in [(1, seconds - before), (2, nanos)] {
        if value != 0 {
            message.varint(number, value.cast_unsigned());
        }
    }
    Ok(Encoded::Bytes(Cow::Owned(message.into_bytes())))
}

/// Writes the message with as many digits as it needs: none, three, six or nine.
pub(super) fn text(mut message: Wire<'_>) -> Result<String, Problem> {
    let no_time = malformed("a google.protobuf.Timestamp", "other bytes");
    let (mut seconds, mut nanos) = (0, 0);
    while !message.is_empty() {
        let key = message.key().map_err(|fault| fault.problem)?;
        let varint = WireType::of(key) == Some(WireType::Varint);
        let value = message.varint().map_err(|fault| fault.problem)?.cast_signed();
        match key >> 3 {
            1 if varint => seconds = value,
            2 if varint => nanos = value,
            _ => return Err(no_time),
        }
    }
    let nanos = i32::try_from(nanos).ok().filter(|nanos| (0..1_000_000_000).contains(nanos));
    let time = nanos.and_then(|nanos| Timestamp::new(seconds, nanos).ok()).ok_or(no_time)?;
    let nanos = nanos.unwrap_or_default();
    let digits = [(1_000_000_000, 0), (1_000_000, 3), (1_000, 6), (1, 9)];
    let digits = digits.into_iter().find(|(unit, _)| nanos % unit == 0);
    let printer = DateTimePrinter::new().precision(digits.map(|(_, digits)| digits));
    Ok(printer.timestamp_to_string(&time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        for time in [
            "1970-01-01T00:00:00Z",
            "2024-04-25T01:30:00Z",
            "2024-04-25T01:30:00.500Z",
            "2024-04-25T01:30:00.000001Z",
            "1969-12-31T23:59:59.999999999Z",
        ] {
            let Ok(Encoded::Bytes(bytes)) = encode(time) else { panic!("{time} is a time") };
            assert_eq!(text(Wire::new(&bytes)), Ok(time.to_owned()));
        }
        assert!(encode("yesterday").is_err());
    }

    #[test]
    fn what_is_no_time_is_refused() {
        // Nanoseconds of more than a second, a year beyond 9999, and another wire type.
        for bytes in
            [&b"\x10\x80\x94\xeb\xdc\x03"[..], b"\x08\x80\x80\xd9\xd9\xf0\xff\x5f", b"\x0a\x00"]
        {
            assert!(text(Wire::new(bytes)).is_err(), "{bytes:?}");
        }
    }
}
