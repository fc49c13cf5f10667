//! A whole copy of a database, while a receiver goes on to write it.

use std::fs::File;
use std::io;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::Reader;
use crate::error::Error;

/// Pages that are copied between two looks at what is done: 4 MiB.
const STEP: i32 = 1024;

impl Reader {
    /// Copies the database as it is now into a new file for its owner alone, which is there whole, and flushed, or not at
    /// all. Nothing that is there is replaced. Tells how many bytes of how many are done.
    ///
    /// While it runs, the write-ahead log of the database cannot be cut and grows by what is written meanwhile.
    ///
    /// Errors: there is something of that name already; it cannot be written; the database cannot be read.
    pub fn backup(&self, to: &Path, mut progress: impl FnMut(u64, u64)) -> Result<(), Error> {
        let failed = |error: io::Error| {
            self.database.unavailable(format_args!("no copy in {}: {error}", to.display()))
        };
        if to.try_exists().map_err(failed)? {
            return Err(failed(io::ErrorKind::AlreadyExists.into()));
        }
        let folder = match to.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        let draft = builder.prefix(".headcount-").suffix(".new").tempfile_in(folder);
        let draft = draft.map_err(failed)?;
        let copied = self.copy(draft.path(), &mut progress);
        copied.map_err(|error| self.database.explain(&error))?;
        draft.as_file().sync_all().map_err(failed)?;
        draft.persist_noclobber(to).map_err(|error| failed(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    fn copy(&self, to: &Path, progress: &mut impl FnMut(u64, u64)) -> rusqlite::Result<()> {
        // One state of the database: else every write of the receiver would begin the copy anew.
        let _state = self.connection.unchecked_transaction()?;
        let page = self.connection.query_row(
            "SELECT page_size, (SELECT count(*) FROM sqlite_schema) FROM pragma_page_size",
            [],
            |row| row.get::<_, i64>(0),
        )?;
        let bytes = |pages: i32| u64::from(pages.unsigned_abs()) * page.unsigned_abs();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut copy = Connection::open_with_flags(to, flags)?;
        // It is nobody's before it is whole, and is flushed then.
        copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        let backup = Backup::new(&self.connection, &mut copy)?;
        loop {
            let step = backup.step(STEP)?;
            let at = backup.progress();
            progress(bytes(at.pagecount - at.remaining), bytes(at.pagecount));
            match step {
                StepResult::Done => return Ok(()),
                StepResult::More => {}
                _ => return Err(rusqlite::Error::SqliteFailure(BUSY, None)),
            }
        }
    }
}

/// The copy, or the database, is held by somebody for writing alone.
const BUSY: rusqlite::ffi::Error =
    rusqlite::ffi::Error { code: rusqlite::ErrorCode::DatabaseBusy, extended_code: 5 };
