//! Lets the crate count and freeze a world, as a store does.

use std::collections::BTreeMap;
use std::sync::Arc;

use headcount_contract::{Contract, Document, Header, Library, Part, Reason};
use headcount_figures::{Counting, Entry, FrozenDay};
use jiff::civil::Date;

use crate::attacker::{Instance, Values};
use crate::kept::Kept;
use crate::world::Midnight;

/// What is known of a world between two midnights.
#[derive(Default)]
pub(crate) struct Freezing {
    kept: Kept,
    entries: BTreeMap<Instance, Entry>,
}

impl Freezing {
    /// Counts what came, and freezes the day.
    pub(crate) fn turn(&mut self, contracts: &[Arc<Contract>], midnight: &Midnight) -> FrozenDay {
        for instance in &midnight.erased {
            if let Some(entry) = self.entries.remove(instance) {
                self.kept.cells.forget(&key(*instance), &entry);
            }
        }
        let counting = counting(contracts);
        for (version, instance, values) in &midnight.reports {
            let contract = &contracts[*version];
            let part = part(contract, *instance, midnight.day, values);
            let contribution = counting.contribution(contract.version(), &part);
            let contribution = contribution.expect("a report of a version that is known");
            let held = self.entries.get(instance);
            if let Some(entry) = self.kept.cells.count(&key(*instance), held, contribution) {
                self.entries.insert(*instance, entry);
            }
        }
        let frozen = self.kept.freeze(&counting, midnight.day);
        self.kept.restart();
        frozen
    }
}

fn counting(contracts: &[Arc<Contract>]) -> Counting {
    let mut library = Library::empty();
    for contract in contracts {
        library.add((**contract).clone()).expect("each version once");
    }
    Counting::of(&library, "colony").expect("it publishes figures")
}

/// A key as a store derives it, but readable.
fn key(instance: Instance) -> [u8; 32] {
    let mut key = [7; 32];
    key[..4].copy_from_slice(&instance.to_be_bytes());
    key
}

fn part(contract: &Contract, instance: Instance, day: Date, values: &Values) -> Part {
    let id = Document::Text(format!("00000000-0000-4000-8000-{instance:012}"));
    let texts = values.texts.iter().map(|(&path, text)| (path, Document::Text(text.clone())));
    let numbers = values.numbers.iter().map(|(&path, number)| (path, Document::Int(*number)));
    let members = [("id", id)].into_iter().chain(texts).chain(numbers);
    let report = Document::Object(members.map(|(key, it)| (key.to_owned(), it)).collect());
    let header = Header {
        report_id: Header::report_id_at(0, 0, [0; 8]),
        date: day,
        time_unix_nano: 0,
        reason: Reason::Daily,
        dropped: 0,
    };
    contract.part(&report, &header).expect("a report of the contract")
}
