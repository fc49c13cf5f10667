//! What an exporter needs to know, and its checks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use headcount_contract::{Contract, HashAlgorithm, INSTANCE, Identity, Scalar, Secret};
use opentelemetry::Value;

use crate::collect::{Collector, scalar};
use crate::consent::Environment;
use crate::endpoint::Endpoint;
use crate::error::Cause;
use crate::exporter::{Exporter, Inner};
use crate::send::{Roots, Route};
use crate::{Consent, Error, Protocol};

/// The longest that a report may take, from the first callback to the receiver's answer.
const LONGEST: Duration = Duration::from_secs(30);

/// Builds an [`Exporter`]. An endpoint is required, and where the contract has `hmac_sha256`
/// hashes, a secret.
///
/// ```
/// use headcount::Exporter;
/// use headcount::contract::Library;
///
/// let library = Library::built_in();
/// let contract = library.get("manyfold", "0.90").expect("a contract that ships");
/// let exporter = Exporter::builder(contract.clone())
///     .endpoint("http://usage.example.org:4318")
///     .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
///     .attribute("service.version", "v0.90.1")
///     .build()?;
/// assert_eq!(exporter.contract().name(), "manyfold");
/// # Ok::<(), headcount::Error>(())
/// ```
#[must_use = "nothing happens before `build`"]
pub struct ExporterBuilder {
    contract: Arc<Contract>,
    endpoint: Option<String>,
    protocol: Option<Protocol>,
    roots: Option<Vec<u8>>,
    instance_id: Option<String>,
    secret: Option<Secret>,
    attributes: Vec<(String, Scalar)>,
    consent: Consent,
    timeout: Duration,
    environment: Box<Environment>,
}

impl ExporterBuilder {
    pub(crate) fn new(contract: Arc<Contract>) -> Self {
        Self {
            contract,
            endpoint: None,
            protocol: None,
            roots: None,
            instance_id: None,
            secret: None,
            attributes: Vec::new(),
            consent: Consent::Unset,
            timeout: LONGEST,
            environment: Box::new(|name| std::env::var(name).ok()),
        }
    }

    /// Where reports go: the URL of a receiver, a relay or an OpenTelemetry Collector.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// let builder = headcount::Exporter::builder(contract.clone());
    /// assert!(builder.endpoint("http://usage.example.org/base").build().is_ok());
    ///
    /// let builder = headcount::Exporter::builder(contract);
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
    /// let exporter = headcount::Exporter::builder(contract)
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
    /// let builder = headcount::Exporter::builder(contract).endpoint("http://127.0.0.1:4318");
    /// let error = builder.root_certificates("not in PEM").build().expect_err("no certificate");
    /// assert!(error.is_configuration());
    /// ```
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = Some(pem.into());
        self
    }

    /// The instance's id, the resource attribute `service.instance.id`: a random UUID that the
    /// application makes once and keeps. It leaves in the form that the contract says. Nothing is
    /// sent without it, unless the contract has `identity: none`, where it is not used at all.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// let exporter = headcount::Exporter::builder(contract)
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
    ///     .build()?;
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn instance_id(mut self, id: impl Into<String>) -> Self {
        self.instance_id = Some(id.into());
        self
    }

    /// The key of the contract's `hmac_sha256` hashes: 32 random bytes that the application makes
    /// once and keeps, and that never leave.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// use headcount::contract::Secret;
    ///
    /// let bytes = [7; 32]; // from a source of randomness, and from a file the next time
    /// let exporter = headcount::Exporter::builder(contract)
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
    /// let exporter = headcount::Exporter::builder(contract)
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

    /// The operator's decision; [`Consent::Unset`] where none is given.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// use headcount::Consent;
    ///
    /// let exporter = headcount::Exporter::builder(contract)
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .consent(Consent::Denied)
    ///     .build()?;
    /// assert!(exporter.send_now().is_err_and(|error| error.is_consent()));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn consent(mut self, consent: Consent) -> Self {
        self.consent = consent;
        self
    }

    /// How long a report may take in all, from the first callback to the receiver's answer. 30
    /// seconds where nothing or more is asked for.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// use std::time::Duration;
    ///
    /// // A command-line tool does not keep its user waiting.
    /// let exporter = headcount::Exporter::builder(contract)
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .timeout(Duration::from_secs(2))
    ///     .build()?;
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(LONGEST);
        self
    }

    /// Where variables are looked up: those by which an operator declines, `DO_NOT_TRACK` and the
    /// contract's own, and those that name proxies, which are read once, by `build`. The environment
    /// of the process, where nothing else is said.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// use headcount::Consent;
    /// use headcount::contract::Level;
    ///
    /// let digest = contract.digest();
    /// let exporter = headcount::Exporter::builder(contract)
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .consent(Consent::Granted { digest, level: Level::Basic })
    ///     .environment(|name| (name == "USAGE_TRACKING_ENABLED").then(|| "false".to_owned()))
    ///     .build()?;
    /// let error = exporter.send_now().expect_err("the operator declines");
    /// assert!(error.is_consent() && error.to_string().contains("USAGE_TRACKING_ENABLED"));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn environment(
        mut self,
        look_up: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.environment = Box::new(look_up);
        self
    }

    /// Checks everything. No connection is made and no thread is started.
    pub fn build(self) -> Result<Exporter, Error> {
        let url = self.endpoint.as_deref();
        let url =
            url.ok_or_else(|| missing("an endpoint: call `endpoint` with a receiver's URL"))?;
        let endpoint = Endpoint::parse(url, self.protocol)?;
        let roots = self.roots.as_deref().map(Roots::given).transpose()?.unwrap_or_default();
        let route = Route::new(endpoint, roots, &*self.environment);
        let secret = self.checked_secret()?;
        let (identified, resource) = self.resource();
        let gauges = self.contract.gauges().map(|gauge| gauge.name.to_owned()).collect();
        let collector = Collector::new(gauges, resource);
        Ok(Exporter::new(Inner {
            contract: self.contract,
            route,
            secret,
            identified,
            consent: self.consent.into(),
            timeout: self.timeout,
            environment: self.environment,
            collector,
        }))
    }

    /// The resource, and whether it says as much about the instance as the contract asks for.
    fn resource(&self) -> (bool, Vec<(String, Scalar)>) {
        let mut resource = self.attributes.clone();
        let mut set = |key: &str, value: &str| {
            resource.retain(|(known, _)| known != key);
            resource.push((key.to_owned(), value.into()));
        };
        set("service.name", self.contract.name());
        let identified = match (&self.instance_id, self.contract.identity()) {
            (_, Identity::None) => true,
            (Some(id), _) => {
                set(INSTANCE, id);
                true
            }
            (None, _) => false,
        };
        (identified, resource)
    }

    fn checked_secret(&self) -> Result<Secret, Error> {
        let leaves = self.contract.structure().leaves();
        let keyed = leaves.iter().any(|(_, leaf)| {
            leaf.hash.is_some_and(|hash| hash.algorithm == HashAlgorithm::HmacSha256)
        });
        match &self.secret {
            Some(secret) => Ok(secret.clone()),
            None if keyed => {
                Err(missing("a secret for hmac_sha256: call `secret` with 32 random bytes"))
            }
            // The contract hashes nothing with it.
            None => Ok(Secret::new([0; 32])),
        }
    }
}

/// Shows no attribute, no id and no URL: they may tell who runs the instance.
impl fmt::Debug for ExporterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExporterBuilder")
            .field("contract", &self.contract.label())
            .field("consent", &self.consent)
            .finish_non_exhaustive()
    }
}

pub(crate) fn missing(what: &str) -> Error {
    Cause::Configuration(format!("expected {what}, got none")).into()
}
