//! What a relay says to the exporters of its instances, and to the one that decides for them.

use headcount_contract::{Collected, InstanceId};

use super::ExporterBuilder;
use crate::error::{Cause, Error};
use crate::exporter::Exporter;
use crate::follow::Place;
use crate::make::Id;
use crate::recorded::{Asked, recorded};
use crate::relayed::INSTANCES;

/// For relays.
impl ExporterBuilder {
    /// What was recorded elsewhere, in place of gauges and of [`report_for`](Self::report_for): for a relay,
    /// which keeps what the applications behind it told. Each report is made of it, whatever the contract
    /// covers; missed days are made up for, as far as the contract says. Its resource gives the attributes;
    /// `service.name` and the id are the exporter's.
    ///
    /// `None` says that nothing came. A finished day of which nothing came has no report, and is not asked for
    /// again: see [`Exporter::make_again`] for what comes later. An error is shown as the reason why there is no
    /// report, and it is tried again after an hour.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// use headcount::Asked;
    /// use headcount::contract::Collected;
    ///
    /// let exporter = headcount::Exporter::builder(contract, "usage")
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .recorded(|_: &Asked| Ok::<_, std::io::Error>(None::<Collected>))
    ///     .build()?;
    /// let error = exporter.preview().expect_err("nothing came yet");
    /// assert!(error.to_string().starts_with("nothing came on "));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn recorded<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        mut self,
        tell: impl Fn(&Asked) -> Result<Option<Collected>, E> + Send + Sync + 'static,
    ) -> Self {
        self.recorded = Some(recorded(tell));
        self
    }

    /// The instance's id in the form in which it travels, where the id itself is known to nobody here: it is not hashed
    /// again. It goes with [`recorded`](Self::recorded), whose ids are in that form as well.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # use headcount::contract::Collected;
    /// let builder = headcount::Exporter::builder(contract.clone(), "usage")
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .recorded(|_| Ok::<_, std::io::Error>(None::<Collected>));
    /// let error = builder.traveling_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae").build();
    /// assert!(error.expect_err("openfn/2 hashes ids").is_configuration());
    /// ```
    pub fn traveling_id(mut self, id: impl Into<String>) -> Self {
        self.instance_id = Some(Id::AsItTravels(id.into()));
        self
    }

    /// Makes an exporter that shows the notice, waits until it may begin, keeps what is decided, and never
    /// reports, announces or erases anything: those that [follow](Self::follows) it do. A preview shows what
    /// [`recorded`](Self::recorded) tells.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let data = folder.path();
    /// use headcount::Exporter;
    ///
    /// let decides = Exporter::builder(contract.clone(), data)
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .decides_only()
    ///     .build()?;
    /// let instance = Exporter::builder(contract, data.join("instances/own"))
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .follows(&decides)
    ///     .build()?;
    /// assert!(instance.decline().is_err(), "that is decided for all of them");
    /// decides.decline()?;
    /// assert_eq!(instance.status()?.decision, decides.status()?.decision);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decides_only(mut self) -> Self {
        self.place = Place::Leads;
        self
    }

    /// Goes by what was decided at this exporter, which [only decides](Self::decides_only): reports are made
    /// while that one would make them, by the same contract and up to the same level. A withdrawal there is one
    /// here: what waits is dropped, and what the contract says of it happens here.
    ///
    /// Each turn and each question looks there first, so a decision holds from then on, also one of another
    /// process, and one after which this process was killed. While nobody agreed nothing is written.
    ///
    /// The data directory is `instances/LABEL` in that of the other.
    pub fn follows(mut self, leader: &Exporter) -> Self {
        self.place = Place::Follows(leader.shared());
        self
    }

    /// Checks what does not go together.
    pub(super) fn check_relay(&self) -> Result<(), Error> {
        if let Some(Id::AsItTravels(id)) = &self.instance_id {
            if self.recorded.is_none() {
                return Err(wrong("`recorded` beside an id as it travels, got gauges"));
            }
            let has_identity = self.contract.identity() != headcount_contract::Identity::None;
            let id = self.contract.kept_id(InstanceId::AsItTravels(id));
            if let Err(error) = id
                && has_identity
            {
                return Err(wrong(&format!("the instance's id as it travels: {error}")));
            }
        }
        let Place::Follows(leader) = &self.place else {
            return Ok(());
        };
        if leader.contract.digest() != self.contract.digest() || !leader.place.leads() {
            return Err(wrong(
                "to follow an exporter of this contract that only decides, got another",
            ));
        }
        let folder = std::path::absolute(&self.data_directory);
        let folder = folder.unwrap_or_else(|_| self.data_directory.clone());
        if folder.parent() != Some(leader.directory.path_of(INSTANCES).as_path()) {
            return Err(wrong(&format!(
                "a data directory in {}, got another",
                leader.directory.path_of(INSTANCES).display()
            )));
        }
        Ok(())
    }
}

fn wrong(expected: &str) -> Error {
    Cause::Configuration(format!("expected {expected}")).into()
}
