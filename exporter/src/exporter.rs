//! What an application calls.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use headcount_contract::{Changes, Contract, Level, Reason};
use opentelemetry::metrics::{Meter, MeterProvider};

use crate::error::Cause;
use crate::instance::Instance;
use crate::opened::Host;
use crate::requests::TAKEN;
use crate::{
    Error, ExporterBuilder, Gauge, Held, Outcome, Preview, Sent, Status, Tee, Turn, clock, thread,
};

/// Reports how one instance is used: by one contract, to one receiver, with consent only.
///
/// Clones share everything. An exporter belongs to the process in which it was built: build it after
/// forking. See the [crate's documentation](crate) for the whole of it.
#[derive(Clone)]
pub struct Exporter {
    instance: Arc<Instance>,
    /// For an answer of the application, where it is another process.
    pub(crate) patience: Duration,
}

impl Exporter {
    /// Begins an exporter for reports of this contract, which keeps what it has to keep in this
    /// directory; see [`ExporterBuilder`].
    pub fn builder(
        contract: impl Into<Arc<Contract>>,
        data_directory: impl Into<std::path::PathBuf>,
    ) -> ExporterBuilder {
        ExporterBuilder::new(contract.into(), data_directory.into())
    }

    pub(crate) fn new(instance: Instance) -> Self {
        Self { instance: Arc::new(instance), patience: TAKEN }
    }

    pub(crate) fn instance(&self) -> &Instance {
        &self.instance
    }

    pub(crate) fn shared(&self) -> Arc<Instance> {
        Arc::clone(&self.instance)
    }

    /// The meter on which the application creates the contract's gauges, once, at its start.
    ///
    /// It is the exporter's own: its instruments appear nowhere else, and no other instruments
    /// appear here. Callbacks run when a report or a preview is made, on
    /// a thread of the exporter, and only then. One that panics is contained, and its gauge is
    /// left out; one that hangs fails the report. Recording never blocks on the network.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path())
    /// #     .endpoint("http://127.0.0.1:9")
    /// #     .attribute("service.version", "v2.4.2:match:f1bd9ae")
    /// #     .attribute("os.type", "linux")
    /// #     .build()?;
    /// use headcount::opentelemetry::KeyValue;
    ///
    /// let meter = exporter.meter();
    /// meter.u64_gauge("openfn.users").build().record(12, &[]);
    /// let _users = meter
    ///     .u64_observable_gauge("openfn.project.users")
    ///     .with_callback(|observer| {
    ///         let id = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10";
    ///         observer.observe(3, &[KeyValue::new("openfn.project.id", id)]);
    ///     })
    ///     .build();
    /// assert!(exporter.preview()?.to_string().contains(r#""no_of_users": 12"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn meter(&self) -> Meter {
        self.instance.collector.meter()
    }

    /// A meter provider in front of the host's own, for services that have OpenTelemetry already:
    /// instruments that the contract lists feed both, all others are the host's alone. See [`Tee`].
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract, "usage").endpoint("http://127.0.0.1:9").build()?;
    /// use opentelemetry_sdk::metrics::SdkMeterProvider;
    ///
    /// let provider = SdkMeterProvider::builder().build(); // with the service's own reader
    /// opentelemetry::global::set_meter_provider(exporter.tee(provider.clone()));
    /// let users = opentelemetry::global::meter("app").u64_gauge("openfn.users").build();
    /// users.record(12, &[]);
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn tee(&self, provider: impl MeterProvider + Send + Sync + 'static) -> Tee {
        Tee::new(provider, Arc::clone(self.instance.collector.registry()))
    }

    /// A gauge of the contract that the application tells when it changes, for those that no
    /// callback can ask. `entities` are the attributes that its points carry, in the order in which
    /// the application will give their values; see [`Gauge`].
    ///
    /// Errors: the contract has no such gauge, or the gauge has other attributes. The text names
    /// those that there are.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract, "usage").endpoint("http://127.0.0.1:9").build()?;
    /// let users = exporter.gauge("openfn.project.users", ["openfn.project.id"])?;
    /// users.set(["6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10"], 3);
    ///
    /// let error = exporter.gauge("openfn.project.user", ["openfn.project.id"]).expect_err("misspelt");
    /// assert!(error.is_configuration());
    /// assert!(error.to_string().starts_with("expected a gauge of openfn/2 (`openfn.project.users`, "));
    ///
    /// let error = exporter.gauge("openfn.project.users", []).expect_err("of which project?");
    /// assert!(error.to_string().ends_with("expected the attributes `openfn.project.id`, got none"));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn gauge<const N: usize>(
        &self,
        name: &str,
        entities: [&str; N],
    ) -> Result<Gauge<N>, Error> {
        let registry = self.instance.collector.registry();
        Gauge::new(&self.instance.contract, registry, name, entities)
            .map_err(|error| Cause::Configuration(error.to_string()).into())
    }

    /// The application's contract.
    pub fn contract(&self) -> &Arc<Contract> {
        &self.instance.contract
    }

    /// Starts the schedule, once every gauge is created: a thread named `headcount` that sleeps,
    /// shows the notice where it is due, makes the reports that are due and sends them. It ends
    /// with the last handle.
    ///
    /// A process that forks starts its exporters after that: threads stay with the parent.
    ///
    /// Errors: the system refuses a thread. A second call changes nothing.
    ///
    /// ```no_run
    /// # fn start(exporter: headcount::Exporter) -> Result<(), headcount::Error> {
    /// exporter.start()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn start(&self) -> Result<(), Error> {
        thread::start(&self.instance)
    }

    /// Does, now, what the thread of [`start`](Self::start) does in one turn, and says when to come
    /// back: for programs that do not keep running, that have a scheduler of their own, or that
    /// play with the clock.
    ///
    /// It blocks for as long as the gauges and the network take, each at most the builder's
    /// `timeout`; in async code, call it through `spawn_blocking` or its like.
    ///
    /// Errors: the data directory cannot be used. A report that could not be made is in
    /// [`Turn::failed`].
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path()).endpoint("http://127.0.0.1:9").build()?;
    /// use std::time::SystemTime;
    ///
    /// let turn = exporter.run_due(SystemTime::now())?;
    /// assert_eq!(turn.made, 0, "nobody agreed");
    /// assert!(turn.next > SystemTime::now());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_due(&self, now: SystemTime) -> Result<Turn, Error> {
        self.instance.turn(clock::timestamp(now)?)
    }

    /// How the instance stands: who decided what, what waits, when the next report is made.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path()).endpoint("http://127.0.0.1:9").environment(|_| None).build()?;
    /// let status = exporter.status()?;
    /// assert!(!status.reporting);
    /// assert_eq!(status.decision, "nothing is sent yet: somebody has to agree");
    /// println!("{status}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn status(&self) -> Result<Status, Error> {
        self.instance.status(clock::now()?)
    }

    /// The text that an operator reads before deciding: everything that the contract lists, where it
    /// goes and how to decline; and what is new, where an older contract was agreed to.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path()).endpoint("http://usage.example.org").build()?;
    /// let notice = exporter.notice()?;
    /// assert!(notice.contains("http://usage.example.org/v1/metrics"));
    /// assert!(notice.contains("Nothing is sent unless you agree."));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn notice(&self) -> Result<String, Error> {
        let memory = self.instance.memory()?;
        Ok(self.instance.notice(&memory))
    }

    /// The notice in its parts, without what is new in it.
    #[cfg(feature = "panel")]
    pub(crate) fn notice_parts(&self) -> Vec<headcount_contract::NoticePart> {
        let destination = self.instance.destination();
        self.instance.contract.notice_parts(&self.instance.facts.with(&destination))
    }

    /// Agrees to reports of this very contract, up to a level: the operator's choice in the
    /// application. What was declined before is forgotten.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path()).endpoint("http://127.0.0.1:9").environment(|_| None).build()?;
    /// use headcount::contract::Level;
    ///
    /// exporter.agree(Level::Basic)?;
    /// assert!(exporter.status()?.reporting);
    /// exporter.decline()?;
    /// assert!(!exporter.status()?.reporting);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn agree(&self, level: Level) -> Result<(), Error> {
        self.instance.agree(level, clock::now()?)?;
        self.instance.bell.ring();
        Ok(())
    }

    /// Declines, or takes back what was agreed to. Reports that wait are dropped, and what the
    /// contract says of a withdrawal happens: the id is deleted and the receiver asked to erase,
    /// the withdrawal is told once. That leaves with the next turn.
    ///
    /// Errors: reports are required of this instance; the data directory cannot be written.
    pub fn decline(&self) -> Result<(), Error> {
        self.instance.decline(clock::now()?)?;
        if !self.instance.host.is_here() {
            self.ask_to_leave()?;
        }
        self.instance.bell.ring();
        Ok(())
    }

    /// Asks the receiver, with the next turn, to erase all that it holds about this instance, and
    /// forgets the reports in the local history. Reports go on, unless somebody declines.
    ///
    /// Errors: there is no id to erase by; the data directory cannot be written.
    pub fn erase(&self) -> Result<(), Error> {
        if self.instance.host.has_own_keys() {
            return self.ask_to_erase();
        }
        self.instance.erase(clock::now()?)?;
        self.instance.bell.ring();
        Ok(())
    }

    /// Asks the receiver what it holds about this instance, now, and compares its receipts with the local history: for
    /// each report whether it is held as it was sent. Nothing leaves but the id as it travels with every report.
    ///
    /// It may be asked whenever [`erase`](Self::erase) would be let out: also after a withdrawal, and not while a
    /// variable or a file wants silence. It blocks for as long as the network takes, at most the builder's `timeout`.
    ///
    /// Errors: there is no id to ask by; consent does not allow it; the receiver cannot be reached, or what is reached
    /// is no receiver of headcount but a Collector.
    ///
    /// ```no_run
    /// # fn show(exporter: headcount::Exporter) -> Result<(), headcount::Error> {
    /// for report in exporter.held()?.reports {
    ///     println!("{} for {}: {}", report.contract, report.date, report.verdict);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn held(&self) -> Result<Held, Error> {
        if self.instance.host.has_own_keys() {
            return self.ask_held();
        }
        self.instance.held(clock::now()?)
    }

    /// What the application's contract tells beyond, or short of, the one that was agreed to.
    /// `None` while nothing was agreed to.
    pub fn difference(&self) -> Result<Option<Changes>, Error> {
        self.instance.difference()
    }

    /// What was sent, oldest first, with the receiver's answers and receipts.
    pub fn history(&self) -> Result<Vec<Sent>, Error> {
        Ok(self.instance.history().entries().map_err(Cause::Storage)?.sent)
    }

    /// What would be sent now, without sending it. Works whatever was decided, and writes nothing.
    /// See [`Preview`].
    pub fn preview(&self) -> Result<Preview, Error> {
        self.preview_of(Reason::Daily, SystemTime::now())
    }

    /// What a report for this reason at this time would tell.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path())
    /// #     .endpoint("http://127.0.0.1:9")
    /// #     .attribute("service.version", "v2.4.2:match:f1bd9ae")
    /// #     .attribute("os.type", "linux")
    /// #     .build()?;
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// use headcount::contract::Reason;
    ///
    /// // 2024-04-26 01:30 UTC; a report of this contract is for the finished day before.
    /// let night = UNIX_EPOCH + Duration::from_secs(1_714_095_000);
    /// let preview = exporter.preview_of(Reason::Daily, night)?;
    /// assert!(preview.to_string().contains(r#""report_date": "2024-04-25""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn preview_of(&self, reason: Reason, now: SystemTime) -> Result<Preview, Error> {
        let now = clock::timestamp(now)?;
        match self.instance.host {
            Host::Here => self.instance.preview(reason, now),
            Host::Elsewhere { .. } => self.ask_preview(reason, now),
        }
    }

    /// Makes the day's report now, whatever the schedule says, sends it, and waits for its outcome.
    ///
    /// ```no_run
    /// # fn report(exporter: headcount::Exporter) {
    /// match exporter.send_now() {
    ///     Ok(outcome) => println!("usage report: {outcome}"),
    ///     Err(error) => println!("no usage report: {error}"),
    /// }
    /// # }
    /// ```
    pub fn send_now(&self) -> Result<Outcome, Error> {
        self.send(Reason::Daily, SystemTime::now())
    }

    /// Makes a report as at `now`, spools it, sends what waits, and says what became of this one.
    /// One that did not arrive stays in the spool and is sent with a later turn.
    ///
    /// It blocks for as long as the gauges and the network take, each at most the builder's
    /// `timeout`. The network runs on a thread of its own, so this may be called from anywhere; in
    /// async code, call it through `spawn_blocking` (or its like) to keep the executor free.
    ///
    /// Errors: consent is missing; the report lacks something that the contract requires; the data
    /// directory cannot be used.
    pub fn send(&self, reason: Reason, now: SystemTime) -> Result<Outcome, Error> {
        let now = clock::timestamp(now)?;
        match self.instance.host {
            Host::Here => self.instance.send(reason, now),
            Host::Elsewhere { .. } => self.ask_to_send(reason, now),
        }
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter")
            .field("contract", &self.instance.contract.label())
            .field("destination", &self.instance.destination())
            .finish_non_exhaustive()
    }
}
