//! What a relay does with the exporters of its instances.

use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::Cause;
use crate::follow::Place;
use crate::memory::{Memory, STATE};
use crate::{Date, Error, Exporter, clock};

/// The folder in a relay's data directory in which each instance has its own.
pub(crate) const INSTANCES: &str = "instances";

/// For relays, which tend many exporters on one thread: call [`run_due`](Self::run_due) when the last
/// [`Turn::next`](crate::Turn::next) has come, or when [`answer`](Self::answer) asks for it.
impl Exporter {
    /// Answers what `headcount operator` asked since the last call, as the thread of [`start`](Self::start)
    /// does. Says whether to take a turn now: something was asked for, or was decided by another process. It
    /// takes one look into a folder where nothing is asked; what is asked may take as long as the network.
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
        let instance = self.instance();
        let asked = instance.answer_requests();
        let stamp = || instance.directory.stamp(STATE);
        (instance.place.leads() && instance.process.sees(stamp())) || asked
    }

    /// Makes the report of a finished day again, since more of it came after it was made; a receiver replaces
    /// the one that it has. Says whether one was made: not for a day that is still to be reported by the
    /// schedule, that lies further back than the contract looks, on which reports were off, or which the
    /// receiver was asked to erase; and not while reports are off. It is sent with the next turn.
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

    /// Whether nothing is left to be done here: reports were made and are no more, none waits, and no
    /// withdrawal. Of an instance whose id is known to nobody but the relay, that is all that it leaves after
    /// its withdrawal.
    pub fn is_gone(&self) -> Result<bool, Error> {
        let instance = self.instance();
        let Memory { state, damaged, .. } = instance.memory()?;
        let waits = !instance.spool().waiting().map_err(Cause::Storage)?.is_empty();
        let ended = state.stopped.is_some() && !state.is_reporting() && !state.leaving;
        Ok(ended && damaged.is_none() && !waits)
    }

    /// Whether it [only decides](crate::ExporterBuilder::decides_only).
    pub fn leads(&self) -> bool {
        self.instance().place.leads()
    }

    /// The instances that report by what is decided in this directory, by their labels: the folders of `instances/` in
    /// which one has kept something.
    ///
    /// Errors: the folder is there, and cannot be read.
    pub fn instances(&self) -> Result<Vec<String>, Error> {
        let folder = self.instance().directory.path_of(INSTANCES);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(Cause::Storage)?,
        };
        let mut labels = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Cause::Storage)?;
            let label = entry.file_name().into_string().unwrap_or_default();
            if is_label(&label) && entry.path().join(STATE).is_file() {
                labels.push(label);
            }
        }
        labels.sort();
        Ok(labels)
    }

    /// Opens the data directory of one of the [instances](Self::instances), as [`open`](Self::open) does.
    ///
    /// Errors: there is no such instance; what it left cannot be read.
    pub fn instance_at(&self, label: &str) -> Result<Self, Error> {
        let directory = &self.instance().directory;
        let place = directory.path_of(INSTANCES).join(label);
        if !is_label(label) || !place.join(STATE).is_file() {
            let folder = directory.path_of(INSTANCES);
            let text = format!("expected an instance in {}, got another label", folder.display());
            return Err(Cause::NoApplication(text).into());
        }
        let contract = self.contract();
        let opening = Self::opening(place.clone()).or_else(|error| {
            // What it kept cannot be read; what was decided for it can.
            if error.is_configuration() {
                Ok(Self::builder(Arc::clone(contract), place))
            } else {
                Err(error)
            }
        });
        let mut builder = opening?;
        if self.instance().place.leads() {
            builder.place = Place::Follows(self.shared());
        }
        Ok(builder.open()?.patience(self.patience))
    }
}

/// Whether a text can be the name of an instance's folder.
fn is_label(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
