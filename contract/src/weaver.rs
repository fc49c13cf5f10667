//! A contract as a semantic-convention registry, for OpenTelemetry's own tools.
//!
//! The registry is what [Weaver](https://github.com/open-telemetry/weaver) reads: a manifest and files of
//! `file_format: definition/2`. It describes what travels, so its values are those on the wire, before the
//! report translates them. What a contract says beyond semantic conventions stands in `annotations`, under
//! `headcount`, in the contract's own words.

mod annotations;
mod attributes;
mod entity;
mod metrics;
mod places;
mod words;
mod yaml;

use attributes::Attributes;
use places::Places;
use yaml::write;

use crate::document::Document;
use crate::model::{Contract, Leaf};

/// What every report carries beside what its contract lists.
const ENVELOPE: &str = include_str!("weaver/envelope.yaml");

const STABLE: &str = "stable";

/// One file of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistryFile {
    /// The file's name in the registry's directory.
    pub name: &'static str,
    /// Its content: YAML.
    pub text: String,
}

impl Contract {
    /// The registry of this contract: `manifest.yaml`, `contract.yaml` with what the contract lists, and
    /// `envelope.yaml` with what every report carries. It stands alone: attributes of OpenTelemetry's own
    /// conventions are defined in it once more, so that nothing has to be fetched to read it.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let registry = library.find("openfn/2").expect("it ships").weaver_registry();
    /// let names: Vec<_> = registry.iter().map(|file| file.name).collect();
    /// assert_eq!(names, ["manifest.yaml", "contract.yaml", "envelope.yaml"]);
    /// assert!(registry[1].text.contains("- name: openfn.workflow.jobs\n"));
    /// ```
    pub fn weaver_registry(&self) -> Vec<RegistryFile> {
        let file = |name, document: &Document| {
            let text =
                format!("# Made from the usage contract {}.\n{}", self.label(), write(document));
            RegistryFile { name, text }
        };
        vec![
            file("manifest.yaml", &manifest(self)),
            file("contract.yaml", &definitions(self)),
            RegistryFile { name: "envelope.yaml", text: ENVELOPE.to_owned() },
        ]
    }
}

fn manifest(contract: &Contract) -> Document {
    let label = contract.label();
    let description = format!(
        "What the usage reports of {label} carry over OTLP. {} It stands alone: attributes of \
         OpenTelemetry's own conventions are defined here as this contract has them.",
        contract.brief
    );
    object([
        ("description", text(&description)),
        ("schema_url", text(&contract.schema_url)),
        ("stability", text(STABLE)),
    ])
}

fn definitions(contract: &Contract) -> Document {
    let places = Places::of(&contract.report);
    let attributes = Attributes::of(contract, &places);
    object([
        ("file_format", text("definition/2")),
        ("attributes", Document::List(attributes.definitions())),
        ("entities", Document::List(vec![entity::instance(contract, &attributes)])),
        ("metrics", Document::List(metrics::of(contract, &attributes, &places))),
    ])
}

/// What a contract says nothing else of stays: each released version is a file of its own.
fn stability(leaf: Option<&Leaf>) -> Document {
    text(leaf.and_then(|leaf| leaf.stability).map_or(STABLE, words::stability))
}

/// Why it should no longer be used; a contract says that in words alone.
fn deprecated(leaf: &Leaf) -> Option<Document> {
    let note = leaf.deprecated.as_deref()?;
    Some(object([("reason", text("uncategorized")), ("note", text(note))]))
}

fn object<const N: usize>(members: [(&str, Document); N]) -> Document {
    Document::Object(members.map(|(key, value)| (key.to_owned(), value)).into())
}

fn text(text: &str) -> Document {
    Document::Text(text.to_owned())
}

/// The members of an object in the making; what there is not is left out.
#[derive(Default)]
struct Members(Vec<(String, Document)>);

impl Members {
    fn add(&mut self, key: &str, value: impl Into<Option<Document>>) -> &mut Self {
        self.0.extend(value.into().map(|value| (key.to_owned(), value)));
        self
    }

    fn object(self) -> Document {
        Document::Object(self.0)
    }
}
