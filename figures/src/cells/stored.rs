//! The pieces in which a store keeps the counters.

use std::collections::BTreeMap;

use super::{Cell, CellKey, Cells, Head};
use crate::bytes::{Reader, Unreadable, Writer};
use crate::month::Month;
use crate::tally::Tally;

/// What the counters have in common.
pub(super) const HEAD: CellKey = i64::MIN;
/// The month that is not finished.
pub(super) const MONTH: CellKey = i64::MIN + 1;

impl Cells {
    /// The pieces that changed since the last call, in their stored form; `None` stands for one to delete.
    pub fn encode_changed(&mut self) -> Vec<(CellKey, Option<Vec<u8>>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|key| (key, self.encode(key))).collect()
    }

    fn encode(&self, key: CellKey) -> Option<Vec<u8>> {
        match key {
            HEAD => Some(self.head.encode()),
            MONTH => self.month.as_ref().map(Month::encode),
            day => self.days.get(&day).map(encode),
        }
    }

    /// Reads the pieces that are kept, in any order; none, before anything was counted.
    pub fn decode<B: AsRef<[u8]>>(
        pieces: impl IntoIterator<Item = (CellKey, B)>,
    ) -> Result<Self, Unreadable> {
        let mut cells = Self::default();
        for (key, bytes) in pieces {
            let bytes = bytes.as_ref();
            match key {
                HEAD => cells.head = Head::decode(bytes)?,
                MONTH => cells.month = Some(Month::decode(bytes)?),
                day => drop(cells.days.insert(day, decode(bytes)?)),
            }
        }
        Ok(cells)
    }
}

fn encode(cell: &Cell) -> Vec<u8> {
    let mut to = Writer::new();
    to.len(cell.len());
    for (id, tally) in cell {
        to.fixed(*id);
        tally.write(&mut to);
    }
    to.into_bytes()
}

fn decode(bytes: &[u8]) -> Result<Cell, Unreadable> {
    let mut from = Reader::open(bytes, "the counters of a day")?;
    let mut cell = Cell::new();
    for _ in 0..from.len()? {
        let id = from.fixed()?;
        cell.insert(id, Tally::read(&mut from)?);
    }
    from.finish()?;
    Ok(cell)
}

impl Head {
    fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new();
        for day in [self.frozen, self.kept_from] {
            to.len(day.iter().len());
            if let Some(day) = day {
                to.date(day);
            }
        }
        to.len(self.since.len());
        for (id, day) in &self.since {
            to.fixed(*id);
            to.date(*day);
        }
        to.len(self.layouts.len());
        for (id, definitions) in &self.layouts {
            to.fixed(*id);
            to.len(definitions.len());
            for id in definitions {
                to.fixed(*id);
            }
        }
        to.into_bytes()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut from = Reader::open(bytes, "the head of the counters")?;
        let mut day = || match from.len()? {
            0 => Ok(None),
            _ => from.date().map(Some),
        };
        let (frozen, kept_from) = (day()?, day()?);
        let (mut since, mut layouts) = (BTreeMap::new(), BTreeMap::new());
        for _ in 0..from.len()? {
            let id = from.fixed()?;
            since.insert(id, from.date()?);
        }
        for _ in 0..from.len()? {
            let id = from.fixed()?;
            let ids = (0..from.len()?).map(|_| from.fixed()).collect::<Result<_, _>>()?;
            layouts.insert(id, ids);
        }
        from.finish()?;
        Ok(Self { frozen, kept_from, since, layouts })
    }
}
