//! What a store keeps of an application's figures.

use std::collections::BTreeMap;

use headcount_figures::{CellKey, Cells, Counting, FrozenDay, Shown};
use jiff::ToSpan as _;
use jiff::civil::Date;

/// The counters and what was shown of them, and both as they lie in a store.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) cells: Cells,
    shown: Shown,
    pieces: BTreeMap<CellKey, Vec<u8>>,
    states: Vec<Vec<u8>>,
}

impl Kept {
    /// Freezes a day, on the second day after it.
    pub(crate) fn freeze(&mut self, counting: &Counting, day: Date) -> FrozenDay {
        let frozen = self.cells.freeze(counting, day, day + 2.days(), &mut self.shown);
        self.states.push(self.shown.encode_newest());
        frozen
    }

    /// Keeps everything, forgets it, and reads it again.
    pub(crate) fn restart(&mut self) {
        for (key, bytes) in self.cells.encode_changed() {
            match bytes {
                Some(bytes) => drop(self.pieces.insert(key, bytes)),
                None => drop(self.pieces.remove(&key)),
            }
        }
        let pieces = self.pieces.iter().map(|(key, bytes)| (*key, bytes));
        let read = Cells::decode(pieces).expect("counters");
        assert_eq!(read, self.cells);
        self.cells = read;
        let newest = self.shown.newest().cloned();
        self.shown = Shown::decode(newest, &self.states).expect("states");
    }
}
