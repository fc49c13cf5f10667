//! The asking side.

use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use uuid::Builder;

use super::{ANSWER, ASK, Question, Reply, claim, path, sweep};
use crate::clock;
use crate::directory::Directory;

/// Between two looks for an answer.
const PAUSE: Duration = Duration::from_millis(50);

/// How long an asker waits where nothing else is said.
pub(crate) const TAKEN: Duration = Duration::from_secs(10);
/// A report takes half a minute for its gauges, and another for the network, at most.
const ANSWERED: Duration = Duration::from_secs(75);

/// How long an asker waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Until an application has taken the question: then it is there, and running.
    pub(crate) taken: Duration,
    /// From then on until the answer, which takes as long as the gauges and the network.
    pub(crate) answered: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { taken: TAKEN, answered: ANSWERED }
    }
}

/// Asks, and waits for the answer; `None` where no application takes the question in time. Nothing is
/// written where there is no time, or no directory: no application runs with that.
///
/// Errors: those of the system; `TimedOut` where an application took the question and went.
pub(crate) fn ask(
    directory: &Directory,
    question: &Question,
    patience: Patience,
) -> io::Result<Option<Reply>> {
    if patience.taken.is_zero() || !directory.exists() {
        return Ok(None);
    }
    sweep(directory, SystemTime::now());
    let random = clock::random().map_err(io::Error::other)?;
    let id = Builder::from_random_bytes(random).into_uuid().hyphenated().to_string();
    let mut line = serde_json::to_vec(question).map_err(io::Error::other)?;
    line.push(b'\n');
    let asked = path(&id, ASK);
    directory.write(&asked, &line)?;
    let taken = wait(patience.taken, || !directory.path_of(&asked).exists());
    // Taken in the last moment, where it cannot be taken back.
    if !taken && claim(directory, &asked)? {
        return Ok(None);
    }
    let answer = path(&id, ANSWER);
    if !wait(patience.answered, || directory.path_of(&answer).exists()) {
        let text = "expected the application to answer, it took the question and did not";
        return Err(io::Error::new(ErrorKind::TimedOut, text));
    }
    let bytes = directory.read(&answer);
    claim(directory, &answer)?;
    let reply = serde_json::from_slice(&bytes?.unwrap_or_default());
    reply.map(Some).map_err(|error| {
        let text = format!("expected an answer of this release of headcount, got another: {error}");
        io::Error::new(ErrorKind::InvalidData, text)
    })
}

/// Waits until it is so, or the time is over; says whether it is.
fn wait(patience: Duration, so: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if so() {
            return true;
        }
        let left = patience.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return false;
        }
        thread::sleep(PAUSE.min(left));
    }
}
