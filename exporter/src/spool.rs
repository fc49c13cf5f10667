//! Reports that wait to be sent: one file each, durable before `put` returns, checked again before anything leaves.
//!
//! Deleting the folder, or any file of it, is always safe: a report that is gone is not sent. A file that is not
//! exactly a report as it was put here is set aside and never sent, whoever wrote it.

mod entry;
mod policy;
#[cfg(test)]
pub(crate) mod tests;

use std::io::{self, ErrorKind};
use std::sync::Arc;

use headcount_contract::{Anonymous, Contract, Document, NotRestored, Reason};
use jiff::Timestamp;

use crate::directory::{Directory, LIMIT, Listed};
pub(crate) use entry::Head;
use entry::{Entry, Unusable};
#[cfg(test)]
pub(crate) use policy::Swept;

/// The folder in the data directory.
const FOLDER: &str = "spool";

/// A report that waits, as it was verified. Only these, and what `anonymise` made, can be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spooled {
    head: Head,
    report: Anonymous,
    otlp: Vec<u8>,
}

/// A file of the spool, by its name; its content was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Waiting {
    /// When the report was made, to the second.
    pub(crate) made_at: Timestamp,
    /// The report's id.
    pub(crate) report_id: String,
    /// Why it was made.
    pub(crate) reason: Reason,
    /// The file's length.
    pub(crate) bytes: u64,
    /// The file's name in its folder.
    name: String,
}

/// What a look into the spool gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    /// Reports, oldest first.
    pub(crate) spooled: Vec<Spooled>,
    /// For each file that was no such report: its name, and what is wrong with it. It was moved to `damaged`, if the
    /// disk lets that happen.
    pub(crate) set_aside: Vec<String>,
    /// Files that stay where they are: of a contract that was not given, which another process may have, or
    /// unreadable for now, such as by their mode.
    pub(crate) left: u64,
}

/// The spool of a data directory.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    directory: Directory,
}

impl Spooled {
    /// Takes back a report from its bytes; see [`Anonymous::restore`].
    pub(crate) fn restore(
        contract: &Arc<Contract>,
        otlp: Vec<u8>,
        made_at: Timestamp,
    ) -> Result<Self, NotRestored> {
        let report = Anonymous::restore(contract, &otlp)?;
        Ok(Self { head: Head::of(&report, made_at), report, otlp })
    }

    /// What is known of the report.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// The bytes to send: an OTLP `ExportMetricsServiceRequest`.
    pub(crate) fn otlp(&self) -> &[u8] {
        &self.otlp
    }

    /// The report as the application has documented it, where it is one: a request for erasure is none.
    pub(crate) fn report(&self) -> Option<Document> {
        self.report.report().ok()
    }
}

impl Spool {
    /// The spool of this directory. Nothing is touched.
    pub(crate) fn new(directory: &Directory) -> Self {
        Self { directory: directory.clone() }
    }

    /// Keeps a report until it is removed. It is on the disk when this returns.
    ///
    /// Errors: those of the system; `InvalidInput` for a report that could not be read again: without an id, or
    /// longer than a file may be.
    pub(crate) fn put(&self, report: &Anonymous, made_at: Timestamp) -> io::Result<Head> {
        let head = Head::of(report, made_at);
        let name = head.file_name().ok_or_else(|| refused("an id and a time of this era"))?;
        let otlp = report.otlp();
        let bytes = entry::encode(&head, &otlp);
        if bytes.len() as u64 > LIMIT {
            return Err(refused("one that fits into a file of 16 MiB"));
        }
        self.directory.write(&path(&name), &bytes)?;
        Ok(head)
    }

    /// The oldest report of one of these contracts.
    #[cfg(test)]
    pub(crate) fn next(&self, contracts: &[Arc<Contract>]) -> io::Result<Reading> {
        self.read(contracts, 1)
    }

    /// Every report of one of these contracts.
    pub(crate) fn entries(&self, contracts: &[Arc<Contract>]) -> io::Result<Reading> {
        self.read(contracts, usize::MAX)
    }

    /// Whether a report of the contract waits that is wanted. Only such a one is read to its end.
    pub(crate) fn holds(
        &self,
        contract: &Arc<Contract>,
        wanted: impl Fn(&Head) -> bool,
    ) -> io::Result<bool> {
        let mut entries = self.waiting()?.into_iter().filter_map(|one| self.entry(&one).ok());
        Ok(entries.any(|entry| {
            wanted(&entry.head) && entry.verify(std::slice::from_ref(contract)).is_ok()
        }))
    }

    /// What waits, oldest first, by the names of the files. Nothing is read or moved.
    pub(crate) fn waiting(&self) -> io::Result<Vec<Waiting>> {
        let mut waiting: Vec<_> =
            self.directory.list(FOLDER)?.iter().filter_map(Waiting::from_name).collect();
        waiting.sort();
        Ok(waiting)
    }

    /// Removes a report, where it is there.
    pub(crate) fn remove(&self, report_id: &str) -> io::Result<()> {
        let mut waiting = self.waiting()?.into_iter().filter(|one| one.report_id == report_id);
        waiting.try_for_each(|one| self.directory.remove(&path(&one.name)))
    }

    /// Removes everything that waits, and what was set aside of it.
    #[cfg(test)]
    pub(crate) fn clear(&self) -> io::Result<()> {
        let files = self.directory.list(FOLDER)?;
        files.iter().try_for_each(|file| self.directory.remove(&path(&file.name)))?;
        self.directory.forget_aside(&path(""))
    }

    fn read(&self, contracts: &[Arc<Contract>], most: usize) -> io::Result<Reading> {
        let mut reading = Reading::default();
        for one in self.survey(&mut reading.set_aside)? {
            if reading.spooled.len() == most {
                break;
            }
            match self.entry(&one).and_then(|entry| entry.verify(contracts)) {
                Ok(spooled) => reading.spooled.push(spooled),
                Err(Unusable::Gone) => {}
                Err(Unusable::Kept) => reading.left += 1,
                Err(Unusable::Damaged(why)) => {
                    self.set_aside(&one.name, &why, &mut reading.set_aside);
                }
            }
        }
        Ok(reading)
    }

    /// What waits, oldest first. Files that cannot be reports are set aside: their names are others, or they are
    /// too long to be read.
    fn survey(&self, set_aside: &mut Vec<String>) -> io::Result<Vec<Waiting>> {
        let mut waiting = Vec::new();
        for file in self.directory.list(FOLDER)? {
            match Waiting::from_name(&file) {
                Some(one) if file.bytes <= LIMIT => waiting.push(one),
                Some(_) => self.set_aside(&file.name, "is longer than a report", set_aside),
                None => self.set_aside(&file.name, "is not named as a report", set_aside),
            }
        }
        waiting.sort();
        Ok(waiting)
    }

    /// Reads a file, as far as its checksum and its head go.
    fn entry(&self, one: &Waiting) -> Result<Entry, Unusable> {
        let bytes = match self.directory.read(&path(&one.name)) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(Unusable::Gone),
            // Grown since it was listed, or no file any more.
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(Unusable::Damaged("is no file that can be read".to_owned()));
            }
            Err(_) => return Err(Unusable::Kept),
        };
        entry::decode(bytes, &one.name).map_err(Unusable::Damaged)
    }

    fn set_aside(&self, name: &str, why: &str, noted: &mut Vec<String>) {
        let stays = match self.directory.set_aside(&path(name)) {
            Ok(()) => String::new(),
            // In nobody's way either: it is refused every time.
            Err(error) => format!(", and stays: {error}"),
        };
        noted.push(format!("{FOLDER}/{name} {why}{stays}"));
    }
}

impl Waiting {
    fn from_name(file: &Listed) -> Option<Self> {
        let (made_at, reason, report_id) = entry::from_file_name(&file.name)?;
        let (bytes, name) = (file.bytes, file.name.clone());
        Some(Self { made_at, report_id: report_id.to_owned(), reason, bytes, name })
    }
}

fn path(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

fn refused(expected: &str) -> io::Error {
    io::Error::new(
        ErrorKind::InvalidInput,
        format!("expected a report with {expected}, got another"),
    )
}
