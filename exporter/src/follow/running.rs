//! A relay under test: what it kept, and the exporters of its process.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use headcount_contract::{Collected, Contract, Ids, Level, Observation, Reason, Scalar};
use headcount_proto::Number;
use jiff::Timestamp;
use jiff::civil::Date;
use tempfile::TempDir;

use crate::{Exporter, ExporterBuilder, Turn};

/// Ids of instances as they travel.
pub(crate) const ID: &str = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
pub(crate) const OTHER: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub(crate) const ACME: &str = r#"contract: acme
version: "1"
brief: How one Acme server is used.
identity: stable
consent: { default: opt_in, environment: ACME_USAGE, announce: true, on_withdrawal: delete_id }
schedule: { covers: previous_day, daily: "01:30", backfill: 5, events: [upgrade, opt_out] }
report:
  date:     { $report: date }
  id:       { $id: service.instance.id, hash: sha256, encoding: hex, optional: omit }
  version:  { $attribute: service.version, max_length: 32, brief: The release that runs }
  usage:
    $when: { reason: [daily, backfill] }
    users:  { $gauge: acme.users, unit: "{user}", brief: People with an account }
    sizes:
      level: usage
      books: { $gauge: acme.books, unit: "{book}", brief: Books in it, optional: omit }
"#;

/// What the applications told a relay: people with an account, by day.
pub(crate) type Kept = Arc<Mutex<BTreeMap<Date, u64>>>;

/// A relay's data directory, and what it kept.
pub(crate) struct Relay {
    pub(crate) folder: TempDir,
    pub(crate) kept: Kept,
    pub(crate) version: Arc<Mutex<String>>,
    /// The variables of the environment.
    pub(crate) variables: Arc<Mutex<BTreeSet<String>>>,
}

/// A relay's process: one exporter that decides, and those that it started for its instances.
pub(crate) struct Running<'r> {
    relay: &'r Relay,
    pub(crate) contract: Arc<Contract>,
    pub(crate) leader: Exporter,
}

impl Relay {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            kept: Kept::default(),
            version: Arc::new(Mutex::new("1.0".to_owned())),
            variables: Arc::default(),
        }
    }

    /// Starts the process.
    pub(crate) fn run(&self, contract: &str) -> Running<'_> {
        let contract = Contract::parse("acme.yaml", contract);
        let contract = Arc::new(contract.unwrap_or_else(|mistakes| panic!("{mistakes}")));
        let leader = self.builder(&contract, "").decides_only().build();
        Running { relay: self, contract, leader: leader.expect("everything is right") }
    }

    pub(crate) fn builder(&self, contract: &Arc<Contract>, folder: &str) -> ExporterBuilder {
        let variables = Arc::clone(&self.variables);
        let set = move |name: &str| variables.lock().expect("no panic").contains(name);
        Exporter::builder(Arc::clone(contract), self.folder.path().join(folder))
            .endpoint("http://127.0.0.1:9")
            .environment(move |name| set(name).then(|| "1".to_owned()))
            .show_notice(|_| {})
    }

    /// Keeps a value of this day.
    pub(crate) fn keep(&self, day: Date, users: u64) {
        self.kept.lock().expect("no panic").insert(day, users);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Running<'_> {
    pub(crate) fn builder(&self, label: &str, id: &str) -> ExporterBuilder {
        self.nameless(label).traveling_id(id)
    }

    /// An instance that has to make an id.
    pub(crate) fn nameless(&self, label: &str) -> ExporterBuilder {
        let folder = format!("instances/{label}");
        let builder = self.relay.builder(&self.contract, &folder).follows(&self.leader);
        builder.show_notice(|_| panic!("the notice is shown where it is decided"))
    }

    /// An instance that tells what was kept of it.
    pub(crate) fn instance(&self, label: &str, id: &str) -> Exporter {
        let (kept, version) = (Arc::clone(&self.relay.kept), Arc::clone(&self.relay.version));
        let builder = self.builder(label, id).recorded(move |asked| {
            let version = version.lock().expect("no panic").clone();
            let kept = kept.lock().expect("no panic");
            Ok::<_, std::io::Error>(kept.get(&asked.day).map(|users| collected(&version, *users)))
        });
        builder.build().expect("everything is right")
    }

    pub(crate) fn first(&self) -> Exporter {
        self.instance("1", ID)
    }

    pub(crate) fn agree(&self, level: Level, now: Timestamp) {
        self.leader.instance().agree(level, now).expect("it can be written");
        self.turn(now);
    }

    pub(crate) fn decline(&self, now: Timestamp) {
        self.leader.instance().decline(now).expect("it can be written");
    }

    /// A turn of the one that decides.
    pub(crate) fn turn(&self, now: Timestamp) -> Turn {
        self.leader.instance().turn(now).expect("a turn")
    }
}

pub(crate) fn collected(version: &str, users: u64) -> Collected {
    let number = Number::Int(i64::try_from(users).expect("few"));
    let point = |metric: &str| Observation {
        metric: metric.to_owned(),
        attributes: Vec::new(),
        value: number,
    };
    Collected {
        resource: vec![("service.version".to_owned(), Scalar::from(version))],
        points: vec![point("acme.users"), point("acme.books")],
        ids: Ids::Held,
    }
}

/// A time of a day of March 2026.
pub(crate) fn at(day: i8, time: &str) -> Timestamp {
    format!("2026-03-{day:02}T{time}:00Z").parse().expect("a time")
}

pub(crate) fn date(day: i8) -> Date {
    jiff::civil::date(2026, 3, day)
}

pub(crate) fn turn(exporter: &Exporter, now: Timestamp) -> Turn {
    exporter.instance().turn(now).expect("a turn")
}

/// What waits to be sent: why it was made, and for which day.
pub(crate) fn waiting(exporter: &Exporter) -> Vec<(Reason, Date)> {
    let instance = exporter.instance();
    let contracts = instance.kept_contracts().expect("they can be read");
    let spooled = instance.spool().entries(&contracts).expect("they can be read").spooled;
    spooled.iter().map(|one| (one.head().reason, one.head().date)).collect()
}

/// The newest report that waits.
pub(crate) fn report(exporter: &Exporter) -> String {
    exporter.waiting().expect("they can be read").last().expect("one waits").to_string()
}
