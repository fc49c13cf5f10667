use std::sync::OnceLock;

use headcount_contract::{Header, Library, Reason};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::{Counting, Unreadable};

const DAY: Date = date(2026, 3, 4);

fn counting() -> &'static Counting {
    static COUNTING: OnceLock<Counting> = OnceLock::new();
    COUNTING
        .get_or_init(|| Counting::of(&Library::built_in(), "openfn").expect("it publishes figures"))
}

fn contribution(day: Date) -> Contribution {
    let counting = counting();
    let contract = counting.contract();
    let header = Header {
        report_id: String::new(),
        date: day,
        time_unix_nano: 0,
        reason: Reason::Daily,
        dropped: 0,
    };
    let part = contract.part(&contract.example(), &header).expect("its own example");
    let contribution = counting.contribution(contract.version(), &part).expect("a report");
    Contribution { day, ..contribution }
}

#[test]
fn an_instance_moves_to_its_last_day() {
    let mut cells = Cells::default();
    let first = cells.count(&[7; 32], None, contribution(DAY)).expect("it counts");
    let next = DAY.tomorrow().expect("a day");
    let second = cells.count(&[7; 32], Some(&first), contribution(next)).expect("it counts");
    assert_eq!(second.first, DAY);
    assert_eq!(second.last(), next);
    assert_eq!(second.days, 2);
    assert!(cells.days[&days(DAY)].values().all(|tally| tally.groups.is_empty()));
    assert!(cells.count(&[7; 32], Some(&second), contribution(DAY)).is_none(), "a late one");
    cells.forget(&[7; 32], &second);
    assert!(cells.days[&days(next)].values().all(|tally| tally.groups.is_empty()));
}

#[test]
fn stored_forms_are_read_back() {
    let mut cells = Cells::default();
    let entry = cells.count(&[7; 32], None, contribution(DAY)).expect("it counts");
    assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
    let pieces: Vec<_> = cells.encode_changed();
    assert!(cells.encode_changed().is_empty(), "all was encoded");
    let pieces = pieces.into_iter().map(|(key, bytes)| (key, bytes.expect("nothing is deleted")));
    assert_eq!(Cells::decode(pieces), Ok(cells));
}

#[test]
fn foreign_bytes_are_refused() {
    let refused = Entry::decode(b"something else").expect_err("foreign");
    let expected = "expected an entry of the ledger in its stored form, got other bytes";
    assert_eq!(refused.to_string(), expected);
}

proptest! {
    #[test]
    fn damaged_bytes_do_not_panic(place: prop::sample::Index, bytes: [u8; 3], cut: bool) {
        let mut cells = Cells::default();
        let entry = cells.count(&[7; 32], None, contribution(DAY)).expect("it counts");
        let damage = |mut stored: Vec<u8>| {
            let at = place.index(stored.len());
            for (held, byte) in stored[at..].iter_mut().zip(bytes) {
                *held ^= byte;
            }
            if cut { stored.truncate(at) }
            stored
        };
        let read = Entry::decode(&damage(entry.encode()));
        for (key, stored) in cells.encode_changed() {
            let stored = damage(stored.expect("nothing is deleted"));
            let Ok(mut cells) = Cells::decode([(key, stored)]) else { continue };
            if let Ok(entry) = &read {
                cells.forget(&[7; 32], entry);
                cells.count(&[7; 32], Some(entry), contribution(DAY));
            }
        }
    }

    #[test]
    fn any_bytes_do_not_panic(mut bytes: Vec<u8>) {
        if let Some(version) = bytes.first_mut() { *version = 1 }
        let _: Result<Entry, Unreadable> = Entry::decode(&bytes);
        for key in [stored::HEAD, stored::MONTH, 0] {
            let _: Result<Cells, Unreadable> = Cells::decode([(key, &bytes)]);
        }
        let _: Result<crate::Shown, Unreadable> = crate::Shown::decode(None, [&bytes]);
    }
}
