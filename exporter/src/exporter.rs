//! Composes the stages: collect, anonymise, send. The only module that knows them all.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use headcount_contract::{Anonymous, Contract, Level, NoticeFacts, Reason, Secret, anonymise};
use opentelemetry::metrics::{Meter, MeterProvider};

use crate::builder::missing;
use crate::collect::{Collection, Collector, LeftOut};
use crate::consent::{Environment, declined};
use crate::error::Cause;
use crate::period::Period;
use crate::preview::withheld;
use crate::send::{Moment, Route, send};
use crate::{Consent, Error, ExporterBuilder, Gauge, Outcome, Preview, Tee, clock};

/// Reports how one instance is used: by one contract, to one endpoint, with consent only.
///
/// Clones share everything. An exporter belongs to the process in which it was built: build it after
/// forking. See the [crate's documentation](crate) for the whole of it.
#[derive(Clone)]
pub struct Exporter {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) contract: Arc<Contract>,
    pub(crate) route: Route,
    pub(crate) secret: Secret,
    /// Whether the instance has the id that the contract asks for.
    pub(crate) identified: bool,
    pub(crate) consent: Mutex<Consent>,
    pub(crate) timeout: Duration,
    pub(crate) environment: Box<Environment>,
    pub(crate) collector: Collector,
}

impl Exporter {
    /// Begins an exporter for reports of this contract; see [`ExporterBuilder`].
    pub fn builder(contract: impl Into<Arc<Contract>>) -> ExporterBuilder {
        ExporterBuilder::new(contract.into())
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
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
    /// # let exporter = headcount::Exporter::builder(contract)
    /// #     .endpoint("http://127.0.0.1:9")
    /// #     .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
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
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn meter(&self) -> Meter {
        self.inner.collector.meter()
    }

    /// A meter provider in front of the host's own, for services that have OpenTelemetry already:
    /// instruments that the contract lists feed both, all others are the host's alone. See [`Tee`].
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract).endpoint("http://127.0.0.1:9").build()?;
    /// use opentelemetry_sdk::metrics::SdkMeterProvider;
    ///
    /// let provider = SdkMeterProvider::builder().build(); // with the service's own reader
    /// opentelemetry::global::set_meter_provider(exporter.tee(provider.clone()));
    /// let users = opentelemetry::global::meter("app").u64_gauge("openfn.users").build();
    /// users.record(12, &[]);
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn tee(&self, provider: impl MeterProvider + Send + Sync + 'static) -> Tee {
        Tee::new(provider, Arc::clone(self.inner.collector.registry()))
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
    /// # let exporter = headcount::Exporter::builder(contract).endpoint("http://127.0.0.1:9").build()?;
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
        let registry = self.inner.collector.registry();
        Gauge::new(&self.inner.contract, registry, name, entities)
            .map_err(|error| Cause::Configuration(error.to_string()).into())
    }

    /// The contract that governs the reports.
    pub fn contract(&self) -> &Arc<Contract> {
        &self.inner.contract
    }

    /// The decision that holds now.
    pub fn consent(&self) -> Consent {
        *self.inner.consent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the decision, from the next report on.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract).endpoint("http://127.0.0.1:9").build()?;
    /// use headcount::Consent;
    /// use headcount::contract::Level;
    ///
    /// let digest = exporter.contract().digest();
    /// exporter.set_consent(Consent::Granted { digest, level: Level::Usage });
    /// assert_ne!(exporter.consent(), Consent::Unset);
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn set_consent(&self, consent: Consent) {
        *self.inner.consent.lock().unwrap_or_else(PoisonError::into_inner) = consent;
    }

    /// The text that an operator reads before deciding: everything that the contract lists, where it
    /// goes and how to decline. The destination is the exporter's own; the other facts are the
    /// application's to give.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract).endpoint("http://usage.example.org").build()?;
    /// use headcount::contract::NoticeFacts;
    ///
    /// let place = Some("Settings, Usage");
    /// let notice = exporter.notice(NoticeFacts { application: place, ..NoticeFacts::default() });
    /// assert!(notice.contains("http://usage.example.org/v1/metrics"));
    /// assert!(notice.contains("Nothing is sent unless you agree."));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn notice(&self, facts: NoticeFacts<'_>) -> String {
        let destination = self.inner.route.endpoint().to_string();
        self.inner.contract.notice(&NoticeFacts { destination: &destination, ..facts })
    }

    /// What would be sent now, without sending it. Works whatever the consent, and before the
    /// instance has an id; where no level is granted, it shows the highest. See [`Preview`].
    pub fn preview(&self) -> Result<Preview, Error> {
        self.preview_of(Reason::Daily, clock::now())
    }

    /// What [`send`](Self::send) would send for this reason at this time.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract)
    /// #     .endpoint("http://127.0.0.1:9")
    /// #     .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
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
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn preview_of(&self, reason: Reason, now: SystemTime) -> Result<Preview, Error> {
        let level = self.consent().level(&self.inner.contract).unwrap_or(Level::Diagnostics);
        let (report, left_out) = self.inner.make(reason, now, level, self.inner.deadline())?;
        Ok(Preview::new(&report, &left_out))
    }

    /// Makes the daily report now, sends it, and waits for its outcome; see [`send`](Self::send).
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
        self.send(Reason::Daily, clock::now())
    }

    /// Makes a report as at `now`, sends it once, and waits for its outcome.
    ///
    /// A report that lacks something the contract requires is not sent. It blocks for the
    /// builder's `timeout` at most. The network runs on a thread of its own, so this may be called
    /// from anywhere; in async code, call it through `spawn_blocking` (or its like) to keep the
    /// executor free. Whether and when to repeat is the caller's choice.
    ///
    /// ```no_run
    /// # fn report(exporter: headcount::Exporter) -> Result<(), headcount::Error> {
    /// use std::time::SystemTime;
    ///
    /// use headcount::Outcome;
    /// use headcount::contract::Reason;
    ///
    /// if let Outcome::Retry { after, .. } = exporter.send(Reason::Install, SystemTime::now())? {
    ///     println!("again, but not before {after:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(&self, reason: Reason, now: SystemTime) -> Result<Outcome, Error> {
        declined(&self.inner.contract, &*self.inner.environment)?;
        let level = self.consent().level(&self.inner.contract)?;
        if !self.inner.identified {
            return Err(missing("an instance id: call `instance_id` with a random UUID"));
        }
        let deadline = self.inner.deadline();
        let (report, left_out) = self.inner.make(reason, now, level, deadline)?;
        if let Err(incomplete) = report.report() {
            return Err(not_made(&incomplete, &withheld(&report, &left_out)).into());
        }
        Ok(send(&self.inner.route, (&report).into(), Moment { now, deadline }))
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter")
            .field("contract", &self.inner.contract.label())
            .field("route", &self.inner.route)
            .field("consent", &self.consent())
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    fn make(
        &self,
        reason: Reason,
        now: SystemTime,
        level: Level,
        deadline: Instant,
    ) -> Result<(Anonymous, Vec<LeftOut>), Error> {
        let period = Period::new(self.contract.schedule().covers, now)?;
        let header = period.header(clock::random()?, reason);
        let Collection { collected, left_out } = self.collector.collect(deadline)?;
        let report = anonymise(&self.contract, &collected, &header, level, &self.secret)
            .map_err(|error| not_made(&error, &[]))?;
        Ok((report, left_out))
    }
}

/// Why there is no report, with what stayed behind: that is often the cause.
fn not_made(error: &dyn fmt::Display, withheld: &[String]) -> Cause {
    let separator = if withheld.is_empty() { "" } else { "; withheld: " };
    Cause::Report(format!("{error}{separator}{}", withheld.join("; ")))
}
