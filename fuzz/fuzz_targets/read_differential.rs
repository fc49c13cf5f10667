//! The walk and prost agree about any bytes: as they are, and as the tape that a request is made
//! from.

#![no_main]

#[path = "../../proto/tests/differential/mod.rs"]
mod differential;

use differential::{maker, read_agrees};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    read_agrees(bytes);
    let mut tape = maker::Tape::new(bytes);
    let mut request = maker::request(&mut tape);
    read_agrees(&request);
    maker::damage(&mut tape, &mut request);
    read_agrees(&request);
});
