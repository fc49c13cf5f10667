//! Whatever is asked about instances is read strictly, comes back the same, and is not repeated in an error.

mod questions;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use questions::question_is_read;

#[test]
fn every_seed() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/questions");
    let mut read = 0;
    for seed in fs::read_dir(seeds).expect("the folder of seeds") {
        let bytes = fs::read(seed.expect("a file").path()).expect("a seed");
        read += usize::from(question_is_read(&bytes));
    }
    assert!(read >= 5, "only {read} seeds were read");
}

proptest! {
    #[test]
    fn any_id_and_token(contract in ".*", id in ".*", token in ".*", size in any::<i32>()) {
        let text = serde_json::json!({
            "instance": { "contract": contract, "raw": id },
            "pageSize": size,
            "pageToken": token,
        });
        prop_assert!(question_is_read(text.to_string().as_bytes()));
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        question_is_read(&bytes);
    }
}
