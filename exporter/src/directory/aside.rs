//! Files that cannot be used: set aside for people to look at, so that nothing trips over them again.

use std::fs;
use std::io::{self, ErrorKind};

use super::{Directory, at, folder_of, make, sync};

/// The folder that they are put in.
pub(crate) const DAMAGED: &str = "damaged";
/// So many are kept.
const KEPT: usize = 8;

impl Directory {
    /// Moves a file to `damaged/NAME-N`, where N counts up; of those, the newest 8 stay. A folder in the name
    /// becomes part of it: `spool/a` is set aside as `damaged/spool-a-1`. What is not there needs no moving.
    pub(crate) fn set_aside(&self, name: &str) -> io::Result<()> {
        let path = self.path_of(name);
        if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Ok(());
        }
        let mut aside = self.aside()?;
        let number = aside.last().map_or(1, |(number, _)| number.saturating_add(1));
        let target = format!("{}-{number}", flat(name));
        let moved = self.path_of(DAMAGED).join(&target);
        match make(&self.path_of(DAMAGED)).and_then(|()| fs::rename(&path, &moved)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            renamed => renamed.map_err(at(&path))?,
        }
        aside.push((number, target));
        let beyond = aside.len().saturating_sub(KEPT);
        for (_, oldest) in &aside[..beyond] {
            self.remove(&format!("{DAMAGED}/{oldest}"))?;
        }
        sync(folder_of(&path)).and_then(|()| sync(folder_of(&moved))).map_err(at(&moved))
    }

    /// Removes what was set aside of files whose names begin so: what is deleted leaves no copy.
    pub(crate) fn forget_aside(&self, prefix: &str) -> io::Result<()> {
        let prefix = &*flat(prefix);
        let mut aside = self.aside()?.into_iter().filter(|(_, name)| name.starts_with(prefix));
        aside.try_for_each(|(_, name)| self.remove(&format!("{DAMAGED}/{name}")))
    }

    /// What was set aside, in the order in which it was.
    fn aside(&self) -> io::Result<Vec<(u64, String)>> {
        let numbered = |name: String| {
            let number = name.rsplit_once('-').and_then(|(_, number)| number.parse().ok());
            (number.unwrap_or(0), name)
        };
        let files = self.list(DAMAGED)?.into_iter();
        let mut aside: Vec<_> = files.map(|file| numbered(file.name)).collect();
        aside.sort();
        Ok(aside)
    }
}

/// A name without folders.
fn flat(name: &str) -> String {
    name.replace('/', "-")
}
