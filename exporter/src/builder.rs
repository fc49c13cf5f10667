//! What an exporter needs to know, and its checks.

mod assemble;
mod open;
mod relay;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use headcount_contract::{Contract, NoticeFacts, Scalar, Secret};
use jiff::civil::Date;
use opentelemetry::Value;

use crate::collect::scalar;
use crate::consent::Environment;
use crate::day::{Day, ReportFor, report_for};
use crate::exporter::Exporter;
use crate::facts::Facts;
use crate::follow::Place;
use crate::instance::is_required;
use crate::make::Id;
use crate::opened::Host;
use crate::recorded::Recorded;
use crate::{Error, Protocol};

/// The longest that a report may take, from the first callback to the receiver's answer.
const LONGEST: Duration = Duration::from_secs(30);

/// Builds an [`Exporter`]. The contract and the data directory are all that it needs, where the
/// contract says where reports go.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let data = folder.path().join("usage");
/// use headcount::Exporter;
/// use headcount::contract::Library;
///
/// let library = Library::built_in();
/// let contract = library.get("manyfold", "0.90").expect("a contract that ships");
/// let exporter = Exporter::builder(contract.clone(), &data)
///     .endpoint("http://usage.example.org:4318")
///     .attribute("service.version", "v0.90.1")
///     .build()?;
/// assert_eq!(exporter.contract().name(), "manyfold");
/// assert!(!data.exists(), "nothing is written before there is something to keep");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing happens before `build`"]
pub struct ExporterBuilder {
    contract: Arc<Contract>,
    data_directory: PathBuf,
    endpoint: Option<String>,
    protocol: Option<Protocol>,
    roots: Option<Vec<u8>>,
    instance_id: Option<Id>,
    secret: Option<Secret>,
    attributes: Vec<(String, Scalar)>,
    configuration: Option<PathBuf>,
    facts: Facts,
    show: Box<dyn Fn(&str) + Send + Sync>,
    report_for: Option<ReportFor>,
    recorded: Option<Recorded>,
    pub(crate) place: Place,
    timeout: Duration,
    environment: Box<Environment>,
}

impl ExporterBuilder {
    pub(crate) fn new(contract: Arc<Contract>, data_directory: PathBuf) -> Self {
        Self {
            contract,
            data_directory,
            endpoint: None,
            protocol: None,
            roots: None,
            instance_id: None,
            secret: None,
            attributes: Vec::new(),
            configuration: None,
            facts: Facts::default(),
            show: Box::new(to_standard_error),
            report_for: None,
            recorded: None,
            place: Place::Alone,
            timeout: LONGEST,
            environment: Box::new(|name| std::env::var(name).ok()),
        }
    }

    /// Where reports go: the URL of a receiver, a relay or an OpenTelemetry Collector. The
    /// contract's own `receiver.endpoint` where none is given. What the operator says, in the
    /// contract's variable or in the configuration file, comes before both.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// let builder = headcount::Exporter::builder(contract.clone(), "usage");
    /// assert!(builder.endpoint("http://usage.example.org/base").build().is_ok());
    ///
    /// let builder = headcount::Exporter::builder(contract, "usage");
    /// let error = builder.endpoint("usage.example.org").build().expect_err("no scheme");
    /// assert!(error.is_configuration());
    /// ```
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// How reports travel, where the URL alone should not tell. See [`Protocol`].
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// let exporter = headcount::Exporter::builder(contract, "usage")
    ///     .endpoint("http://collector.internal:8080")
    ///     .protocol(headcount::Protocol::Grpc)
    ///     .build()?;
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// The root certificates, in PEM, that `https://` endpoints and proxies are verified by, in
    /// place of the system's. Needs the feature `tls`.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// let builder = headcount::Exporter::builder(contract, "usage").endpoint("http://127.0.0.1:4318");
    /// let error = builder.root_certificates("not in PEM").build().expect_err("no certificate");
    /// assert!(error.is_configuration());
    /// ```
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = Some(pem.into());
        self
    }

    /// The application's own id of the instance, the resource attribute `service.instance.id`: a
    /// random UUID. Where none is given, the exporter makes one with the first report, and keeps it.
    /// It leaves in the form that the contract says; with `identity: none` it is not used at all.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// let exporter = headcount::Exporter::builder(contract, "usage")
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
    ///     .build()?;
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn instance_id(mut self, id: impl Into<String>) -> Self {
        self.instance_id = Some(Id::Raw(id.into()));
        self
    }

    /// The application's own key for the contract's `hmac_sha256` hashes: 32 random bytes that it
    /// keeps, and that never leave. Where none is given, the exporter makes one, and keeps it.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// use headcount::contract::Secret;
    ///
    /// let bytes = [7; 32]; // from a source of randomness, and from a file the next time
    /// let exporter = headcount::Exporter::builder(contract, "usage")
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .secret(Secret::new(bytes))
    ///     .build()?;
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secret = Some(secret);
        self
    }

    /// A resource attribute, such as `service.version` or `os.type`: a text, a number or a
    /// boolean. Only what the contract lists leaves. A key that is given twice has the last value.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// let exporter = headcount::Exporter::builder(contract, "usage")
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .attribute("service.version", "v0.90.1")
    ///     .attribute("manyfold.platform", "x86_64-linux")
    ///     .attribute("vcs.ref.head.revision", "0a1b2c3")
    ///     .attribute("host.name", "pluto") // the contract does not list it
    ///     .build()?;
    /// let report = exporter.preview()?.to_string();
    /// assert!(report.contains("v0.90.1") && !report.contains("pluto"));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let key = key.into();
        self.attributes.retain(|(known, _)| *known != key);
        self.attributes.extend(scalar(value.into()).map(|value| (key, value)));
        self
    }

    /// The operator's configuration file, YAML or TOML, which may be the application's own: of it,
    /// `telemetry.enabled`, `telemetry.level` and `telemetry.endpoint` are read, anew for each
    /// turn. It need not be there. One that cannot be read says no.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("flowforge", "0.2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("flowforge.yml");
    /// std::fs::write(&file, "port: 3000\ntelemetry:\n  enabled: false\n")?;
    /// let exporter = headcount::Exporter::builder(contract, folder.path().join("usage"))
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .environment(|_| None)
    ///     .configuration(&file)
    ///     .build()?;
    /// let decision = exporter.status()?.decision;
    /// assert_eq!(decision, "off: telemetry.enabled is false in the configuration file");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn configuration(mut self, path: impl Into<PathBuf>) -> Self {
        self.configuration = Some(path.into());
        self
    }

    /// What the notice says beside the contract: where to decide, how to see a report, where to
    /// read on. The destination is the exporter's own.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// use headcount::contract::NoticeFacts;
    ///
    /// let place = Some("Settings, Usage");
    /// let exporter = headcount::Exporter::builder(contract, "usage")
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .notice_facts(NoticeFacts { application: place, ..NoticeFacts::default() })
    ///     .build()?;
    /// assert!(exporter.notice()?.contains("in the application: Settings, Usage"));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn notice_facts(mut self, facts: NoticeFacts<'_>) -> Self {
        self.facts = facts.into();
        self
    }

    /// Adds what can be found out about the host, of what the contract lists: `os.type`, `os.name`,
    /// `os.version`, `os.description`, `host.arch`, `container.runtime.name`. Nothing that is not
    /// listed is looked for. What the application gives itself comes first.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// let exporter = headcount::Exporter::builder(contract, "usage")
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .attribute("service.version", "v2.4.2:match:f1bd9ae")
    ///     .detect()
    ///     .build()?;
    /// assert!(exporter.preview()?.to_string().contains("operating_system"));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    #[cfg(feature = "detect")]
    pub fn detect(mut self) -> Self {
        let listed: Vec<_> = self.contract.resource_attributes().collect();
        let given = |name: &str| self.attributes.iter().any(|(known, _)| known == name);
        let found = crate::detect::detect(|name| listed.contains(&name) && !given(name));
        self.attributes.extend(found);
        self
    }

    /// How things were on a UTC day that is over, for applications that can tell. Where a contract
    /// covers the previous day, each report is made of this, and missed days are made up for, as far as
    /// the contract says. Without it, reports are made of the gauges, and missed days stay missing.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// let exporter = headcount::Exporter::builder(contract, "usage")
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .attribute("service.version", "v2.4.2:match:f1bd9ae")
    ///     .attribute("os.type", "linux")
    ///     .report_for(|date, day| {
    ///         let users = if date.year() < 2020 { 0 } else { 12 }; // from a database
    ///         day.set("openfn.users", [], users);
    ///         Ok::<(), std::io::Error>(())
    ///     })
    ///     .build()?;
    /// assert!(exporter.preview()?.to_string().contains(r#""no_of_users": 12"#));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn report_for<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        mut self,
        tell: impl Fn(Date, &mut Day) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.report_for = Some(report_for(tell));
        self
    }

    /// How the notice is shown, once for each contract, at the first turn: on the standard error
    /// where nothing else is said. It has to reach the person who runs the instance.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// use std::time::SystemTime;
    ///
    /// let (shown, notices) = std::sync::mpsc::channel();
    /// let exporter = headcount::Exporter::builder(contract, folder.path())
    ///     .endpoint("http://127.0.0.1:9")
    ///     .environment(|_| None)
    ///     .show_notice(move |notice| shown.send(notice.to_owned()).expect("somebody reads"))
    ///     .build()?;
    /// exporter.run_due(SystemTime::now())?;
    /// assert!(notices.try_recv()?.contains("Usage reports of openfn"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn show_notice(mut self, show: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.show = Box::new(show);
        self
    }

    /// How long the gauges, and then the network, may take. 30 seconds where nothing or more is
    /// asked for.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// use std::time::Duration;
    ///
    /// // A command-line tool does not keep its user waiting.
    /// let exporter = headcount::Exporter::builder(contract, "usage")
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .timeout(Duration::from_secs(2))
    ///     .build()?;
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(LONGEST);
        self
    }

    /// Where variables are looked up: those by which an operator declines (`DO_NOT_TRACK`, the
    /// contract's own, `CI`), the contract's own for another endpoint, and those that name proxies.
    /// The environment of the process, where nothing else is said.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// let exporter = headcount::Exporter::builder(contract, folder.path())
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .environment(|name| (name == "USAGE_TRACKING_ENABLED").then(|| "false".to_owned()))
    ///     .build()?;
    /// let error = exporter.send_now().expect_err("the operator declines");
    /// assert!(error.is_consent() && error.to_string().contains("USAGE_TRACKING_ENABLED"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn environment(
        mut self,
        look_up: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.environment = Box::new(look_up);
        self
    }

    /// Checks everything. No connection is made, no file is written, no thread is started.
    ///
    /// Errors: nobody says where reports go, or the application's URL is wrong. An operator's URL
    /// that is wrong is no error here, since it must not stop the application: it shows in
    /// [`Exporter::status`], and nothing is sent.
    pub fn build(self) -> Result<Exporter, Error> {
        let route = self.route()?;
        self.check_relay()?;
        let required = is_required(&self.contract, &self.attributes);
        Ok(self.assemble(route, required, Host::Here))
    }
}

#[expect(clippy::print_stderr, reason = "an operator has to see it; `show_notice` replaces this")]
fn to_standard_error(notice: &str) {
    eprintln!("{notice}");
}

/// Shows no attribute, no id and no URL: they may tell who runs the instance.
impl fmt::Debug for ExporterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExporterBuilder")
            .field("contract", &self.contract.label())
            .finish_non_exhaustive()
    }
}
