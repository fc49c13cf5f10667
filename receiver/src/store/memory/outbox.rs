//! What waits to be forwarded, in memory.

use std::collections::VecDeque;

use headcount_contract::{Cutoff, Part};
use jiff::civil::Date;

use crate::store::sweep::Keep;
use crate::store::{InstanceKey, Outbox, Outgoing, PAGE_BYTES, StoredKey};

/// What waits, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Waits {
    parts: VecDeque<Waiting>,
    bytes: u64,
    displaced: u64,
    /// Bytes that may wait; none, nothing is forwarded.
    most: u64,
    last: u64,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    key: StoredKey,
    part: Part,
    bytes: u64,
}

impl Waits {
    /// Whether anything is to be forwarded.
    pub(super) fn is_wanted(&self) -> bool {
        self.most > 0
    }

    /// Adds a part behind all others.
    pub(super) fn add(&mut self, key: StoredKey, part: Part) {
        let bytes = part.stored().len() as u64;
        self.last += 1;
        self.bytes += bytes;
        self.parts.push_back(Waiting { id: self.last, key, part, bytes });
        self.trim();
    }

    /// Lets at most so many bytes wait from now on.
    pub(super) fn fit(&mut self, most: u64) {
        self.most = most;
        self.trim();
    }

    fn trim(&mut self) {
        while self.bytes > self.most
            && let Some(oldest) = self.parts.pop_front()
        {
            self.bytes -= oldest.bytes;
            self.displaced += 1;
        }
    }

    /// The oldest: at most so many parts, and no more than a mebibyte and one part.
    pub(super) fn oldest(&self, most: usize) -> Vec<Outgoing> {
        let mut held = 0;
        let room = self.parts.iter().take(most).take_while(|waiting| {
            let room = held < PAGE_BYTES as u64;
            held += waiting.bytes;
            room
        });
        let outgoing = |Waiting { id, key, part, .. }: &Waiting| {
            let (key, part) = (key.clone(), Ok(part.clone()));
            Outgoing { id: *id, key, part }
        };
        room.map(outgoing).collect()
    }

    pub(super) fn remove(&mut self, ids: &[u64]) {
        self.retain(|waiting| !ids.contains(&waiting.id));
    }

    /// Takes away what an erasure reaches.
    pub(super) fn erase(&mut self, instance: &InstanceKey, cutoff: &Cutoff) {
        self.retain(|waiting| {
            if waiting.key.instance == *instance && waiting.part.erase(cutoff) > 0 {
                waiting.bytes = waiting.part.stored().len() as u64;
            }
            waiting.part.points() > 0
        });
    }

    /// Takes away parts of reports that are kept no longer, and says how many those were.
    pub(super) fn expire(&mut self, Keep { contract, version, .. }: &Keep, first: Date) -> u64 {
        let held = self.parts.len();
        self.retain(|Waiting { key, .. }| {
            key.contract != *contract || key.version != *version || key.date >= first
        });
        (held - self.parts.len()) as u64
    }

    fn retain(&mut self, mut stays: impl FnMut(&mut Waiting) -> bool) {
        self.parts.retain_mut(|waiting| stays(waiting));
        self.bytes = self.parts.iter().map(|waiting| waiting.bytes).sum();
    }

    pub(super) fn outbox(&self) -> Outbox {
        let Self { bytes, displaced, .. } = *self;
        Outbox { parts: self.parts.len() as u64, bytes, displaced }
    }
}
