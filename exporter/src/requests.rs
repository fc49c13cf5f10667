//! Questions to the running application, asked and answered through files of the data directory: only it knows
//! its gauges, its environment and the ids that it brings itself.
//!
//! `requests/ID.ask` is one line of JSON, written by whoever asks. An application looks every two seconds, whether it
//! reports or not; it reads the folder's names, and nothing where there is no folder. Of several processes the one
//! that removes a question answers it, in `requests/ID.answer`, which the asker reads and removes. Whoever may
//! write into the directory may ask: that is the operator, since nobody else can enter it.
//!
//! An answer holds a report as it would be sent, and nothing that does not leave: no raw id, no other metric.

mod answer;
mod ask;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, ErrorKind};
use std::time::{Duration, SystemTime};

use headcount_contract::Reason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use ask::{Patience, TAKEN, ask};

use crate::directory::Directory;
use crate::error::Kind;
use crate::{Held, Outcome, Preview, Status, text};

/// The folder in the data directory.
const FOLDER: &str = "requests";
/// How the names of questions and of answers end.
const ASK: &str = ".ask";
const ANSWER: &str = ".answer";
/// A question is no longer than this.
const QUESTION_LIMIT: u64 = 4096;
/// What lies here for longer was left by a process that is gone.
const STALE: Duration = Duration::from_hours(1);

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Question {
    /// What a report would tell.
    Preview {
        #[serde(with = "text")]
        reason: Reason,
        #[serde(with = "text")]
        now: Timestamp,
    },
    /// How the instance stands.
    Status {},
    /// To make a report and send it.
    Send {
        #[serde(with = "text")]
        reason: Reason,
        #[serde(with = "text")]
        now: Timestamp,
    },
    /// What the receiver holds.
    Held {},
    /// To have everything erased that the receiver holds.
    Erase {},
    /// To take a turn: something was decided.
    Turn {},
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    Preview(Preview),
    Status(Box<Status>),
    Sent(Outcome),
    Held(Held),
    Done,
    Refused(Refusal),
}

/// Why a question was not answered as it was meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{why}")]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    pub(crate) why: String,
}

/// Removes a file. Says whether it was there: of several processes that remove it, one is told so.
fn claim(directory: &Directory, name: &str) -> io::Result<bool> {
    match fs::remove_file(directory.path_of(name)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes what nobody will come back for. What cannot be removed is in nobody's way.
fn sweep(directory: &Directory, now: SystemTime) {
    let Ok(entries) = fs::read_dir(directory.path_of(FOLDER)) else { return };
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|modified| now.duration_since(modified).ok());
        if age.is_some_and(|age| age > STALE) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn path(id: &str, end: &str) -> String {
    format!("{FOLDER}/{id}{end}")
}
