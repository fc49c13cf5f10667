//! Stores that hold many reports already.

use std::path::Path;

use headcount_contract::{Library, Part, Secret, sort};
use headcount_proto::Limits;
use headcount_receiver::{InstanceKey, Location, Stored, StoredKey};

use crate::reports::{Size, Template};

/// Reports of one transaction.
const GROUP: usize = 10_000;
/// How often the index is walked through from its begin to its end. Reports of instances in any order would
/// touch every page for each group; in one pass they would leave every page full.
const PASSES: u64 = 8;

/// Makes a database with so many small reports, through the store's own way in.
pub(crate) fn fill(path: &Path, rows: u64) {
    let (key, part) = report();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a process can have a runtime");
    let (store, _keys) = Location::Sqlite(path.to_owned()).open().expect("a store");
    let places: Vec<u64> = (0..PASSES).flat_map(|pass| (pass..rows).step_by(8)).collect();
    for (done, group) in places.chunks(GROUP).enumerate() {
        let stored = group.iter().map(|&place| {
            let key = StoredKey { instance: instance(place, rows), ..key.clone() };
            Stored::new(key, part.clone())
        });
        runtime.block_on(store.put(stored.collect())).expect("it can be stored");
        if done % 10 == 9 {
            eprintln!("  {} of {rows} rows", (done + 1) * GROUP);
        }
    }
    runtime.block_on(store.close());
}

/// The key of the instance at this place in the order of all, evenly apart as hashes are.
fn instance(place: u64, rows: u64) -> InstanceKey {
    let distance = u64::MAX / rows;
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(place * distance).to_be_bytes());
    InstanceKey::new(bytes)
}

/// A report as the receiver makes it of what it receives.
fn report() -> (StoredKey, Part) {
    let framed = Template::new(Size::Small).of(0);
    let secret = Secret::new([0; 32]);
    let sorted = sort(&Library::built_in(), &secret, &framed[5..], &Limits::default());
    let arrived = sorted.expect("a request of ours").arrived.swap_remove(0);
    let (contract, version) = (arrived.key.contract, arrived.key.version);
    let instance = InstanceKey::new([0; 32]);
    (StoredKey { contract, version, date: arrived.key.date, instance }, arrived.part)
}
