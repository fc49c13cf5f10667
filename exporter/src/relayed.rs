//! What a relay does with the exporters of its instances.

use std::time::SystemTime;

use crate::{Date, Error, Exporter, clock};

/// For relays, which tend many exporters on one thread: call [`run_due`](Self::run_due) when the last
/// [`Turn::next`](crate::Turn::next) has come, or when [`answer`](Self::answer) asks for it.
impl Exporter {
    /// Answers what `headcount operator` asked since the last call, as the thread of [`start`](Self::start) does. Says whether
    /// to take a turn now: something was asked for, or was decided by another process. It takes one look into a
    /// folder where nothing is asked; what is asked may take as long as the network.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path()).endpoint("http://127.0.0.1:9").build()?;
    /// use std::time::SystemTime;
    ///
    /// let mut next = SystemTime::UNIX_EPOCH;
    /// let now = SystemTime::now();
    /// if exporter.answer() || now >= next {
    ///     next = exporter.run_due(now)?.next;
    /// }
    /// assert!(next > now);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answer(&self) -> bool {
        self.instance().answer_requests()
    }

    /// Makes the report of a finished day again, since more of it came after it was made; a receiver replaces the
    /// one that it has. Says whether one was made: not for a day that is still to be reported by the schedule, that lies
    /// further back than the contract looks, on which reports were off, or which the receiver was asked to erase; and not
    /// while reports are off. It is sent with the next turn.
    ///
    /// Errors: those of a report; the data directory cannot be used.
    pub fn make_again(&self, day: Date, now: SystemTime) -> Result<bool, Error> {
        self.instance().make_again(day, clock::timestamp(now)?)
    }

    /// Whether reports are on at this moment: [`Status::reporting`](crate::Status::reporting), and nothing else of it.
    pub fn reports(&self, now: SystemTime) -> Result<bool, Error> {
        let view = self.instance().look(clock::timestamp(now)?)?;
        Ok(view.standing.terms().is_some())
    }
}
