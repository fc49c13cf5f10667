//! The file: how it is opened, and how it is known as ours.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::place::Place;
use super::schema::{self, APPLICATION, OLDEST, VERSION};
use crate::error::{Error, Kind};
use crate::secret::private;
use crate::store::Seal;

/// How long reading waits where a writer changes the log.
pub(super) const BUSY: Duration = Duration::from_secs(2);

/// Flushed at each commit, overwritten when deleted. Every 1000 pages of the log (4 MiB) are written back; where a
/// long reader held that up, the log does not stay as long as it became. 4 MiB of pages are held in memory.
const WRITING: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -4096;
";

/// 1 MiB of pages are held in memory.
const READING: &str = "PRAGMA cache_size = -1024";

/// Where the database is, what seals its reports, and how long to wait for it.
#[derive(Debug)]
pub(super) struct Database {
    place: Place,
    seal: Seal,
    busy: Duration,
}

impl Database {
    pub(super) fn new(path: &Path, seal: &Seal, busy: Duration) -> Result<Self, Error> {
        // An absolute path is never one of SQLite's special names, and survives `chdir`.
        let absolute = std::path::absolute(path).map_err(|error| unavailable(path, error))?;
        Ok(Self { place: Place::new(absolute), seal: seal.clone(), busy })
    }

    pub(super) fn path(&self) -> &Path {
        self.place.file()
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    fn folder(&self) -> &Path {
        self.path().parent().unwrap_or(self.path())
    }

    fn no_folder(&self) -> Error {
        Kind::NoFolder(self.folder().to_owned()).into()
    }

    pub(super) fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Makes the file, readable to its owner alone, and its tables, unless they are there.
    pub(super) fn create(&self) -> Result<Connection, Error> {
        match private().create_new(true).write(true).open(self.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(self.no_folder());
            }
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(self.unavailable(error));
            }
            _ => {}
        }
        let mut connection = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        schema::make(&mut connection, &self.seal).map_err(|error| self.explain(&error))?;
        drop(connection);
        self.write()
    }

    /// Opens the file to write. It must be there: a file that vanished is not made anew, since it
    /// may come back, as a disk that is mounted again.
    pub(super) fn write(&self) -> Result<Connection, Error> {
        let mut connection = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        self.check(&connection)?;
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))
            .map_err(|error| self.explain(&error))?;
        if mode != "wal" {
            return Err(self.unavailable("its file system cannot hold a write-ahead log"));
        }
        connection.execute_batch(WRITING).map_err(|error| self.explain(&error))?;
        schema::bring_up_to_date(&mut connection, &self.seal)
            .map_err(|error| self.explain(&error))?;
        Ok(connection)
    }

    /// Has all that is in the log on the disk, and the log's name. A process that was killed, or an attempt that failed,
    /// may have written what it never flushed; that is found here and counts, and when it comes again nothing is written
    /// that would flush it. Gives whether the log was emptied, too: after a flush that failed, Linux takes for written
    /// what is not, so what is in the log is best written elsewhere.
    pub(super) fn flush(&self, connection: &Connection) -> Result<bool, Error> {
        let emptied = self.empty_log(connection)?;
        // A commit flushes the whole log and its length, whatever it changes.
        let changed = connection.pragma_update(None, "user_version", VERSION);
        changed.map_err(|error| self.explain(&error))?;
        // SQLite goes on where this fails.
        let flushed = fs::File::open(self.folder()).and_then(|folder| folder.sync_all());
        flushed.map(|()| emptied).map_err(|error| self.unavailable(error))
    }

    /// Writes the log back and cuts it to nothing, so that no earlier state of a page is in it. `false` where
    /// somebody reads from it or writes to it.
    pub(super) fn empty_log(&self, connection: &Connection) -> Result<bool, Error> {
        let empty = || {
            // Nobody who sends a report is to wait for somebody who reads reports.
            connection.busy_timeout(Duration::ZERO)?;
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            let busy = connection.query_row(checkpoint, [], |row| row.get::<_, i64>(0));
            connection.busy_timeout(self.busy)?;
            Ok(busy? == 0)
        };
        match empty() {
            Err(error) if is_busy(&error) => Ok(false),
            other => other.map_err(|error| self.explain(&error)),
        }
    }

    /// Opens the file to read, whether or not somebody else writes.
    pub(super) fn read(&self) -> Result<Connection, Error> {
        let connection = self.connect(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        self.check(&connection)?;
        connection.execute_batch(READING).map_err(|error| self.explain(&error))?;
        Ok(connection)
    }

    fn connect(&self, access: OpenFlags) -> Result<Connection, Error> {
        let stranger = self.place.stranger(APPLICATION).map_err(|error| self.unavailable(error))?;
        if let Some(came) = stranger {
            return Err(Kind::Foreign { path: self.path().to_owned(), came }.into());
        }
        // A connection never leaves the thread that uses it without a lock of ours.
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connect = || {
            let connection = Connection::open_with_flags(self.path(), flags)?;
            connection.busy_timeout(self.busy)?;
            Ok(connection)
        };
        connect().map_err(|error: rusqlite::Error| self.explain(&error))
    }

    /// Whether the file is ours, not from a newer headcount, and written under our secret.
    fn check(&self, connection: &Connection) -> Result<(), Error> {
        let path = self.path().to_owned();
        let explain = |error: rusqlite::Error| self.explain(&error);
        let foreign = |came| Err(Kind::Foreign { path: self.path().to_owned(), came }.into());
        match schema::marks(connection).map_err(explain)? {
            (APPLICATION, OLDEST..=VERSION) => {
                if schema::is_ours(connection, &self.seal).map_err(explain)? {
                    return Ok(());
                }
                foreign("one that was written under another secret: restore that one")
            }
            (APPLICATION, came) if came > VERSION => {
                Err(Kind::Newer { path, known: VERSION, came }.into())
            }
            (0, 0) if schema::is_blank(connection).map_err(explain)? => foreign("an empty one"),
            _ => foreign("another application's"),
        }
    }

    /// Bytes of the write-ahead log.
    pub(super) fn log_bytes(&self) -> u64 {
        self.place.log_bytes()
    }

    pub(super) fn unavailable(&self, reason: impl Display) -> Error {
        unavailable(self.path(), reason)
    }

    /// SQLite's error in our words. Its texts name tables and paths, never values.
    pub(super) fn explain(&self, error: &rusqlite::Error) -> Error {
        if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
            let path = self.path().to_owned();
            return Kind::Foreign { path, came: "a file that is no database" }.into();
        }
        self.unavailable(error)
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn unavailable(path: &Path, reason: impl Display) -> Error {
    Kind::Unavailable { path: path.to_owned(), reason: reason.to_string() }.into()
}

/// Whether nothing is kept in a database, or there is none, so that its secret does not matter yet.
///
/// Errors: it cannot be read, or is another application's.
pub(crate) fn is_empty(path: &Path) -> Result<bool, Error> {
    // Nothing is opened with it.
    let database = Database::new(path, &Seal::new(&[0; 32]), BUSY)?;
    match fs::metadata(database.path()) {
        Ok(metadata) if metadata.len() > 0 => {}
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(database.unavailable(error));
        }
        Err(_) if !database.folder().exists() => return Err(database.no_folder()),
        _ => return Ok(true),
    }
    // To write: who was killed while the tables were made left a journal that is to be rolled back.
    let connection = database.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let explain = |error| database.explain(&error);
    if schema::marks(&connection).map_err(explain)?.0 == APPLICATION {
        return schema::is_empty(&connection).map_err(explain);
    }
    if schema::is_blank(&connection).map_err(explain)? {
        return Ok(true);
    }
    Err(Kind::Foreign { path: path.to_owned(), came: "another application's" }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: i64 = 2;

    /// These are settings of a connection, so no other connection can see them.
    #[test]
    fn every_writing_connection_flushes_and_overwrites() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("reports.db");
        let database = Database::new(&path, &Seal::new(&[1; 32]), Duration::ZERO).unwrap();
        for connection in [database.create().unwrap(), database.write().unwrap()] {
            let setting = |name| connection.pragma_query_value(None, name, |row| row.get(0));
            assert_eq!(setting("synchronous"), Ok(FULL));
            assert_eq!(setting("secure_delete"), Ok(1));
            assert_eq!(setting("busy_timeout"), Ok(0));
        }
    }
}
