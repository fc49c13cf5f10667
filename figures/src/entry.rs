//! What the ledger keeps of an instance.

use jiff::civil::Date;

use crate::bytes::{Reader, Unreadable, Writer};
use crate::contribution::Told;
use crate::days::{date, days};

/// What the ledger keeps of an instance: when it reported, and what it contributes, so that this can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The first day of which a report was counted.
    pub(crate) first: Date,
    /// The last such day.
    pub(crate) last: Date,
    /// On how many days of that day's month it reported.
    pub(crate) days: u32,
    /// The place of the contract's version of the last report.
    pub(crate) rank: u32,
    /// What `told` speaks of.
    pub(crate) layout: u64,
    pub(crate) told: Vec<Told>,
}

const ENTRY: &str = "an entry of the ledger";

impl Entry {
    /// The last day of which a report was counted.
    pub fn last(&self) -> Date {
        self.last
    }

    /// The stored form; equal entries give equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new();
        to.date(self.last);
        to.signed(days(self.last) - days(self.first));
        to.number(self.days);
        to.number(self.rank);
        to.fixed(self.layout);
        to.len(self.told.len());
        self.told.iter().for_each(|told| told.write(&mut to));
        to.into_bytes()
    }

    /// Reads the stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut from = Reader::open(bytes, ENTRY)?;
        let last = from.date()?;
        let age: i64 = from.signed()?;
        let first = days(last).checked_sub(age).and_then(date).ok_or(Unreadable(ENTRY))?;
        let (days, rank, layout) = (from.number()?, from.number()?, from.fixed()?);
        let told = (0..from.len()?).map(|_| Told::read(&mut from)).collect::<Result<_, _>>()?;
        from.finish()?;
        Ok(Self { first, last, days, rank, layout, told })
    }
}
