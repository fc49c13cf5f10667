//! What a relay notes about an instance, beside what its exporter keeps: `relay.json` in its directory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::days::day_of;
use crate::error::Error;
use crate::place::Place;

const FILE: &str = "relay.json";
/// Days of which it is noted what their reports were made of: as many as can ever be reported, and more.
const DAYS: usize = 20;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    /// The instance's id in the form in which it travels; empty for the relay's own instance.
    pub(super) id: String,
    /// The last day of which something came.
    pub(super) last: Option<Date>,
    /// The receipt of what each day's report was made of, so that it shows, also after the process was killed, that
    /// more came.
    #[serde(default)]
    pub(super) made: BTreeMap<Date, String>,
}

impl Note {
    /// What is noted. Where there is nothing, or nothing that can be read, it is empty: then reports may be made once more
    /// than needed.
    pub(super) fn read(folder: &Path) -> Self {
        let text = fs::read(folder.join(FILE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Keeps it. When this returns it is on the disk.
    pub(super) fn write(&mut self, folder: &Path) -> Result<(), Error> {
        while self.made.len() > DAYS {
            self.made.pop_first();
        }
        let path = folder.join(FILE);
        let text = serde_json::to_vec_pretty(self).expect("a note has keys that are texts");
        let written = Place::make(folder).and_then(|()| replace(folder, &path, &text));
        written.map_err(Error::storage(&path))
    }

    /// Forgets it.
    pub(super) fn remove(folder: &Path) -> Result<(), Error> {
        crate::place::erase(&[folder.join(FILE)])
    }
}

fn replace(folder: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    // Only its owner may read it, whatever the process' mask says.
    let mut file = tempfile::Builder::new().prefix(".unfinished-").tempfile_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// The day on which something was last made or removed in a folder.
pub(super) fn modified(folder: &Path) -> Option<Date> {
    let modified = fs::metadata(folder).ok()?.modified().ok()?;
    Some(day_of(Timestamp::try_from(modified).ok()?))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written_and_remembers_the_last_days() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("instances/own");
        assert_eq!(Note::read(&folder), Note::default());
        let made = (1..=28).map(|day| (date(2026, 2, day), day.to_string())).collect();
        let mut note = Note { id: "0f".to_owned(), last: Some(date(2026, 2, 28)), made };
        note.write(&folder).expect("it can be written");
        assert_eq!((note.made.len(), Note::read(&folder)), (DAYS, note.clone()));
        assert!(note.made.contains_key(&date(2026, 2, 28)));
        fs::write(folder.join(FILE), "{").expect("it can be damaged");
        assert_eq!(Note::read(&folder), Note::default());
        Note::remove(&folder).expect("it can be removed");
        assert!(!folder.join(FILE).exists());
    }
}
