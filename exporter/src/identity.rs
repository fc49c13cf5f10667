//! Who this instance is: a random id and a random secret, in two files, so that one damaged file changes neither.

#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind};

use headcount_contract::Secret;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::directory::Directory;
use crate::error::Cause;
use crate::text::hex;

/// The two files. Written in this order; where they differ and are both whole, the first was written later.
const FILES: [&str; 2] = ["identity", "identity.copy"];
/// The first line of a file.
const FORMAT: &str = "headcount identity 1";

/// An instance's id, and the key under which it hashes what identifies anything. Shows neither.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    id: Uuid,
    secret: [u8; 32],
    since: Date,
}

/// What is found in a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// No identity was ever made, or it was deleted.
    None,
    /// This one.
    Identity(Identity),
    /// There was one, and neither file can be read as it was written. The text says what to do. No new one is
    /// made in its place: to the receiver the instance would be another.
    Damaged(String),
}

impl Found {
    /// The identity, if there is one; a damaged one is an error.
    pub(crate) fn whole(self) -> Result<Option<Identity>, Cause> {
        match self {
            Self::Identity(identity) => Ok(Some(identity)),
            Self::None => Ok(None),
            Self::Damaged(why) => Err(Cause::DamagedIdentity(why)),
        }
    }
}

impl Identity {
    /// Makes an identity that lasts, in place of whichever there was, from 48 bytes of a cryptographic source of
    /// randomness. Both files are on the disk when it returns.
    ///
    /// Called with the directory's lock held: of two processes that make one, the second would replace the
    /// first's. After an error the new identity may be there; [`load`](Self::load) decides.
    pub(crate) fn create(directory: &Directory, random: [u8; 48], today: Date) -> io::Result<Self> {
        let (id, secret) = random.split_at(16);
        let identity = Self {
            id: Builder::from_random_bytes(id.try_into().expect("split at 16 bytes")).into_uuid(),
            secret: secret.try_into().expect("32 of 48 bytes are left"),
            since: today,
        };
        let text = identity.text();
        FILES.iter().try_for_each(|file| directory.write(file, text.as_bytes()))?;
        Ok(identity)
    }

    /// Finds the identity, and makes both files whole where one is not. It counts also where that fails, as on a
    /// disk that is full or read-only.
    ///
    /// Where the files hold two whole identities, because the making of the later was cut off between them, the
    /// first file's counts: that of the later. It was not used yet.
    ///
    /// Errors: those of the system where no file can be used and one of them could not be read.
    pub(crate) fn load(directory: &Directory) -> io::Result<Found> {
        let found = Self::peek(directory)?;
        if let Found::Identity(identity) = &found {
            let text = identity.text();
            for file in FILES {
                let whole = directory.read(file);
                if whole.is_ok_and(|read| read.as_deref() != Some(text.as_bytes())) {
                    // Tried again with every load.
                    let _ = directory.write(file, text.as_bytes());
                }
            }
        }
        Ok(found)
    }

    /// Finds the identity without writing anything.
    pub(crate) fn peek(directory: &Directory) -> io::Result<Found> {
        let files = FILES.map(|file| directory.read(file));
        let mut failure = None;
        let mut damaged = false;
        for file in files {
            match file {
                Ok(None) => {}
                Ok(Some(bytes)) => match Self::parse(&bytes) {
                    Some(identity) => return Ok(Found::Identity(identity)),
                    None => damaged = true,
                },
                // No regular file, or far too long.
                Err(error) if error.kind() == ErrorKind::InvalidData => damaged = true,
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) => Err(error),
            None if damaged => Ok(Found::Damaged(advice(directory))),
            None => Ok(Found::None),
        }
    }

    /// Deletes the identity and every copy of it. To be repeated until it succeeds: one file that is left is the
    /// identity still.
    pub(crate) fn delete(directory: &Directory) -> io::Result<()> {
        FILES.iter().try_for_each(|file| directory.remove(file))?;
        directory.forget_aside(FILES[0])
    }

    /// Moves the files of an identity that cannot be read to where people may look at them.
    pub(crate) fn set_aside(directory: &Directory) -> io::Result<()> {
        FILES.iter().try_for_each(|file| directory.set_aside(file))
    }

    /// The id: a random UUID (version 4), as text.
    pub(crate) fn id(&self) -> String {
        self.id.hyphenated().to_string()
    }

    /// The key of the instance's hashes.
    pub(crate) fn secret(&self) -> Secret {
        Secret::new(self.secret)
    }

    /// The UTC day on which it was made.
    #[cfg(test)]
    pub(crate) fn since(&self) -> Date {
        self.since
    }

    /// Whether an identity that lasts so many days has to be made anew: [`create`](Self::create) gives a new id
    /// and a new secret. A day that lies as far in the future was told by a clock that was wrong.
    pub(crate) fn is_due(&self, days: u32, today: Date) -> bool {
        let age = today.duration_since(self.since).as_hours() / 24;
        age.unsigned_abs() >= u64::from(days)
    }

    fn text(&self) -> String {
        let mut text = format!("{FORMAT}\nid {}\nsecret {}\n", self.id(), hex(&self.secret));
        writeln!(text, "since {}", self.since).expect("a string takes everything");
        let checksum = hex(&Sha256::digest(&text));
        writeln!(text, "sha256 {checksum}").expect("a string takes everything");
        text
    }

    /// Takes exactly what [`text`](Self::text) writes.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        let mut line = |label: &str| lines.next()?.strip_prefix(label);
        line(FORMAT)?;
        let id = Uuid::try_parse(line("id ")?).ok()?;
        let secret = unhex(line("secret ")?)?;
        let since = line("since ")?.parse().ok()?;
        let identity = Self { id, secret, since };
        (identity.text() == text).then_some(identity)
    }
}

/// What to do where both files are damaged.
fn advice(directory: &Directory) -> String {
    let [first, second] = FILES.map(|file| directory.path_of(file).display().to_string());
    let directory = directory.path().display();
    format!(
        "expected the instance's id in {first} or {second}, both are damaged or one is and the other is gone: \
         restore one of them from a backup, or report as a new instance after `headcount operator renew {directory}`"
    )
}

/// Shows since when it is, and nothing else.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("since", &self.since).finish_non_exhaustive()
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
