//! The lines of files that are imported: each a request in OTLP/JSON, all the way to reports.

#![no_main]

#[path = "../../contract/tests/conversion/mod.rs"]
mod conversion;

use conversion::json_conversion_holds;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for line in bytes.split(|&byte| byte == b'\n') {
        json_conversion_holds(line);
    }
});
