//! A disk that forgets what was not flushed, and the recordings that it is made from.

mod recording;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

pub use recording::{CALLS, Event, File, Recording};

use crate::random::Random;

/// What may be torn: a sector, and what disks and file systems mostly write at once.
const PIECES: [usize; 2] = [512, 4096];

/// A folder on a disk while events happen to it.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: HashMap<File, Content>,
    /// The names that are on the disk, and changes that may be.
    names: BTreeMap<String, File>,
    renamed: Vec<(usize, String, Option<File>)>,
    gives_up: bool,
}

/// What of a file is on the disk, and changes that may be: each with its place among the events.
#[derive(Clone, Debug, Default)]
struct Content {
    kept: Vec<u8>,
    changed: Vec<(usize, Change)>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

/// What a power cut leaves of changes that were not flushed.
#[derive(Clone, Debug)]
pub enum Cut {
    /// Nothing.
    Forgets,
    /// All, as after a crash of the program alone.
    Keeps,
    /// Any of them, whatever their order, and of each any pieces.
    Tears(Random),
}

impl Disk {
    /// A disk that never writes what it failed to flush once, though it says so only once: as Linux does
    /// (<https://lwn.net/Articles/752063/>).
    pub fn giving_up() -> Self {
        Self { gives_up: true, ..Self::default() }
    }

    /// Has an event happen, whose place among the events is given.
    pub fn take(&mut self, place: usize, event: &Event) {
        let mut change = |file: &File, change| {
            self.files.entry(*file).or_default().changed.push((place, change));
        };
        match event {
            Event::Write(file, at, bytes) => change(file, Change::Write(*at, bytes.clone())),
            Event::Length(file, length) => change(file, Change::Length(*length)),
            Event::Name(name, file) => self.renamed.push((place, name.clone(), Some(*file))),
            Event::NoName(name) => self.renamed.push((place, name.clone(), None)),
            Event::Flushed(file, before) => self.files.entry(*file).or_default().flush(*before),
            Event::NotFlushed(file, before) if self.gives_up => {
                let lost = |place: usize, change: &Change| {
                    place < *before && matches!(change, Change::Write(..))
                };
                let content = self.files.entry(*file).or_default();
                content.changed.retain(|(place, change)| !lost(*place, change));
            }
            Event::NamesFlushed(before) => {
                let behind = self.renamed.iter().position(|(place, ..)| place >= before);
                for (_, name, file) in self.renamed.drain(..behind.unwrap_or(self.renamed.len())) {
                    rename(&mut self.names, name, file);
                }
            }
            Event::NotFlushed(..) | Event::Request(_) | Event::Answer(_) => {}
        }
    }

    /// Writes the files as they are found when the power is back.
    pub fn cut(&self, mut cut: Cut, folder: &Path) -> std::io::Result<()> {
        let mut names = self.names.clone();
        for (_, name, file) in &self.renamed {
            if cut.leaves() {
                rename(&mut names, name.clone(), *file);
            }
        }
        for (name, file) in names {
            let content = self.files.get(&file).map(|content| content.cut(&mut cut));
            fs::write(folder.join(name), content.unwrap_or_default())?;
        }
        Ok(())
    }
}

fn rename(names: &mut BTreeMap<String, File>, name: String, file: Option<File>) {
    match file {
        Some(file) => drop(names.insert(name, file)),
        None => drop(names.remove(&name)),
    }
}

impl Content {
    fn flush(&mut self, before: usize) {
        let behind = self.changed.iter().position(|(place, _)| *place >= before);
        for (_, change) in self.changed.drain(..behind.unwrap_or(self.changed.len())) {
            change.apply(&mut self.kept, |_| true);
        }
    }

    fn cut(&self, cut: &mut Cut) -> Vec<u8> {
        let mut kept = self.kept.clone();
        for (_, change) in &self.changed {
            if cut.leaves() {
                let size = cut.piece();
                let whole = cut.leaves();
                let mut left = HashMap::new();
                change.apply(&mut kept, |at| {
                    whole || *left.entry(at / size).or_insert_with(|| cut.leaves())
                });
            }
        }
        kept
    }
}

impl Change {
    /// `leaves` says of a place in the file whether what is written there is left.
    fn apply(&self, kept: &mut Vec<u8>, mut leaves: impl FnMut(usize) -> bool) {
        let index = |place: u64| usize::try_from(place).expect("the files of a test fit in memory");
        match self {
            Self::Length(length) => kept.resize(index(*length), 0),
            Self::Write(at, bytes) => {
                let mut at = index(*at);
                let mut bytes = bytes.as_slice();
                while !bytes.is_empty() {
                    // To the end of the smallest piece.
                    let length = (PIECES[0] - at % PIECES[0]).min(bytes.len());
                    let (piece, rest) = bytes.split_at(length);
                    if leaves(at) {
                        kept.resize(kept.len().max(at + length), 0);
                        kept[at..at + length].copy_from_slice(piece);
                    }
                    (at, bytes) = (at + length, rest);
                }
            }
        }
    }
}

impl Cut {
    fn leaves(&mut self) -> bool {
        match self {
            Self::Forgets => false,
            Self::Keeps => true,
            Self::Tears(random) => random.below(2) == 0,
        }
    }

    fn piece(&mut self) -> usize {
        match self {
            Self::Forgets | Self::Keeps => PIECES[0],
            Self::Tears(random) => PIECES[usize::from(random.below(2) == 0)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cut, Disk, Event, Random, fs};

    fn found(disk: &Disk, cut: Cut) -> anyhow::Result<Option<Vec<u8>>> {
        let folder = tempfile::tempdir()?;
        disk.cut(cut, folder.path())?;
        Ok(fs::read(folder.path().join("a")).ok())
    }

    #[test]
    fn what_was_not_flushed_may_be_gone_or_torn() -> anyhow::Result<()> {
        let mut disk = Disk::default();
        let mut events = vec![
            Event::Name("a".to_owned(), 1),
            Event::Write(1, 0, vec![1; 2048]),
            Event::NamesFlushed(1),
            Event::Flushed(1, 1),
        ];
        for (place, event) in events.iter().enumerate() {
            disk.take(place, event);
        }
        assert_eq!(found(&disk, Cut::Forgets)?, Some(vec![]), "written while it was flushed");
        events.push(Event::Flushed(1, 4));
        disk.take(4, &events[4]);
        assert_eq!(found(&disk, Cut::Forgets)?, Some(vec![1; 2048]));
        disk.take(5, &Event::Write(1, 100, vec![2; 2000]));
        assert_eq!(found(&disk, Cut::Forgets)?, Some(vec![1; 2048]));
        assert_eq!(found(&disk, Cut::Keeps)?.map(|bytes| bytes.len()), Some(2100));
        let torn = |seed| found(&disk, Cut::Tears(Random::new(seed)));
        let torn = (0..50).map(torn).collect::<anyhow::Result<Vec<_>>>()?;
        let differs = |bytes: &Option<Vec<u8>>| {
            bytes.as_ref().is_some_and(|bytes| bytes.get(511) != bytes.get(512))
        };
        assert!(torn.iter().any(differs), "torn at the end of a sector");
        disk.take(6, &Event::NoName("a".to_owned()));
        assert!(found(&disk, Cut::Forgets)?.is_some());
        disk.take(7, &Event::NamesFlushed(7));
        assert_eq!(found(&disk, Cut::Keeps)?, None);
        Ok(())
    }
}
