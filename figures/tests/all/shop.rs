//! An application whose reports are counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use headcount_contract::{Contract, Document, Header, Library, Part, Reason};
use headcount_figures::{Counting, Entry, FrozenDay, Number, Snapshot, Value};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde_json::{Value as Json, json};

use crate::kept::Kept;

/// The first day of which there are reports: of a month with 30 days.
pub(crate) const FIRST: Date = date(2026, 4, 1);

/// The day so many days after the first.
pub(crate) fn day(number: i64) -> Date {
    FIRST.checked_add(number.days()).expect("a day of this century")
}

/// The first version of the application's contract, or the second, which knows the number of people too.
pub(crate) fn contract(version: u32, min_count: u32, figures: &str) -> Contract {
    let people = "  people: { $gauge: shop.people, brief: People, optional: omit }\n";
    let people = if version == 1 { "" } else { people };
    let text = format!(
        r"contract: shop
version: '{version}'
brief: A shop.
identity: stable
consent: {{ default: opt_in }}
report:
  id: {{ $id: service.instance.id, hash: none, optional: omit }}
  release: {{ $attribute: service.version, brief: The release, optional: omit }}
  system: {{ $attribute: os.type, optional: omit }}
  orders: {{ $gauge: shop.orders, brief: Orders, type: double, optional: omit }}
{people}publish:
  min_count: {min_count}
  figures:
{figures}
"
    );
    Contract::parse("shop.yaml", &text).expect("a contract")
}

/// What an instance reports.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) release: Option<String>,
    pub(crate) system: Option<String>,
    pub(crate) orders: Option<f64>,
}

/// An application, with all that a store keeps of it, as it keeps it.
pub(crate) struct Shop {
    pub(crate) counting: Counting,
    contracts: Vec<Arc<Contract>>,
    pub(crate) kept: Kept,
    pub(crate) ledger: BTreeMap<u32, Vec<u8>>,
    pub(crate) snapshot: Snapshot,
}

pub(crate) fn key(instance: u32) -> [u8; 32] {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&instance.to_le_bytes());
    key
}

impl Shop {
    /// One with both versions of its contract, of which the second says what is published.
    pub(crate) fn new(min_count: u32, figures: &str) -> Self {
        let mut library = Library::empty();
        let contracts = [1, 2].map(|version| contract(version, min_count, figures));
        let contracts = contracts.map(|contract| library.add(contract).expect("a new one"));
        let counting = Counting::of(&library, "shop").expect("it publishes figures");
        Self {
            counting,
            contracts: contracts.into(),
            kept: Kept::default(),
            ledger: BTreeMap::new(),
            snapshot: Snapshot::default(),
        }
    }

    /// Publishes other figures from now on.
    pub(crate) fn publish(&mut self, min_count: u32, figures: &str) {
        let other = Self::new(min_count, figures);
        (self.counting, self.contracts) = (other.counting, other.contracts);
    }

    fn part(&self, version: u32, day: Date, report: &Report) -> Part {
        let header = Header {
            report_id: String::new(),
            date: day,
            time_unix_nano: 0,
            reason: Reason::Daily,
            dropped: 0,
        };
        let told = [
            ("release", report.release.clone().map(Json::from)),
            ("system", report.system.clone().map(Json::from)),
            ("orders", report.orders.map(|orders| json!(orders))),
        ];
        let told = told.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        let document = Json::Object(told.collect()).to_string();
        let document = Document::parse(&document).expect("a document");
        let contract = &self.contracts[version as usize - 1];
        contract.part(&document, &header).expect("a report of this contract")
    }

    /// Counts a report; whether it changed anything.
    pub(crate) fn report(
        &mut self,
        instance: u32,
        version: u32,
        day: Date,
        report: &Report,
    ) -> bool {
        let part = self.part(version, day, report);
        let contribution = self.counting.contribution(&version.to_string(), &part);
        let contribution = contribution.expect("a report adds something");
        let held = self.ledger.get(&instance).map(|held| Entry::decode(held).expect("an entry"));
        let entry = self.kept.cells.count(&key(instance), held.as_ref(), contribution);
        entry.is_some_and(|entry| {
            self.ledger.insert(instance, entry.encode()) != Some(entry.encode())
        })
    }

    /// Counts a report of version 2 that tells a release.
    pub(crate) fn runs(&mut self, instance: u32, day: Date, release: &str) {
        let report = Report { release: Some(release.to_owned()), ..Report::default() };
        self.report(instance, 2, day, &report);
    }

    pub(crate) fn erase(&mut self, instance: u32) {
        if let Some(held) = self.ledger.remove(&instance) {
            self.kept.cells.forget(&key(instance), &Entry::decode(&held).expect("an entry"));
        }
    }

    /// Keeps everything, forgets it, and reads it again.
    pub(crate) fn restart(&mut self) {
        self.kept.restart();
    }

    pub(crate) fn freeze(&mut self, day: Date) -> &FrozenDay {
        let frozen = self.kept.freeze(&self.counting, day);
        self.snapshot.days.push(frozen);
        self.snapshot.newest().expect("it was just frozen")
    }

    /// The newest number of a figure.
    pub(crate) fn number(&self, figure: &str) -> &Number {
        self.snapshot.number(figure).expect("a figure of the contract")
    }

    pub(crate) fn value(&self, figure: &str) -> &Value {
        &self.number(figure).value
    }
}
