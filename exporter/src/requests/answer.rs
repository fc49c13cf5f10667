//! The answering side.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use jiff::Timestamp;
use uuid::Uuid;

use super::{ANSWER, ASK, FOLDER, QUESTION_LIMIT, Question, Refusal, Reply, claim, path, sweep};
use crate::clock;
use crate::directory::{Directory, LIMIT};
use crate::error::{Error, Kind};
use crate::instance::Instance;

/// So many questions are answered in a row; the others wait for the next look.
const AT_ONCE: usize = 8;

/// A question that nobody else answers.
struct Taken {
    id: String,
    question: Result<Question, String>,
}

impl Instance {
    /// Answers what was asked since the last look. Says whether to take a turn now. What goes wrong in it is the
    /// asker's to know, and never the host's.
    pub(crate) fn answer_requests(&self) -> bool {
        // A folder that cannot be read has no question for this process.
        let ids = pending(&self.directory).unwrap_or_default();
        ids.into_iter().take(AT_ONCE).fold(false, |turn, id| self.answer(id) | turn)
    }

    fn answer(&self, id: String) -> bool {
        let Ok(Some(taken)) = take(&self.directory, id) else { return false };
        let reply = catch_unwind(AssertUnwindSafe(|| self.reply(&taken.question)));
        let reply = reply.unwrap_or_else(|payload| {
            // Dropping what was thrown could panic again.
            std::mem::forget(payload);
            refused(Kind::Other, "expected an answer without a panic")
        });
        // Without an answer the asker hears of it when the time is over.
        let _ = write(&self.directory, &taken.id, &reply);
        matches!(taken.question, Ok(Question::Erase {} | Question::Turn {}))
    }

    fn reply(&self, question: &Result<Question, String>) -> Reply {
        let question = match question {
            Ok(question) => *question,
            Err(why) => return refused(Kind::Other, why),
        };
        let replied =
            clock::now().map_err(Error::from).and_then(|now| self.consider(question, now));
        replied.unwrap_or_else(|error| refused(error.kind(), &error.to_string()))
    }

    fn consider(&self, question: Question, now: Timestamp) -> Result<Reply, Error> {
        Ok(match question {
            Question::Preview { reason, now } => Reply::Preview(self.preview(reason, now)?),
            Question::Status {} => Reply::Status(Box::new(self.status(now)?)),
            Question::Send { reason, now } => Reply::Sent(self.send(reason, now)?),
            Question::Held {} => Reply::Held(self.held(now)?),
            Question::Erase {} => {
                self.erase(now)?;
                Reply::Done
            }
            Question::Turn {} => Reply::Done,
        })
    }
}

/// The ids of the questions that wait. Also removes what was left behind, where there is anything.
fn pending(directory: &Directory) -> io::Result<Vec<String>> {
    let files = directory.list(FOLDER)?;
    if !files.is_empty() {
        sweep(directory, SystemTime::now());
    }
    let ids = files.iter().filter_map(|file| file.name.strip_suffix(ASK));
    Ok(ids.filter(|id| Uuid::try_parse(id).is_ok()).map(str::to_owned).collect())
}

/// Takes a question; `None` where another process was faster.
fn take(directory: &Directory, id: String) -> io::Result<Option<Taken>> {
    let name = path(&id, ASK);
    let question = read(directory, &name);
    Ok(claim(directory, &name)?.then_some(Taken { id, question }))
}

fn read(directory: &Directory, name: &str) -> Result<Question, String> {
    let expected = "expected a question of this release of headcount";
    let bytes = directory.read(name).map_err(|error| format!("{expected}: {error}"))?;
    let bytes = bytes.unwrap_or_default();
    if bytes.len() as u64 > QUESTION_LIMIT {
        return Err(format!("{expected}, got more than {QUESTION_LIMIT} bytes"));
    }
    serde_json::from_slice(&bytes).map_err(|error| format!("{expected}, got another: {error}"))
}

fn write(directory: &Directory, id: &str, reply: &Reply) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(reply).map_err(io::Error::other)?;
    if bytes.len() as u64 > LIMIT {
        let why = format!("expected an answer of at most {LIMIT} bytes, got more");
        bytes = serde_json::to_vec(&refused(Kind::Other, &why)).map_err(io::Error::other)?;
    }
    directory.write(&path(id, ANSWER), &bytes)
}

fn refused(kind: Kind, why: &str) -> Reply {
    Reply::Refused(Refusal { kind, why: why.to_owned() })
}
