//! What the writer is asked to do.

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::oneshot;

use super::freezing::{Step, Wrote};
use crate::error::Error;
use crate::store::{Erase, Erased, Keep, Kept, Stored, Swept};

/// Something to do, and where the outcome goes.
pub(super) enum Job {
    Put(Vec<Stored>, Reply<Kept>),
    Erase(Vec<Erase>, Timestamp, Reply<Vec<Erased>>),
    Sweep(Timestamp, Vec<Keep>, Reply<Swept>),
    Freeze(Box<Step>, Reply<Wrote>),
    Forward(Forward, Reply<()>),
}

/// What is to be done about what goes to another backend.
pub(super) enum Forward {
    /// As much may wait as the status says.
    Fit,
    /// These parts wait no longer.
    Gone(Vec<u64>),
    /// Another backend has the frozen days of an application up to this one.
    Pushed(String, Date),
}

/// Whoever waits for an outcome; nobody may any more.
pub(super) type Reply<T> = oneshot::Sender<Result<T, Error>>;

impl Job {
    /// About how much of a transaction it takes.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Put(parts, _) => parts.len(),
            Self::Erase(erasures, ..) => erasures.len(),
            Self::Freeze(step, _) => step.weight(),
            Self::Forward(..) => 1,
            // It is large enough to share a transaction with nobody who waits already.
            Self::Sweep(..) => usize::MAX / 2,
        }
    }
}

/// Jobs that share a transaction, by their kind.
#[derive(Default)]
pub(super) struct Group {
    pub(super) erasures: Queue<(Vec<Erase>, Timestamp), Vec<Erased>>,
    pub(super) sweeps: Queue<(Timestamp, Vec<Keep>), Swept>,
    pub(super) puts: Queue<Vec<Stored>, Kept>,
    pub(super) steps: Queue<Box<Step>, Wrote>,
    pub(super) forwards: Queue<Forward, ()>,
}

impl Group {
    pub(super) fn add(&mut self, job: Job) {
        match job {
            Job::Put(parts, reply) => self.puts.add(parts, reply),
            Job::Erase(erasures, now, reply) => self.erasures.add((erasures, now), reply),
            Job::Sweep(now, keeps, reply) => self.sweeps.add((now, keeps), reply),
            Job::Freeze(step, reply) => self.steps.add(step, reply),
            Job::Forward(forward, reply) => self.forwards.add(forward, reply),
        }
    }

    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.jobs() == 0
    }

    /// How many share the transaction.
    pub(super) fn jobs(&self) -> usize {
        let work = self.erasures.len() + self.sweeps.len() + self.puts.len();
        work + self.steps.len() + self.forwards.len()
    }

    /// Tells everybody what the transaction came to.
    pub(super) fn answer(self, outcome: Result<(), &Error>) {
        self.erasures.answer(outcome);
        self.sweeps.answer(outcome);
        self.puts.answer(outcome);
        self.steps.answer(outcome);
        self.forwards.answer(outcome);
    }
}

/// Jobs of one kind, and what became of each as far as they are done.
pub(super) struct Queue<W, T> {
    work: Vec<W>,
    done: Vec<Result<T, Error>>,
    replies: Vec<Reply<T>>,
}

impl<W, T> Default for Queue<W, T> {
    fn default() -> Self {
        Self { work: Vec::new(), done: Vec::new(), replies: Vec::new() }
    }
}

impl<W, T> Queue<W, T> {
    fn add(&mut self, work: W, reply: Reply<T>) {
        self.work.push(work);
        self.replies.push(reply);
    }

    pub(super) fn len(&self) -> usize {
        self.replies.len()
    }

    /// The work that is not done yet.
    pub(super) fn take(&mut self) -> Vec<W> {
        std::mem::take(&mut self.work)
    }

    /// Notes the outcome of the next job.
    pub(super) fn done(&mut self, outcome: Result<T, Error>) {
        self.done.push(outcome);
    }

    fn answer(self, outcome: Result<(), &Error>) {
        let mut done = self.done.into_iter();
        for reply in self.replies {
            let outcome = match outcome {
                Ok(()) => done.next(),
                Err(error) => Some(Err(error.clone())),
            };
            // Whoever went away asks again; what was kept stays kept.
            let _ = outcome.map(|outcome| reply.send(outcome));
        }
    }
}
