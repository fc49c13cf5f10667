//! One installation: everything that the builder was given, and how it stands.

use std::path::PathBuf;
use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant as Moment};

use headcount_contract::{Contract, INSTANCE, Identity as Policy, Leaf, Scalar, Secret, Source};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::collect::Collector;
use crate::configuration::Configuration;
use crate::consent::{Circumstances, Environment, Standing, Switches};
use crate::day::ReportFor;
use crate::directory::{Directory, Stamp};
use crate::error::{Cause, Error};
use crate::facts::Facts;
use crate::follow::Place;
use crate::make::Id;
use crate::memory::{Memory, kept_contracts};
use crate::opened::Host;
use crate::recorded::Recorded;
use crate::send::Route;
use crate::state::State;
use crate::thread::Bell;

/// See the module.
pub(crate) struct Instance {
    pub(crate) contract: Arc<Contract>,
    pub(crate) directory: Directory,
    /// Where reports go; an operator's own URL may be wrong, and then nothing goes.
    pub(crate) route: Result<Route, String>,
    /// The application's own id, where it has one.
    pub(crate) own_id: Option<Id>,
    /// The application's own key, where it has one.
    pub(crate) own_secret: Option<Secret>,
    pub(crate) attributes: Vec<(String, Scalar)>,
    /// Whether the contract requires reports of this instance.
    pub(crate) required: bool,
    pub(crate) configuration: Option<PathBuf>,
    pub(crate) environment: Box<Environment>,
    pub(crate) show: Box<dyn Fn(&str) + Send + Sync>,
    pub(crate) facts: Facts,
    pub(crate) report_for: Option<ReportFor>,
    /// What a relay kept, in place of gauges.
    pub(crate) recorded: Option<Recorded>,
    /// Whose decisions hold here.
    pub(crate) place: Place,
    pub(crate) timeout: Duration,
    pub(crate) collector: Collector,
    pub(crate) process: Process,
    pub(crate) bell: Arc<Bell>,
    pub(crate) host: Host,
}

/// What only this process knows.
#[derive(Debug, Default)]
pub(crate) struct Process {
    started: OnceLock<Timestamp>,
    ran: AtomicBool,
    /// Whether the thread runs.
    runs: AtomicBool,
    /// The day on which the log was last told.
    pub(crate) told: Mutex<Option<Date>>,
    /// The state as a look at its file last showed it.
    seen: Mutex<Option<Stamp>>,
}

/// How an instance stands at one moment.
pub(crate) struct View {
    pub(crate) memory: Memory,
    pub(crate) switches: Switches,
    pub(crate) standing: Standing,
    /// What is remembered where the decisions for this directory are made, if that is elsewhere.
    pub(crate) leader: Option<State>,
}

impl Instance {
    /// Reads everything that decides, anew: another process may have changed it.
    pub(crate) fn look(&self, now: Timestamp) -> Result<View, Error> {
        let memory = self.memory()?;
        if let Some(leader) = self.place.leader() {
            let View { memory: Memory { state, .. }, switches, standing, .. } = leader.look(now)?;
            return Ok(View { memory, switches, standing, leader: Some(state) });
        }
        let switches = self.switches(&memory);
        let standing = self.standing(&memory, &switches, now);
        Ok(View { memory, switches, standing, leader: None })
    }

    /// What is remembered at this moment.
    pub(crate) fn memory(&self) -> Result<Memory, Error> {
        Ok(Memory::read(&self.directory, slice::from_ref(&self.contract))
            .map_err(Cause::Storage)?)
    }

    /// Every contract whose text was kept: reports that follow one of them may wait.
    pub(crate) fn kept_contracts(&self) -> Result<Vec<Arc<Contract>>, Error> {
        let at_hand = slice::from_ref(&self.contract);
        Ok(kept_contracts(&self.directory, at_hand).map_err(Cause::Storage)?)
    }

    /// How the instance stands by what is remembered.
    pub(crate) fn standing(
        &self,
        memory: &Memory,
        switches: &Switches,
        now: Timestamp,
    ) -> Standing {
        Circumstances {
            contract: &self.contract,
            agreed: memory.agreed.as_ref(),
            state: &memory.state,
            switches,
            required: self.required,
            now,
        }
        .standing()
    }

    fn switches(&self, memory: &Memory) -> Switches {
        let mut switches = Switches::read(&self.contract, &*self.environment);
        if let Some(path) = &self.configuration {
            let read = Configuration::read(path).map_err(|error| error.to_string());
            switches = switches.with_configuration(read);
        }
        if memory.damaged.is_some() { switches.with_damage() } else { switches }
    }

    /// The end of the time that a report may take.
    pub(crate) fn deadline(&self) -> Moment {
        Moment::now() + self.timeout
    }

    /// The way to the receiver.
    pub(crate) fn route(&self) -> Result<&Route, Error> {
        self.route.as_ref().map_err(|why| Cause::Configuration(why.clone()).into())
    }

    /// Where reports go, for people.
    pub(crate) fn destination(&self) -> String {
        self.route.as_ref().map_or_else(Clone::clone, ToString::to_string)
    }

    /// Whether reports carry an id of the instance.
    pub(crate) fn has_identity(&self) -> bool {
        self.contract.identity() != Policy::None
    }
}

impl Process {
    /// When this process took its first turn.
    pub(crate) fn started(&self, now: Timestamp) -> Timestamp {
        *self.started.get_or_init(|| now)
    }

    /// Whether this process has made a report.
    pub(crate) fn ran(&self) -> bool {
        self.ran.load(Ordering::Relaxed)
    }

    pub(crate) fn run(&self) {
        self.ran.store(true, Ordering::Relaxed);
    }

    /// When it took its first turn, if it did.
    pub(crate) fn started_at(&self) -> Option<Timestamp> {
        self.started.get().copied()
    }

    /// Notes that the thread is started. Says whether it was already.
    pub(crate) fn starts(&self) -> bool {
        self.runs.swap(true, Ordering::Relaxed)
    }

    /// Notes how the state's file looks. Says whether it looked otherwise before.
    pub(crate) fn sees(&self, stamp: Option<Stamp>) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *seen, stamp) != stamp
    }

    /// Notes that the thread could not be started.
    pub(crate) fn stopped(&self) {
        self.runs.store(false, Ordering::Relaxed);
    }
}

/// Whether the contract requires reports of an instance with these attributes.
pub(crate) fn is_required(contract: &Contract, attributes: &[(String, Scalar)]) -> bool {
    contract.consent().required_when.as_ref().is_some_and(|(name, values)| {
        attributes.iter().any(|(key, value)| {
            key == name && matches!(value, Scalar::Text(text) if values.contains(text))
        })
    })
}

/// The leaf that tells the instance's id, where the report shows it.
pub(crate) fn id_leaf(contract: &Contract) -> Option<&Leaf> {
    let leaves = contract.structure().leaves();
    let mut ids = leaves.into_iter().map(|(_, leaf)| leaf);
    ids.find(|leaf| matches!(&leaf.source, Source::Id(name) if name == INSTANCE))
}
