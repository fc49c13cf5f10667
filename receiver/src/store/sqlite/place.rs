//! The file in the database's place, and the log beside it.
//!
//! SQLite takes whatever log lies beside a file for that file's own: it deletes the log of an empty file, and writes any
//! other into a file that it was never meant for. So where another file has come into the database's place, the log,
//! which may hold all that was acknowledged, is kept from it until the right file is back.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// With what every database begins, and where its application stands
/// (<https://www.sqlite.org/fileformat2.html#the_database_header>).
const MAGIC: &[u8] = b"SQLite format 3\0";
const APPLICATION: std::ops::Range<usize> = 68..72;

/// A database's file and its log.
#[derive(Debug)]
pub(super) struct Place {
    file: PathBuf,
    log: PathBuf,
    /// Which they were when they were last opened to write.
    known: Mutex<Option<[FileIdentity; 2]>>,
}

impl Place {
    pub(super) fn new(file: PathBuf) -> Self {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        Self { file, log: log.into(), known: Mutex::default() }
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// What identifies the file that is there now; `None` when there is none.
    pub(super) fn identity(&self) -> Option<FileIdentity> {
        FileIdentity::of(&self.file)
    }

    /// Bytes of the log.
    pub(super) fn log_bytes(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |log| log.len())
    }

    /// Remembers which file and which log belong together.
    pub(super) fn know(&self) {
        let now = FileIdentity::of(&self.file).zip(FileIdentity::of(&self.log));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = now.map(<[_; 2]>::from);
    }

    /// What is wrong with the file, where there is a log that opening it would spoil.
    pub(super) fn stranger(&self, application: i64) -> io::Result<Option<&'static str>> {
        let log = match fs::metadata(&self.log) {
            Ok(log) if log.len() > 0 => FileIdentity::of(&self.log),
            _ => return Ok(None),
        };
        let header = match header(&self.file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match (header.get(APPLICATION), known) {
            _ if header.is_empty() => Some("an empty one beside a log"),
            _ if !header.starts_with(MAGIC) => Some("a file that is no database"),
            (Some(came), _) if number(came) != application => Some("another application's"),
            (Some(_), Some([file, beside]))
                if Some(beside) == log && self.identity() != Some(file) =>
            {
                Some("another one beside the log of the one before")
            }
            (Some(_), _) => None,
            (None, _) => Some("a part of one"),
        })
    }
}

fn header(file: &Path) -> io::Result<Vec<u8>> {
    let mut header = Vec::with_capacity(APPLICATION.end);
    File::open(file)?.take(APPLICATION.end as u64).read_to_end(&mut header)?;
    Ok(header)
}

fn number(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
}

/// Tells one file from another under the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity(u64, u64);

impl FileIdentity {
    fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|metadata| Self::new(&metadata))
    }

    #[cfg(unix)]
    fn new(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self(metadata.dev(), metadata.ino())
    }

    /// Elsewhere an open file cannot be removed, so whatever is there is the same.
    #[cfg(not(unix))]
    fn new(_: &fs::Metadata) -> Self {
        Self(0, 0)
    }
}
