//! What is asked about instances, in JSON and protobuf, and what is answered.

#![no_main]

#[path = "../../proto/tests/questions/mod.rs"]
mod questions;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    questions::question_is_read(bytes);
});
