//! What is taken for OTLP/JSON is read, and what prost decodes comes back the same through JSON.

#![no_main]

#[path = "../../proto/tests/differential/mod.rs"]
mod differential;

use differential::{json_agrees, json_is_read, json_returns, maker};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    json_is_read(bytes);
    json_agrees(bytes);
    json_returns(bytes);
    let request = maker::request(&mut maker::Tape::new(bytes));
    json_agrees(&request);
    json_returns(&request);
});
