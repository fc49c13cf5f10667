//! The walk and prost accept the same bytes and say the same about them.

mod differential;

use differential::{json_agrees, json_is_read, json_returns, maker, read_agrees};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost::encoding::encode_varint;

/// Runs `agrees` over arbitrary tapes. Says how often it was true.
fn times(cases: u32, agrees: impl Fn(&[u8]) -> bool) -> usize {
    let accepted = std::cell::Cell::new(0);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&vec(any::<u8>(), 0..2_000), |tape| {
        accepted.set(accepted.get() + usize::from(agrees(&tape)));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    accepted.get()
}

#[test]
fn about_requests_of_every_shape() {
    let accepted = times(3_000, |tape| read_agrees(&maker::request(&mut maker::Tape::new(tape))));
    assert!(accepted > 1_000, "only {accepted} requests were right");
}

#[test]
fn about_damaged_requests() {
    let accepted = times(5_000, |tape| {
        let mut tape = maker::Tape::new(tape);
        let mut bytes = maker::request(&mut tape);
        maker::damage(&mut tape, &mut bytes);
        read_agrees(&bytes)
    });
    assert!(accepted > 100, "only {accepted} requests were right");
}

#[test]
fn about_every_beginning_of_a_request() {
    times(30, |tape| {
        let bytes = maker::request(&mut maker::Tape::new(tape));
        (0..=bytes.len()).all(|end| read_agrees(&bytes[..end]))
    });
}

#[test]
fn about_the_json_text_of_requests() {
    let accepted = times(1_500, |tape| json_agrees(&maker::request(&mut maker::Tape::new(tape))));
    assert!(accepted > 300, "only {accepted} requests were right");
}

#[test]
fn about_requests_that_go_there_and_back_as_json() {
    let written = times(1_500, |tape| json_returns(&maker::request(&mut maker::Tape::new(tape))));
    assert!(written > 300, "only {written} requests were right");
}

#[test]
fn about_damaged_requests_that_go_there_and_back_as_json() {
    let written = times(3_000, |tape| {
        let mut tape = maker::Tape::new(tape);
        let mut bytes = maker::request(&mut tape);
        maker::damage(&mut tape, &mut bytes);
        json_returns(&bytes)
    });
    assert!(written > 60, "only {written} requests were right");
}

#[test]
fn about_damaged_json() {
    let accepted = times(2_000, |tape| {
        let mut tape = maker::Tape::new(tape);
        let bytes = maker::request(&mut tape);
        let Ok(request) = prost::Message::decode(&*bytes) else {
            return false;
        };
        let mut text = differential::json_text::of(&request).to_string().into_bytes();
        maker::damage(&mut tape, &mut text);
        json_is_read(&text)
    });
    assert!(accepted > 30, "only {accepted} texts were right");
}

/// A message's bytes in so many length-delimited fields, one around the other.
fn wrap(numbers: &[u64], mut bytes: Vec<u8>) -> Vec<u8> {
    for number in numbers.iter().rev() {
        let mut outer = Vec::new();
        encode_varint(number << 3 | 2, &mut outer);
        encode_varint(bytes.len() as u64, &mut outer);
        outer.append(&mut bytes);
        bytes = outer;
    }
    bytes
}

/// A resource attribute's value, a gauge's point's, an exemplar's.
const VALUES: [&[u64]; 3] = [&[1, 1, 1, 2], &[1, 2, 2, 5, 1, 7, 2], &[1, 2, 2, 9, 1, 8, 7, 2]];

/// Pieces of a metric's data: points, what a sum says about itself, and other kinds that come between.
#[test]
fn about_sums_that_say_late_or_in_pieces_what_they_are() {
    const PIECES: [&[u8]; 9] = [
        b"",
        b"\x0a\x00",
        b"\x0a\x00\x10\x02",
        b"\x10\x01\x0a\x00\x18\x01\x10\x02",
        b"\x18\x00\x18\x81\x00",
        b"\x10\x82\x80\x80\x80\x10", // 2 and a bit beyond 32
        b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x7b\x10\x01\x7c\x0a\x00", // a group
        b"\x12\x02\x10\x01",         // of another wire type
    ];
    let mut accepted = 0;
    for one in PIECES {
        for two in PIECES {
            for kinds in [[7, 7, 7], [7, 5, 7], [5, 7, 7], [7, 7, 9]] {
                let pieces = kinds.into_iter().zip([one, two, PIECES[1]]);
                let metric = pieces.flat_map(|(kind, piece)| wrap(&[kind], piece.to_vec()));
                let request = wrap(&[1, 2, 2], metric.collect());
                accepted += usize::from(read_agrees(&request));
            }
        }
    }
    assert!(accepted > 100, "only {accepted} requests were right");
}

#[test]
fn about_how_deep_values_may_nest() {
    for start in VALUES {
        for levels in 1..60 {
            for level in [&[5, 1][..], &[6, 1, 2]] {
                let mut numbers = start.to_vec();
                numbers.extend(level.iter().copied().cycle().take(levels * level.len()));
                for inner in [&b""[..], b"\x0a\x01x", b"\x78\x00", b"\x7b\x7c", b"\x7b\x08\x00\x7c"]
                {
                    read_agrees(&wrap(&numbers, inner.to_vec()));
                }
            }
        }
    }
}

#[test]
fn about_how_deep_groups_may_nest() {
    let mut accepted = 0;
    for start in VALUES {
        for depth in 80..110 {
            let mut bytes = vec![0x7b; depth];
            bytes.extend(std::iter::repeat_n(0x7c, depth));
            accepted += usize::from(read_agrees(&wrap(start, bytes)));
        }
    }
    assert!((1..90).contains(&accepted), "the limit is somewhere between");
}
