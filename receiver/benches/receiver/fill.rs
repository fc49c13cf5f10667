//! Stores that hold many reports already.

use std::path::Path;
use std::sync::Arc;

use headcount_contract::{Library, Part, Secret, sort};
use headcount_proto::Limits;
use headcount_receiver::{InstanceKey, Location, Store, Stored, StoredKey};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use tokio::runtime::Runtime;

use crate::reports::{Size, Template, running};

/// Reports of one transaction.
const GROUP: usize = 10_000;
/// How often the index is walked through from its begin to its end. Reports of instances in any order would
/// touch every page for each group; in one pass they would leave every page full.
const PASSES: u64 = 8;
/// Releases that the counted instances run.
const RELEASES: usize = 20;

/// Makes a database with so many small reports, through the store's own way in.
pub(crate) fn fill(path: &Path, rows: u64) {
    let (runtime, store) = open(path);
    runtime.block_on(put(&*store, rows, &[report(&Template::new(Size::Small).of(0))]));
    runtime.block_on(store.close());
}

/// The application that is counted, of which a million instances are not many.
pub(crate) const APPLICATION: &str = "manyfold";

/// Makes a database with the small reports of so many instances for the days that were closed last. Its clock is
/// believed already.
pub(crate) fn fill_days(path: &Path, instances: u64, count: usize) {
    let (runtime, store) = open(path);
    let (now, today) = (Timestamp::now(), Timestamp::now().to_zoned(TimeZone::UTC).date());
    for before in [24.hours(), 0.hours()] {
        let swept = runtime.block_on(store.sweep(now - before, Vec::new()));
        swept.expect("a database that works");
    }
    for back in (2..2 + count).rev() {
        let day = today - i64::try_from(back).expect("a few days").days();
        let releases = (0..RELEASES).map(|release| report(&running(release, day)));
        runtime.block_on(put(&*store, instances, &releases.collect::<Vec<_>>()));
    }
    runtime.block_on(store.close());
}

fn open(path: &Path) -> (Runtime, Arc<dyn Store>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (store, _keys) = Location::Sqlite(path.to_owned()).open().expect("a store");
    (runtime.expect("a process can have a runtime"), store)
}

/// Puts as many of these reports as there are to be rows, one after the other, each for an instance of its own.
async fn put(store: &dyn Store, rows: u64, reports: &[(StoredKey, Part)]) {
    let places: Vec<u64> = (0..PASSES).flat_map(|pass| (pass..rows).step_by(8)).collect();
    for (done, group) in places.chunks(GROUP).enumerate() {
        let stored = group.iter().zip(reports.iter().cycle()).map(|(&place, (key, part))| {
            let key = StoredKey { instance: instance(place, rows), ..key.clone() };
            Stored::new(key, part.clone())
        });
        store.put(stored.collect()).await.expect("it can be stored");
        if done % 10 == 9 {
            eprintln!("  {} of {rows} rows", (done + 1) * GROUP);
        }
    }
}

/// The key of the instance at this place in the order of all, evenly apart as hashes are.
fn instance(place: u64, rows: u64) -> InstanceKey {
    let distance = u64::MAX / rows;
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(place * distance).to_be_bytes());
    InstanceKey::new(bytes)
}

/// A report as the receiver makes it of what it receives.
fn report(framed: &[u8]) -> (StoredKey, Part) {
    let secret = Secret::new([0; 32]);
    let sorted = sort(&Library::built_in(), &secret, &framed[5..], &Limits::default());
    let arrived = sorted.expect("a request of ours").arrived.swap_remove(0);
    let (contract, version) = (arrived.key.contract, arrived.key.version);
    let instance = InstanceKey::new([0; 32]);
    (StoredKey { contract, version, date: arrived.key.date, instance }, arrived.part)
}
