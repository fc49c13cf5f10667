//! What holds for whatever a receiver is sent, for the tests and for the fuzz targets in `fuzz/`.

#![allow(dead_code, reason = "no single user needs all of it")]

pub(crate) mod maker;
#[path = "../all/validator.rs"]
mod validator;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use headcount_contract::{
    Anonymous, Arrived, Contract, Document, Library, Part, Secret, Sorted, sort,
    sort_noting_stripped,
};
use headcount_proto::{Limits, from_json};

/// The contracts that ship, and the schemas of their reports.
pub(crate) static LIBRARY: LazyLock<Library> = LazyLock::new(Library::built_in);
static SCHEMAS: LazyLock<BTreeMap<String, Document>> = LazyLock::new(|| {
    LIBRARY.iter().map(|contract| (contract.label(), contract.json_schema())).collect()
});

/// Panics unless a request is sorted, stored, merged and written as it must be. Says whether some report of it is
/// whole.
pub(crate) fn conversion_holds(bytes: &[u8]) -> bool {
    let (secret, limits) = (Secret::new([9; 32]), Limits::default());
    let Ok(sorted) = sort(&LIBRARY, &secret, bytes, &limits) else { return false };
    let noting = sort_noting_stripped(&LIBRARY, &secret, bytes, &limits).expect("the same bytes");
    assert_eq!(noting.arrived, sorted.arrived, "noting changes nothing");
    every_point_is_counted(&sorted);
    let mut whole = false;
    for Arrived { key, part } in &sorted.arrived {
        let contract = LIBRARY.get(&key.contract, &key.version).expect("of the library");
        assert_eq!((part.date(), part.points() > 0), (key.date, true));
        is_stored(part);
        whole |= is_written(contract, part);
    }
    merges(&sorted.arrived);
    erases(&sorted);
    whole
}

/// The same for a request in OTLP/JSON, such as a line of a file that is imported.
pub(crate) fn json_conversion_holds(text: &[u8]) -> bool {
    from_json(text, &Limits::default()).is_ok_and(|bytes| conversion_holds(&bytes))
}

/// Panics unless what an instance takes back from its disk is what it put there, byte by byte. Says whether it is.
pub(crate) fn restoring_holds(bytes: &[u8]) -> bool {
    let mut restored = false;
    for contract in LIBRARY.iter() {
        if let Ok(anonymous) = Anonymous::restore(contract, bytes) {
            assert_eq!(anonymous.otlp(), bytes, "nothing else leaves");
            assert!(
                conversion_holds(bytes) || anonymous.report().is_err() || anonymous.is_erasure()
            );
            restored = true;
        }
    }
    restored
}

fn every_point_is_counted(sorted: &Sorted) {
    let arrived: u64 = sorted.arrived.iter().map(|arrived| arrived.part.points()).sum();
    let erasures = sorted.erasures.len() as u64;
    assert_eq!(arrived + erasures + sorted.rejected + sorted.duplicate, sorted.sent);
    assert_eq!(sorted.reasons.iter().sum::<u64>(), sorted.rejected, "each has a reason");
    assert_eq!(sorted.first.is_some(), sorted.rejected > 0);
}

fn is_stored(part: &Part) {
    let bytes = part.encode();
    let again = Part::decode(&bytes).expect("what is stored is read");
    assert_eq!(&again, part);
    assert_eq!(again.encode(), bytes);
}

/// Whether the part is a whole report, which has to be as the schema says.
fn is_written(contract: &Contract, part: &Part) -> bool {
    let (draft, incomplete) = contract.draft(part);
    let Ok(report) = contract.report(part) else {
        assert!(incomplete.is_some_and(|incomplete| !incomplete.to_string().is_empty()));
        return false;
    };
    assert_eq!((&draft, incomplete), (&report, None));
    let text = report.to_string();
    assert_eq!(Document::parse(&text).expect("JSON").to_string(), text);
    let faults = validator::faults(&SCHEMAS[&contract.label()], &report);
    assert!(faults.is_empty(), "{faults:?} in {text}");
    true
}

/// Parts of reports of one day merge in any order, any number of times.
fn merges(arrived: &[Arrived]) {
    for (index, Arrived { key, part }) in arrived.iter().enumerate().take(4) {
        assert_eq!(merged(part, part), *part);
        for other in arrived.iter().skip(index + 1).take(4) {
            let same = (&key.contract, &key.version, key.date)
                == (&other.key.contract, &other.key.version, other.key.date);
            if !same {
                continue;
            }
            let (one, two) = (merged(part, &other.part), merged(&other.part, part));
            assert_eq!(one, two, "the order does not show");
            assert_eq!(merged(&one, part), one, "neither does repetition");
            is_stored(&one);
            is_written(LIBRARY.get(&key.contract, &key.version).expect("of the library"), &one);
        }
    }
}

fn merged(one: &Part, other: &Part) -> Part {
    let mut both = one.clone();
    let merged = both.merge(other.clone());
    assert_eq!(merged.added + merged.duplicate + merged.refused, other.points());
    both
}

/// An erasure takes points, and counts them; the same once more takes none.
fn erases(sorted: &Sorted) {
    for (erasure, arrived) in sorted.erasures.iter().zip(&sorted.arrived) {
        let mut part = arrived.part.clone();
        let gone = part.erase(&erasure.cutoff);
        assert_eq!(gone + part.points(), arrived.part.points());
        assert_eq!(part.erase(&erasure.cutoff), 0);
    }
}
