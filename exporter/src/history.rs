//! What became of every report, one line of JSON each: for the operator, with any tool that reads text.

mod sent;
#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::directory::Directory;
pub use sent::{Sent, SentOutcome};

/// The file in the data directory.
const FILE: &str = "history.jsonl";
/// The most entries that are kept.
const ENTRIES: usize = 400;
/// The most bytes that are kept.
const BYTES: usize = 8 * 1024 * 1024;

/// The history in a data directory.
#[derive(Clone, Debug)]
pub(crate) struct History {
    directory: Directory,
}

/// What a history holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Entries {
    /// The entries, newest last.
    pub(crate) sent: Vec<Sent>,
    /// Lines that are none: torn, damaged, or written by a later release.
    pub(crate) damaged: u64,
}

impl History {
    /// The history of this directory. Nothing is touched.
    pub(crate) fn new(directory: &Directory) -> Self {
        Self { directory: directory.clone() }
    }

    /// Adds an entry. It is on the disk when this returns.
    ///
    /// At most 400 entries and 8 MiB stay. Where they are too long, the oldest lose their report first; an entry
    /// is dropped, oldest first, where that is not enough.
    pub(crate) fn append(&self, sent: &Sent) -> io::Result<()> {
        let mut line = line(sent);
        if line.len() >= BYTES {
            line = without_report(&line).unwrap_or(line);
        }
        let held = self.held()?;
        // One more than there are lines, unless the last was torn. That is ended first, by one byte.
        let lines = held.split(|&byte| byte == b'\n').count();
        if lines <= ENTRIES && held.len() + line.len() + 2 <= BYTES {
            return self.directory.append(FILE, &line);
        }
        let kept = trimmed(&String::from_utf8_lossy(&held), line);
        self.directory.write(FILE, kept.as_bytes())
    }

    /// Every entry that can be read.
    pub(crate) fn entries(&self) -> io::Result<Entries> {
        let mut entries = Entries::default();
        let held = match self.directory.read(FILE) {
            Err(error) if error.kind() == ErrorKind::InvalidData => None,
            held => held?,
        };
        for line in held.unwrap_or_default().split(|&byte| byte == b'\n') {
            match serde_json::from_slice(line) {
                Ok(sent) => entries.sent.push(sent),
                Err(_) if line.is_empty() => {}
                Err(_) => entries.damaged += 1,
            }
        }
        Ok(entries)
    }

    /// Forgets what reports said; that there were any, and what became of them, stays.
    pub(crate) fn forget_reports(&self) -> io::Result<()> {
        let entries = self.entries()?;
        if entries.damaged == 0 && entries.sent.iter().all(|sent| sent.report.is_none()) {
            return Ok(());
        }
        // Damaged lines may hold reports as well.
        let short =
            entries.sent.into_iter().map(|sent| line(&Sent { report: None, ..sent }) + "\n");
        self.directory.write(FILE, short.collect::<String>().as_bytes())
    }

    /// The file's content. One that cannot be a history is set aside.
    fn held(&self) -> io::Result<Vec<u8>> {
        let held = match self.directory.read(FILE) {
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                self.directory.set_aside(FILE)?;
                None
            }
            held => held?,
        };
        Ok(held.unwrap_or_default())
    }
}

fn line(sent: &Sent) -> String {
    serde_json::to_string(sent).expect("texts, numbers and a document are JSON")
}

/// The line with `null` in the place of its report, of which nothing is built.
fn without_report(line: &str) -> Option<String> {
    let Told { report } = serde_json::from_str(line).ok()?;
    // The last field of all.
    let (before, after) = line.rsplit_once(report.get())?;
    Some([before, "null", after].concat())
}

/// Where the report stands in a line.
#[derive(Deserialize)]
struct Told<'l> {
    #[serde(borrow)]
    report: &'l RawValue,
}

/// The newest of what is held, and one more line, within the limits.
fn trimmed(held: &str, new: String) -> String {
    let mut lines: Vec<String> = held.lines().map(str::to_owned).collect();
    lines.push(new);
    lines.drain(..lines.len().saturating_sub(ENTRIES));
    let mut bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    let before_the_new = lines.len() - 1;
    for old in &mut lines[..before_the_new] {
        if bytes <= BYTES {
            break;
        }
        if let Some(short) = without_report(old) {
            bytes = bytes + short.len() - old.len();
            *old = short;
        }
    }
    let mut dropped = 0;
    while bytes > BYTES && dropped < before_the_new {
        bytes -= lines[dropped].len() + 1;
        dropped += 1;
    }
    lines[dropped..].iter().flat_map(|line| [line, "\n"]).collect()
}
