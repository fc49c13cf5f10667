//! Makes request bytes from a tape of arbitrary bytes: mostly right, in every way that the wire
//! format allows, and now and then wrong.

use prost::encoding::encode_varint;

/// Arbitrary bytes that decide. At the end of the tape every decision is the first.
pub(crate) struct Tape<'t> {
    rest: &'t [u8],
    /// How many fields may still be made, which keeps merged messages small.
    fields: usize,
}

impl<'t> Tape<'t> {
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self { rest: bytes, fields: 2_000 }
    }

    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        byte
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }
}

/// The types of fields, by how they are written.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Bytes,
    Varint,
    Fixed64,
    Varints,
    Fixed64s,
    Message(&'static Shape),
}

/// A message's fields: a second description beside the crate's own, so that a mistake in one
/// shows.
struct Shape(&'static [(u32, Type)]);

use Type::{Bytes, Fixed64, Fixed64s, Message, Text, Varint, Varints};

static REQUEST: Shape = Shape(&[(1, Message(&RESOURCE_METRICS))]);
static RESOURCE_METRICS: Shape =
    Shape(&[(2, Message(&SCOPE_METRICS)), (1, Message(&RESOURCE)), (3, Text)]);
static RESOURCE: Shape = Shape(&[(1, Message(&KEY_VALUE)), (2, Varint), (3, Message(&ENTITY_REF))]);
static ENTITY_REF: Shape = Shape(&[(1, Text), (2, Text), (3, Text), (4, Text)]);
static SCOPE_METRICS: Shape = Shape(&[(2, Message(&METRIC)), (1, Message(&SCOPE)), (3, Text)]);
static SCOPE: Shape = Shape(&[(1, Text), (2, Text), (3, Message(&KEY_VALUE)), (4, Varint)]);
static METRIC: Shape = Shape(&[
    (5, Message(&GAUGE)),
    (7, Message(&SUM)),
    (9, Message(&HISTOGRAM)),
    (10, Message(&EXPONENTIAL_HISTOGRAM)),
    (11, Message(&SUMMARY)),
    (1, Text),
    (2, Text),
    (3, Text),
    (12, Message(&KEY_VALUE)),
]);
static GAUGE: Shape = Shape(&[(1, Message(&NUMBER_POINT))]);
static SUM: Shape = Shape(&[(1, Message(&NUMBER_POINT)), (2, Varint), (3, Varint)]);
static HISTOGRAM: Shape = Shape(&[(1, Message(&HISTOGRAM_POINT)), (2, Varint)]);
static EXPONENTIAL_HISTOGRAM: Shape = Shape(&[(1, Message(&EXPONENTIAL_POINT)), (2, Varint)]);
static SUMMARY: Shape = Shape(&[(1, Message(&SUMMARY_POINT))]);
static NUMBER_POINT: Shape = Shape(&[
    (7, Message(&KEY_VALUE)),
    (2, Fixed64),
    (3, Fixed64),
    (4, Fixed64),
    (6, Fixed64),
    (5, Message(&EXEMPLAR)),
    (8, Varint),
]);
static HISTOGRAM_POINT: Shape = Shape(&[
    (9, Message(&KEY_VALUE)),
    (2, Fixed64),
    (3, Fixed64),
    (4, Fixed64),
    (5, Fixed64),
    (6, Fixed64s),
    (7, Fixed64s),
    (8, Message(&EXEMPLAR)),
    (10, Varint),
    (11, Fixed64),
    (12, Fixed64),
]);
static EXPONENTIAL_POINT: Shape = Shape(&[
    (1, Message(&KEY_VALUE)),
    (2, Fixed64),
    (3, Fixed64),
    (4, Fixed64),
    (5, Fixed64),
    (6, Varint),
    (7, Fixed64),
    (8, Message(&BUCKETS)),
    (9, Message(&BUCKETS)),
    (10, Varint),
    (11, Message(&EXEMPLAR)),
    (12, Fixed64),
    (13, Fixed64),
    (14, Fixed64),
]);
static BUCKETS: Shape = Shape(&[(1, Varint), (2, Varints)]);
static SUMMARY_POINT: Shape = Shape(&[
    (7, Message(&KEY_VALUE)),
    (2, Fixed64),
    (3, Fixed64),
    (4, Fixed64),
    (5, Fixed64),
    (6, Message(&QUANTILE)),
    (8, Varint),
]);
static QUANTILE: Shape = Shape(&[(1, Fixed64), (2, Fixed64)]);
static EXEMPLAR: Shape = Shape(&[
    (7, Message(&KEY_VALUE)),
    (2, Fixed64),
    (3, Fixed64),
    (4, Bytes),
    (5, Bytes),
    (6, Fixed64),
]);
static KEY_VALUE: Shape = Shape(&[(1, Text), (2, Message(&ANY_VALUE)), (3, Varint)]);
static ANY_VALUE: Shape = Shape(&[
    (1, Text),
    (2, Varint),
    (3, Varint),
    (4, Fixed64),
    (5, Message(&ARRAY)),
    (6, Message(&LIST)),
    (7, Bytes),
    (8, Varint),
]);
static ARRAY: Shape = Shape(&[(1, Message(&ANY_VALUE))]);
static LIST: Shape = Shape(&[(1, Message(&KEY_VALUE))]);

/// Makes a request.
pub(crate) fn request(tape: &mut Tape<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    message(&REQUEST, tape, &mut bytes);
    bytes
}

/// Damages bytes: replaces, inserts, removes, cuts and splices.
pub(crate) fn damage(tape: &mut Tape<'_>, bytes: &mut Vec<u8>) {
    for _ in 0..=tape.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = (tape.below(256) << 8 | tape.below(256)) % bytes.len();
        match tape.below(6) {
            0 => bytes[at] = tape.byte(),
            1 => bytes[at] ^= 1 << tape.below(8),
            2 => bytes.insert(at, tape.byte()),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            _ => {
                let piece = bytes[at..].iter().take(tape.below(40)).copied().collect::<Vec<_>>();
                let to = (tape.below(256) << 8 | tape.below(256)) % bytes.len();
                bytes.splice(to..to, piece);
            }
        }
    }
}

fn message(shape: &Shape, tape: &mut Tape<'_>, bytes: &mut Vec<u8>) {
    let mut last = 0;
    for _ in 0..tape.below(6) {
        if tape.rest.is_empty() || tape.fields == 0 {
            return;
        }
        tape.fields -= 1;
        if tape.once_in(16) {
            unknown(tape, bytes);
            continue;
        }
        // The same field again, now and then, so that messages merge.
        let index = if tape.once_in(4) { last } else { tape.below(shape.0.len()) };
        let (number, kind) = shape.0[index];
        last = index;
        if tape.once_in(200) {
            wrong(number, tape, bytes);
        } else {
            field(number, kind, tape, bytes);
        }
    }
}

fn field(number: u32, kind: Type, tape: &mut Tape<'_>, bytes: &mut Vec<u8>) {
    match kind {
        Text => {
            const TEXTS: [&[u8]; 8] = [
                b"",
                b"a",
                b"service.name",
                "größe".as_bytes(),
                "🦀".as_bytes(),
                b"\0",
                b"x",
                b"y",
            ];
            let text: &[u8] =
                if tape.once_in(100) { b"\xff\xfe" } else { TEXTS[tape.below(TEXTS.len())] };
            delimited(number, text, bytes);
        }
        Bytes => {
            let length = [0, 8, 16, 3][tape.below(4)];
            let value: Vec<u8> = (0..length).map(|_| tape.byte()).collect();
            delimited(number, &value, bytes);
        }
        Varint => {
            key(number, 0, bytes);
            varint(tape, bytes);
        }
        Fixed64 => {
            key(number, 1, bytes);
            fixed64(tape, bytes);
        }
        Varints | Fixed64s if tape.once_in(2) => {
            let single = if matches!(kind, Varints) { Varint } else { Fixed64 };
            field(number, single, tape, bytes);
        }
        Varints | Fixed64s => {
            let mut packed = Vec::new();
            for _ in 0..tape.below(4) {
                if matches!(kind, Varints) {
                    varint(tape, &mut packed);
                } else {
                    fixed64(tape, &mut packed);
                }
            }
            delimited(number, &packed, bytes);
        }
        Message(shape) => {
            let mut inner = Vec::new();
            message(shape, tape, &mut inner);
            delimited(number, &inner, bytes);
        }
    }
}

fn unknown(tape: &mut Tape<'_>, bytes: &mut Vec<u8>) {
    let number = [13, 15, 16, 2_047, 2_048, 536_870_911][tape.below(6)];
    match tape.below(5) {
        0 => field(number, Varint, tape, bytes),
        1 => field(number, Fixed64, tape, bytes),
        2 => field(number, Bytes, tape, bytes),
        3 => {
            key(number, 5, bytes);
            bytes.extend_from_slice(&[tape.byte(), 0, 0, 1]);
        }
        _ => {
            key(number, 3, bytes);
            if tape.once_in(2) {
                unknown(tape, bytes);
            }
            key(if tape.once_in(20) { 14 } else { number }, 4, bytes);
        }
    }
}

/// A known field written as something else, or a key that no field has.
fn wrong(number: u32, tape: &mut Tape<'_>, bytes: &mut Vec<u8>) {
    key(
        [number, 0][usize::from(tape.once_in(4))],
        u32::try_from(tape.below(8)).unwrap_or(0),
        bytes,
    );
    varint(tape, bytes);
}

fn delimited(number: u32, value: &[u8], bytes: &mut Vec<u8>) {
    key(number, 2, bytes);
    encode_varint(value.len() as u64, bytes);
    bytes.extend_from_slice(value);
}

fn key(number: u32, wire_type: u32, bytes: &mut Vec<u8>) {
    encode_varint(u64::from(number << 3 | wire_type), bytes);
}

/// A varint, now and then longer than need be, or too long.
fn varint(tape: &mut Tape<'_>, bytes: &mut Vec<u8>) {
    match tape.below(16) {
        0 => bytes.extend_from_slice(&[0x80, 0x80, 0x00]),
        1 => bytes.extend_from_slice(&[0xff; 9]),
        2 => encode_varint(u64::MAX, bytes),
        3 => encode_varint(1 << 33, bytes),
        _ => encode_varint(u64::from(tape.byte()) << tape.below(40), bytes),
    }
    // After nine full bytes the tenth decides about an overflow.
    if bytes.ends_with(&[0xff; 9]) {
        bytes.push(if tape.once_in(20) { 2 } else { 1 });
    }
}

fn fixed64(tape: &mut Tape<'_>, bytes: &mut Vec<u8>) {
    let value = match tape.below(6) {
        0 => f64::NAN.to_bits(),
        1 => f64::INFINITY.to_bits(),
        2 => u64::MAX,
        3 => (0.1_f64 + f64::from(tape.byte())).to_bits(),
        _ => u64::from(tape.byte()),
    };
    bytes.extend_from_slice(&value.to_le_bytes());
}
