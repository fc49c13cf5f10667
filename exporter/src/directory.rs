//! The data directory: small files that are there whole, or not at all.
//!
//! Nothing is made before there is something to keep. A file is written under another name, flushed, renamed
//! into its place, and its folder flushed after it: whoever reads it, and whatever a power cut leaves, sees the
//! old file or the new one. A link that stands in a file's place is replaced by that, and never followed.

mod aside;
mod lock;
#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub(crate) use aside::DAMAGED;
pub(crate) use lock::Lock;

/// The most that is read of a file. Nothing that is kept here grows so large.
pub(crate) const LIMIT: u64 = 16 * 1024 * 1024;
/// The most files of a folder that are looked at.
const FILES: usize = 10_000;
/// How the names of unfinished files begin.
const UNFINISHED: &str = ".unfinished-";
/// The folders in which files are written, from the data directory.
const FOLDERS: [&str; 5] = ["", "contracts", "spool", "requests", DAMAGED];

/// A data directory, which need not be there yet.
///
/// Names of files are relative to it, such as `state.json` or `spool/NAME`. Errors are those of the system, with
/// the path before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directory {
    path: PathBuf,
}

/// A file of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed {
    /// Its name in the folder.
    pub(crate) name: String,
    /// How long it is.
    pub(crate) bytes: u64,
}

/// How a file looks from the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: SystemTime,
    bytes: u64,
}

impl Directory {
    /// The directory at a path. Nothing is touched.
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a file of it is.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether it is there.
    pub(crate) fn exists(&self) -> bool {
        self.path.is_dir()
    }

    /// What shows, without reading it, that a file is another one than before.
    pub(crate) fn stamp(&self, name: &str) -> Option<Stamp> {
        let metadata = fs::symlink_metadata(self.path_of(name)).ok()?;
        Some(Stamp { modified: metadata.modified().ok()?, bytes: metadata.len() })
    }

    /// A file's content; `None` where there is no such file.
    ///
    /// Errors: beside those of the system, `InvalidData` for what is no regular file (a link, a pipe) or longer
    /// than [`LIMIT`]; it is not read.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.path_of(name);
        read(&path).map_err(at(&path))
    }

    /// Replaces a file's content, or makes the file. When this returns, it is on the disk.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path_of(name);
        let mut attempts = 3;
        loop {
            attempts -= 1;
            match make(folder_of(&path)).and_then(|()| replace(&path, bytes)) {
                // The unfinished file was swept by a process that took the lock meanwhile, or somebody is
                // deleting the directory.
                Err(error) if error.kind() == ErrorKind::NotFound && attempts > 0 => {}
                result => return result.map_err(at(&path)),
            }
        }
    }

    /// Adds a line to a file, or makes the file. When this returns, the line is on the disk. One that does not
    /// fit is taken back; a line that was torn by a power cut ends where this one begins.
    pub(crate) fn append(&self, name: &str, line: &str) -> io::Result<()> {
        let path = self.path_of(name);
        make(folder_of(&path)).and_then(|()| append(&path, line)).map_err(at(&path))
    }

    /// Removes a file, where there is one.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path_of(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| sync(folder_of(&path))).map_err(at(&path)),
        }
    }

    /// The regular files of a folder by name, or of the directory itself, whose name is empty. Links, pipes,
    /// folders, hidden files and names that are not Unicode are passed over. Where there is no folder, there is
    /// no file.
    pub(crate) fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        let path = self.path_of(folder);
        list(&path).map_err(at(&path))
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // Asked before it is opened: the opening of a pipe would wait for a writer.
    if !regular(path)? {
        return Ok(None);
    }
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.metadata()?.len();
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(LIMIT)).unwrap_or(0));
    if length <= LIMIT {
        file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    }
    if length > LIMIT || bytes.len() as u64 > LIMIT {
        return Err(invalid(format!("expected at most {LIMIT} bytes, got more")));
    }
    Ok(Some(bytes))
}

/// Whether there is a regular file. Anything else in its place is an error.
fn regular(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(invalid("expected a regular file, got something else".to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    // Only its owner may read it, whatever the process' mask says; dropped early, it is removed.
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync(folder)
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    let made = !regular(path)?;
    let mut file = private(OpenOptions::new().read(true).append(true).create(true)).open(path)?;
    let before = file.metadata()?.len();
    let torn = before > 0 && !ends_a_line(&mut file, before)?;
    let text = format!("{}{line}\n", if torn { "\n" } else { "" });
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // What cannot be taken back is a torn line, which readers pass over.
        let _ = file.set_len(before);
    }
    written?;
    if made { sync(folder_of(path)) } else { Ok(()) }
}

fn ends_a_line(file: &mut File, length: u64) -> io::Result<bool> {
    use std::io::{Seek as _, SeekFrom};
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn list(path: &Path) -> io::Result<Vec<Listed>> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries.take(FILES) {
        let entry = entry?;
        // What is gone meanwhile is not there.
        let Ok(metadata) = entry.metadata() else { continue };
        let Ok(name) = entry.file_name().into_string() else { continue };
        if metadata.is_file() && !name.starts_with('.') {
            files.push(Listed { name, bytes: metadata.len() });
        }
    }
    files.sort();
    Ok(files)
}

/// Makes a folder that only its owner may enter, and those above it, where they are missing.
fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let missing: Vec<&Path> = folder.ancestors().take_while(|path| !path.exists()).collect();
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    missing.into_iter().try_for_each(|made| sync(folder_of(made)))
}

/// Lets only their owner read the files that these options make.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Flushes a folder's list of names, where the system can.
#[cfg(unix)]
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems have no such call.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}

/// Elsewhere the standard library opens no folders; the system keeps renames in its journal.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it fails on unix")]
pub(crate) fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder that a file or folder is in; the working directory for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn invalid(text: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text)
}

/// Puts the path before an error's text.
fn at(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
