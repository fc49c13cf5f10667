//! Whatever is sent: no panic, every point counted, parts that merge in any order, and reports that are as their
//! schemas say.

mod conversion;

use std::cell::Cell;
use std::fs;
use std::path::Path;

use conversion::{LIBRARY, conversion_holds, json_conversion_holds, maker, restoring_holds};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Runs `holds` over arbitrary tapes. Says how often it was true.
fn times(cases: u32, holds: impl Fn(&[u8]) -> bool) -> usize {
    let held = Cell::new(0);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&vec(any::<u8>(), 0..600), |tape| {
        held.set(held.get() + usize::from(holds(&tape)));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    held.get()
}

#[test]
fn for_requests_such_as_the_contracts_ask_for() {
    let whole = times(2_000, |tape| {
        conversion_holds(&maker::request(&LIBRARY, &mut maker::Tape::new(tape)))
    });
    assert!(whole > 50, "only {whole} requests had a whole report");
}

#[test]
fn for_every_seed_of_the_fuzz_targets() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let (mut whole, mut lines, mut restored) = (0, 0, 0);
    for folder in fs::read_dir(seeds).expect("the folder of seeds") {
        for seed in fs::read_dir(folder.expect("a folder").path()).expect("its seeds") {
            let bytes = fs::read(seed.expect("a file").path()).expect("a seed");
            whole += usize::from(conversion_holds(&bytes));
            restored += usize::from(restoring_holds(&bytes));
            let mut parts = bytes.split(|&byte| byte == b'\n');
            lines += usize::from(parts.any(json_conversion_holds));
            conversion_holds(&maker::request(&LIBRARY, &mut maker::Tape::new(&bytes)));
        }
    }
    assert!(whole >= 8, "one for each contract: {whole}");
    assert!(lines >= 8, "one for each contract: {lines}");
    assert!(restored >= 8, "one for each contract: {restored}");
}
