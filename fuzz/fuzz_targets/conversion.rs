//! From a request to parts of reports, to the store and back, to reports: as it is, and as the tape that a request
//! is made from.

#![no_main]

#[path = "../../contract/tests/conversion/mod.rs"]
mod conversion;

use conversion::{LIBRARY, conversion_holds, maker, restoring_holds};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    conversion_holds(bytes);
    restoring_holds(bytes);
    conversion_holds(&maker::request(&LIBRARY, &mut maker::Tape::new(bytes)));
});
