//! A contract, parsed: what `contract.md` calls the shape, as types.

mod leaf;
mod path;
mod settings;
mod tree;

pub(crate) use leaf::Rules;
pub use leaf::{
    Encoding, Fact, Hash, HashAlgorithm, Leaf, Missing, Source, Stability, TimeFormat, Type,
};
pub(crate) use path::Found;
pub use path::Step;
pub use settings::{
    Consent, ConsentDefault, Covers, Daily, Derived, Event, Figure, Identity, Intake, Level,
    Measure, OnWithdrawal, Order, Publish, Reason, Schedule, StatsShape,
};
pub use tree::{Element, List, Member, Node, Structure};

use std::sync::Arc;

use crate::digest::Digest;
use crate::mistake::Mistake;
use crate::plan::Plan;

/// The resource attribute that names the instance in every contract that has an identity.
pub const INSTANCE: &str = "service.instance.id";

/// A usage contract: everything that one version of an application's report may tell.
#[derive(Clone, Debug)]
pub struct Contract {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) brief: String,
    pub(crate) note: Option<String>,
    pub(crate) schema_url: String,
    pub(crate) identity: Identity,
    pub(crate) consent: Consent,
    pub(crate) schedule: Schedule,
    pub(crate) report: Structure,
    pub(crate) intake: Intake,
    pub(crate) publish: Publish,
    pub(crate) digest: Digest,
    pub(crate) source: Arc<str>,
    pub(crate) warnings: Vec<Mistake>,
    pub(crate) plan: Plan,
}

impl Contract {
    /// The application's name; equals the resource attribute `service.name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the report's schema.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// One sentence: what the report tells.
    pub fn brief(&self) -> &str {
        &self.brief
    }

    /// More about the report, for its documentation page.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The OpenTelemetry schema URL that chooses this contract; it ends in `/NAME/VERSION`.
    pub fn schema_url(&self) -> &str {
        &self.schema_url
    }

    /// How long an instance keeps its id.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Who decides, and how.
    pub fn consent(&self) -> &Consent {
        &self.consent
    }

    /// When a report is made, and for which period.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The report's structure.
    pub fn structure(&self) -> &Structure {
        &self.report
    }

    /// The leaf that a path of the report leads to, written as a figure writes it: lists are walked through.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("openfn/2").expect("it ships");
    /// let runs = contract.leaf("projects.workflows.no_of_runs").expect("a leaf");
    /// assert_eq!(runs.unit.as_deref(), Some("{run}"));
    /// assert!(contract.leaf("projects").is_none());
    /// ```
    pub fn leaf(&self, path: &str) -> Option<&Leaf> {
        self.report.leaf(path)
    }

    /// The names of the resource attributes that the report lists, ids among them: all that it can tell
    /// about the instance and its host beside the gauges.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("openfn/2").expect("it ships");
    /// let listed: Vec<_> = contract.resource_attributes().collect();
    /// assert_eq!(listed, ["service.version", "service.instance.id", "os.type"]);
    /// ```
    pub fn resource_attributes(&self) -> impl Iterator<Item = &str> {
        self.plan.resource.iter().map(|slot| &*slot.name)
    }

    /// Where reports go, what the receiver adds to them and how long it keeps them.
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// What is published.
    pub fn publish(&self) -> &Publish {
        &self.publish
    }

    /// SHA-256 of the canonical form: what a consent is bound to.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The YAML text that it was read from: to keep it, or to read it again.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What is allowed but unwise, each with its place in the file.
    pub fn warnings(&self) -> &[Mistake] {
        &self.warnings
    }

    /// `NAME/VERSION`.
    pub fn label(&self) -> String {
        format!("{}/{}", self.name, self.version)
    }
}
