//! The contracts that one end knows.

use std::sync::Arc;

use crate::model::Contract;

/// The contracts that ship with headcount, oldest version of an application first.
const BUILT_IN: [(&str, &str); 8] = [
    ("openfn/1.yaml", include_str!("../library/openfn/1.yaml")),
    ("openfn/2.yaml", include_str!("../library/openfn/2.yaml")),
    ("openfn/3.yaml", include_str!("../library/openfn/3.yaml")),
    ("openwisp/1.yaml", include_str!("../library/openwisp/1.yaml")),
    ("flowforge/0.2.yaml", include_str!("../library/flowforge/0.2.yaml")),
    ("flowfuse/1.5.yaml", include_str!("../library/flowfuse/1.5.yaml")),
    ("flowfuse/2.15.yaml", include_str!("../library/flowfuse/2.15.yaml")),
    ("manyfold/0.90.yaml", include_str!("../library/manyfold/0.90.yaml")),
];

/// A set of contracts, each name and version once.
#[derive(Clone, Debug, Default)]
pub struct Library {
    contracts: Vec<Arc<Contract>>,
}

/// A contract that a library holds already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected each contract once, got {0} again with other content")]
pub struct KnownAlready(String);

impl Library {
    /// A library without contracts.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A library of one contract.
    pub fn only(contract: Arc<Contract>) -> Self {
        Self { contracts: vec![contract] }
    }

    /// The contracts that ship with headcount.
    pub fn built_in() -> Self {
        let read = |(file, text)| match Contract::parse(file, text) {
            Ok(contract) => contract,
            // A test reads every one of them, so this cannot happen in a build that was tested.
            Err(mistakes) => unreachable!("a contract that ships is wrong: {mistakes}"),
        };
        Self { contracts: BUILT_IN.into_iter().map(read).map(Arc::new).collect() }
    }

    /// The text of a contract that ships, as it is written, by its label.
    pub fn built_in_text(label: &str) -> Option<&'static str> {
        let file = format!("{label}.yaml");
        BUILT_IN.iter().find(|(name, _)| *name == file).map(|(_, text)| *text)
    }

    /// Adds a contract; newer versions of an application are added after older ones.
    ///
    /// The same contract may come twice; another one under the same name and version may not.
    pub fn add(&mut self, contract: Contract) -> Result<Arc<Contract>, KnownAlready> {
        if let Some(known) = self.get(contract.name(), contract.version()) {
            let same = known.digest() == contract.digest();
            return if same { Ok(known.clone()) } else { Err(KnownAlready(contract.label())) };
        }
        let contract = Arc::new(contract);
        self.contracts.push(contract.clone());
        Ok(contract)
    }

    /// Every contract.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Contract>> {
        self.contracts.iter()
    }

    /// The applications' names, each once, in the order in which the first contract of each was added.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for contract in self.iter() {
            if !names.contains(&contract.name()) {
                names.push(contract.name());
            }
        }
        names
    }

    /// The versions of an application's contract, oldest first.
    pub fn versions(&self, name: &str) -> impl Iterator<Item = &Arc<Contract>> {
        self.iter().filter(move |contract| contract.name() == name)
    }

    /// The contract of a name and version.
    pub fn get(&self, name: &str, version: &str) -> Option<&Arc<Contract>> {
        self.iter().find(|contract| contract.name() == name && contract.version() == version)
    }

    /// The contract of a label: `NAME/VERSION`, or `NAME` for the newest.
    pub fn find(&self, label: &str) -> Option<&Arc<Contract>> {
        match label.split_once('/') {
            Some((name, version)) => self.get(name, version),
            None => self.newest(label),
        }
    }

    /// The newest contract of an application: the last that was added.
    pub fn newest(&self, name: &str) -> Option<&Arc<Contract>> {
        self.contracts.iter().rev().find(|contract| contract.name() == name)
    }

    /// The labels of an application's contracts.
    pub(crate) fn labels_of(&self, name: &str) -> Vec<String> {
        self.versions(name).map(|contract| contract.label()).collect()
    }

    /// The labels of every contract.
    pub fn labels(&self) -> Vec<String> {
        self.iter().map(|contract| contract.label()).collect()
    }

    /// What a schema URL means: it ends in `/NAME/VERSION` where it is one of ours.
    pub(crate) fn by_schema_url(&self, url: &str) -> SchemaUrl<'_> {
        let mut ends = url.rsplitn(3, '/');
        let (Some(version), Some(name), Some(_)) = (ends.next(), ends.next(), ends.next()) else {
            return SchemaUrl::Foreign;
        };
        match self.get(name, version) {
            Some(contract) => SchemaUrl::Known(contract),
            None if self.newest(name).is_some() => SchemaUrl::UnknownVersion(name.to_owned()),
            None => SchemaUrl::Foreign,
        }
    }
}

/// What a schema URL means.
#[derive(Debug)]
pub(crate) enum SchemaUrl<'l> {
    /// This contract.
    Known(&'l Arc<Contract>),
    /// A version that is not in the library, of the application of this name, which is.
    UnknownVersion(String),
    /// Nothing of ours; SDKs set the URL of OpenTelemetry's own conventions.
    Foreign,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_named_once_wherever_its_versions_stand() {
        let mut library = Library::built_in();
        let names = ["openfn", "openwisp", "flowforge", "flowfuse", "manyfold"];
        assert_eq!(library.names(), names);
        let text = Library::built_in_text("openfn/3").expect("it ships");
        let text = text.replacen("version: \"3\"", "version: \"4\"", 1);
        library.add(Contract::parse("4.yaml", &text).expect("a contract")).expect("a new version");
        assert_eq!(library.names(), names);
        let versions: Vec<_> = library.versions("openfn").map(|one| one.version()).collect();
        assert_eq!(versions, ["1", "2", "3", "4"]);
        assert_eq!(library.versions("openf").count(), 0);
    }
}
