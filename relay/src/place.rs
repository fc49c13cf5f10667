//! The data directory of a relay, and who works on it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind};
use crate::label::Label;

/// What a file of a lock tells at most.
const HOLDER: u64 = 128;

/// Where everything is. Nothing is made before there is something to keep.
#[derive(Clone, Debug)]
pub(crate) struct Place(PathBuf);

/// The right to be the relay of a directory, until it is dropped. The system frees it however the process ends.
#[derive(Debug)]
pub(crate) struct Taken(#[expect(dead_code, reason = "it is locked as long as it is open")] File);

impl Place {
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directory, in which the operator's decision is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The relay's secret.
    pub(crate) fn key(&self) -> PathBuf {
        self.0.join("key")
    }

    /// The values of the open days.
    pub(crate) fn held(&self) -> PathBuf {
        self.0.join("held.sqlite")
    }

    /// The same, with what SQLite puts beside it.
    pub(crate) fn held_files(&self) -> [PathBuf; 3] {
        ["", "-wal", "-shm"].map(|end| {
            let mut path = self.held().into_os_string();
            path.push(end);
            path.into()
        })
    }

    /// The directory of an instance's exporter.
    pub(crate) fn instance(&self, label: &Label) -> PathBuf {
        self.0.join("instances").join(label.as_str())
    }

    /// The instances that have a directory.
    pub(crate) fn instances(&self) -> Result<Vec<Label>, Error> {
        let path = self.0.join("instances");
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(Error::storage(&path))?,
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.filter_map(|name| Label::named(&name)).collect())
    }

    /// Makes a folder of it that only its owner may enter.
    pub(crate) fn make(folder: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)
    }

    /// Takes the directory for this process. The file says who has it, for people.
    pub(crate) fn take(&self) -> Result<Taken, Error> {
        let path = self.0.join("relay.lock");
        let wrong = || Error::storage(&path);
        Self::make(&self.0).map_err(wrong())?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(wrong())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who it is helps, and nothing more.
                let _ = file.take(HOLDER).read_to_string(&mut holder);
                let holder = holder.trim().to_owned();
                return Err(Kind::Held { path: self.0.clone(), holder }.into());
            }
            Err(TryLockError::Error(error)) => return Err(wrong()(error)),
        }
        let holder = format!("process {}\n", std::process::id());
        let told = file.set_len(0).and_then(|()| file.write_all(holder.as_bytes()));
        told.map_err(wrong())?;
        Ok(Taken(file))
    }
}

/// Overwrites and deletes the values that a relay holds which does not run, after its operator declined. One that runs
/// does it itself.
///
/// Errors: a file cannot be overwritten or removed.
pub fn forget_held(data_directory: impl Into<PathBuf>) -> Result<(), Error> {
    let place = Place::at(data_directory);
    if !place.held_files().iter().any(|file| file.exists()) {
        return Ok(());
    }
    match place.take() {
        Ok(_taken) => erase(&place.held_files()),
        Err(error) if error.is_held() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes files so that what they held is not on the disk any more, as far as the file system lets: each is overwritten
/// first. One that is not there is gone already.
pub(crate) fn erase(files: &[PathBuf]) -> Result<(), Error> {
    files.iter().try_for_each(|file| erase_one(file).map_err(Error::storage(file)))
}

fn erase_one(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let mut left = file.metadata()?.len();
    let zeros = [0; 8 * 1024];
    while left > 0 {
        let some = left.min(zeros.len() as u64);
        file.write_all(&zeros[..usize::try_from(some).unwrap_or(zeros.len())])?;
        left -= some;
    }
    file.sync_all()?;
    fs::remove_file(path)?;
    flush(path)
}

/// Flushes the list of names that a file is in.
pub(crate) fn flush(path: &Path) -> io::Result<()> {
    match path.parent() {
        #[cfg(unix)]
        Some(folder) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_relay_and_the_second_is_told_which() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::at(folder.path().join("data"));
        let first = place.take().expect("it is free");
        let error = place.take().expect_err("it is held");
        assert!(error.is_held() && error.is_configuration());
        let said = error.to_string();
        assert!(said.contains(&format!("(process {})", std::process::id())), "{said}");
        drop(first);
        place.take().expect("it is free again");
    }

    #[test]
    fn what_is_held_is_forgotten_where_no_relay_runs() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::at(folder.path());
        forget_held(folder.path()).expect("there is nothing");
        assert!(!folder.path().join("relay.lock").exists(), "nothing is made for nothing");
        let files = place.held_files();
        for file in &files {
            fs::write(file, "values").expect("it can be written");
        }
        let taken = place.take().expect("it is free");
        forget_held(folder.path()).expect("somebody else does it");
        assert!(files.iter().all(|file| file.exists()));
        drop(taken);
        forget_held(folder.path()).expect("they can be removed");
        assert!(!files.iter().any(|file| file.exists()));
    }

    #[test]
    fn an_erased_file_is_overwritten_before_it_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("held"), folder.path().join("seen"));
        fs::write(&file, vec![7; 200_000]).expect("it can be written");
        fs::hard_link(&file, &link).expect("another name of the same file");
        erase(&[file.clone(), folder.path().join("none")]).expect("it can be erased");
        assert!(!file.exists());
        let left = fs::read(&link).expect("its content");
        assert_eq!(left, vec![0; 200_000]);
    }

    #[test]
    fn instances_are_the_directories_with_their_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::at(folder.path());
        assert_eq!(place.instances().expect("none yet"), []);
        for name in ["own", "0123456789abcdef", "lost+found", ".git"] {
            fs::create_dir_all(folder.path().join("instances").join(name)).expect("it can be made");
        }
        let mut labels = place.instances().expect("they can be listed");
        labels.sort();
        let names: Vec<_> = labels.iter().map(Label::as_str).collect();
        assert_eq!(names, ["0123456789abcdef", "own"]);
    }
}
