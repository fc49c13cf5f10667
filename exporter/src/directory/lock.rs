//! One process at a time: an advisory lock that the system frees when its holder ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{Directory, FOLDERS, UNFINISHED, at, make, private, regular};

/// Held while something is decided or made.
const FILE: &str = "lock";
/// Held while something is sent.
const SENDING: &str = "lock.sending";
/// The waits between two tries: at first, and at most.
const PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// The right to act on a data directory, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Said here, and not left to the closing: a process that was forked meanwhile has the file open as well.
        // Where it fails, the closing does it.
        let _ = self.file.unlock();
    }
}

impl Directory {
    /// Takes the lock, and waits for another process that has it; `None` where that takes longer than `patience`.
    /// Makes the directory. Removes what killed processes left unfinished.
    pub(crate) fn lock(&self, patience: Duration) -> io::Result<Option<Lock>> {
        let lock = self.take(FILE, patience)?;
        if lock.is_some() {
            self.sweep();
        }
        Ok(lock)
    }

    /// Takes the right to send, apart from the lock: whoever decides need not wait for a network.
    pub(crate) fn lock_sending(&self, patience: Duration) -> io::Result<Option<Lock>> {
        self.take(SENDING, patience)
    }

    fn take(&self, file: &str, patience: Duration) -> io::Result<Option<Lock>> {
        let path = self.path_of(file);
        let begun = Instant::now();
        let mut pause = PAUSE;
        loop {
            let held = make(self.path()).and_then(|()| try_lock(&path)).map_err(at(&path))?;
            if let Some(file) = held {
                return Ok(Some(Lock { file }));
            }
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            thread::sleep(pause.min(left));
            pause = LONGEST_PAUSE.min(2 * pause);
        }
    }

    /// Removes what killed processes left. A process that writes without the lock begins its file again.
    fn sweep(&self) {
        let folders = FOLDERS.iter().filter_map(|folder| fs::read_dir(self.path_of(folder)).ok());
        for entry in folders.flatten().flatten() {
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED)) {
                // What cannot be removed is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = match open(path) {
        // Removed between two looks at it: the next try makes it anew.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    match file.try_lock() {
        Ok(()) if is_still_there(&file, path) => Ok(Some(file)),
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Opens the lock's file, or makes it; never through a link, and its content does not matter.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    private(options.read(true).write(true));
    match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            regular(path)?;
            options.open(path)
        }
        file => file,
    }
}

/// Whether the path still leads to the file: somebody may have deleted the directory, and another process made
/// and locked a new one.
#[cfg(unix)]
fn is_still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let there = fs::symlink_metadata(path).ok().map(identity);
    there.is_some() && there == file.metadata().ok().map(identity)
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn is_still_there(_: &File, _: &Path) -> bool {
    true
}
