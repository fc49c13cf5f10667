//! The receiver's own secret, and the keys that are made of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use headcount_contract::Secret;

use crate::error::{Error, Kind};
use crate::store::{InstanceKey, Seal};

const BYTES: usize = 32;
// A key for each purpose, so that none can be computed from what another makes visible.
const FOR_ROWS: &[u8] = b"headcount receiver 1: instances at rest";
const FOR_IDS: &[u8] = b"headcount receiver 1: hmac_sha256 ids";
const FOR_REPORTS: &[u8] = b"headcount receiver 1: reports at rest";

/// The keys under which the receiver hides who sent a report, and what it said, from whoever gets hold of the database.
#[derive(Clone, Debug)]
pub struct Keys {
    rows: Secret,
    ids: Secret,
    seal: Seal,
}

impl Keys {
    /// Keys that are forgotten with the process, for a store that is so too.
    ///
    /// Errors: the operating system has no random bytes.
    pub fn fresh() -> Result<Self, Error> {
        Ok(Self::derive(&random()?))
    }

    /// The keys of the secret in the file, which is made, with mode 0600, where there is none.
    ///
    /// Errors: the file cannot be read or made, or does not hold a secret. A damaged file is never
    /// replaced: under another secret no report could be read, and no known instance would be known again.
    pub fn load_or_create(path: &Path) -> Result<Self, Error> {
        let wrong = |error: io::Error| secret_error(path, error.to_string());
        if !path.try_exists().map_err(wrong)? {
            // Another process may be first: what the file says counts.
            create(path, &random()?).map_err(wrong)?;
        }
        Self::load(path)
    }

    /// The keys of the secret in the file, where reports are stored under it already.
    ///
    /// Errors: there is no file, it cannot be read, or does not hold a secret.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let secret = read(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                let none = "none, without which nobody can read the database that belongs to it: \
                    restore the file";
                secret_error(path, none.to_owned())
            }
            _ => secret_error(path, error.to_string()),
        })?;
        let secret = <[u8; BYTES]>::try_from(secret.as_slice()).map_err(|_| {
            let came = secret.len();
            secret_error(path, format!("{came} bytes or more instead of {BYTES}: restore the file"))
        })?;
        Ok(Self::derive(&secret))
    }

    /// The keys of a secret that somebody else keeps, as a relay that may not write it yet.
    pub fn of(secret: &[u8; BYTES]) -> Self {
        Self::derive(secret)
    }

    /// Keeps a secret in a file, with mode 0600, unless there is one: then that stays.
    ///
    /// Errors: the file cannot be made.
    pub fn keep(path: &Path, secret: &[u8; BYTES]) -> Result<(), Error> {
        create(path, secret).map_err(|error| secret_error(path, error.to_string()))
    }

    fn derive(secret: &[u8; BYTES]) -> Self {
        let secret = Secret::new(*secret);
        let key = |purpose| Secret::new(secret.authenticate(purpose));
        let seal = Seal::new(&secret.authenticate(FOR_REPORTS));
        Self { rows: key(FOR_ROWS), ids: key(FOR_IDS), seal }
    }

    /// The key for ids that a contract wants under `hmac_sha256` and that came in clear.
    pub fn ids(&self) -> &Secret {
        &self.ids
    }

    /// What seals reports at rest.
    pub(crate) fn seal(&self) -> &Seal {
        &self.seal
    }

    /// What stands for an instance of a contract in the store.
    pub fn instance(&self, contract: &str, instance: &str) -> InstanceKey {
        // The length keeps (`ab`, `c`) and (`a`, `bc`) apart.
        let mut message = contract.len().to_be_bytes().to_vec();
        message.extend_from_slice(contract.as_bytes());
        message.extend_from_slice(instance.as_bytes());
        InstanceKey::new(self.rows.authenticate(&message))
    }
}

pub(crate) fn random() -> Result<[u8; BYTES], Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Kind::Random(error.to_string()))?;
    Ok(bytes)
}

fn secret_error(path: &Path, reason: String) -> Error {
    Kind::Secret { path: path.to_owned(), reason }.into()
}

/// At most one byte more than a secret has, which is enough to see that a file is none.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(BYTES + 1);
    File::open(path)?.take(BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Puts the secret there whole or not at all, and never in place of a file that is there already.
pub(crate) fn create(path: &Path, secret: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let draft = draft_path(path);
    let written = write(&draft, secret).and_then(|()| fs::hard_link(&draft, path));
    let removed = match fs::remove_file(&draft) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    };
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        other => other?,
    }
    removed?;
    File::open(directory)?.sync_all()
}

/// Each process writes a draft of its own.
fn draft_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    PathBuf::from(name)
}

fn write(draft: &Path, secret: &[u8]) -> io::Result<()> {
    match fs::remove_file(draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).write(true).open(draft)?;
    file.write_all(secret)?;
    file.sync_all()
}

/// Options that make a file which its owner alone can read.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("reports.secret");
        let first = Keys::load_or_create(&path).unwrap();
        let again = Keys::load_or_create(&path).unwrap();
        assert_eq!(first.instance("openfn", "a"), again.instance("openfn", "a"));
        let names: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["reports.secret"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_secret_is_an_error_and_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("reports.secret");
        for length in [0, 31, 33, 4096] {
            fs::write(&path, vec![7; length]).unwrap();
            let error = Keys::load_or_create(&path).unwrap_err();
            assert!(error.is_configuration());
            assert!(error.to_string().contains("instead of 32"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), vec![7; length]);
        }
    }

    #[test]
    fn a_secret_that_is_there_already_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("reports.secret");
        create(&path, &[1; BYTES]).unwrap();
        create(&path, &[2; BYTES]).unwrap();
        assert_eq!(read(&path).unwrap(), [1; BYTES]);
    }

    #[test]
    fn the_keys_differ_by_purpose_contract_and_instance() {
        let keys = Keys::derive(&[9; BYTES]);
        let made = [
            keys.instance("ab", "c"),
            keys.instance("a", "bc"),
            keys.instance("ab", "d"),
            InstanceKey::new(keys.ids.authenticate(b"c")),
            Keys::derive(&[8; BYTES]).instance("ab", "c"),
        ];
        let distinct: std::collections::BTreeSet<_> = made.iter().collect();
        assert_eq!(distinct.len(), made.len());
        assert!(!format!("{keys:?}").contains('9'), "a secret shows in Debug");
    }
}
