//! `/NAME/contract/VERSION.yaml`, `.md` and `.schema.json`: each version of the contract, and what is made of it;
//! `/NAME/contract/changes`: what changed from version to version.

use headcount_contract::{Change, Changes, Contract, Document, diff};

use crate::application::Application;
use crate::json::{self, list, object, text};
use crate::media_type;
use crate::site::{Around, Paths};

pub(crate) fn add(application: &Application, _: &Around<'_>, paths: &mut Paths) {
    for contract in &application.versions {
        let version = contract.version();
        let path = |kind: &str| application.path(&format!("contract/{version}.{kind}"));
        paths.add(path("yaml"), media_type::YAML, contract.source());
        paths.add(path("md"), media_type::MARKDOWN, contract.documentation());
        let schema = json::pretty(&contract.json_schema());
        paths.add(path("schema.json"), media_type::SCHEMA, schema);
    }
    let path = application.path("contract/changes");
    let steps: Vec<_> = steps(application).collect();
    let told: Vec<_> = steps.iter().map(Step::told).collect();
    let told = if told.is_empty() { "There is one version.\n".to_owned() } else { told.join("\n") };
    paths.add(path.clone(), media_type::TEXT, told);
    paths.add(path, media_type::JSON, json::pretty(&list(steps.iter().map(Step::document))));
}

/// From one version to the next.
pub(crate) struct Step<'a> {
    pub(crate) old: &'a Contract,
    pub(crate) new: &'a Contract,
    pub(crate) changes: Changes,
}

/// The newest step first.
pub(crate) fn steps(application: &Application) -> impl Iterator<Item = Step<'_>> {
    let versions = application.versions.windows(2).rev();
    versions.filter_map(|pair| {
        let [old, new] = pair else { return None };
        Some(Step { old, new, changes: diff(old, new) })
    })
}

impl Step<'_> {
    fn told(&self) -> String {
        let (old, new) = (self.old.version(), self.new.version());
        let consent = if self.changes.widens() {
            "Whoever agreed to the older version is asked again."
        } else {
            "A consent to the older version holds."
        };
        let changes: Vec<_> = self.changes.iter().map(|change| format!("- {change}")).collect();
        format!("From version {old} to {new}\n\n{consent}\n\n{}\n", changes.join("\n"))
    }

    fn document(&self) -> Document {
        let change = |change: &Change| {
            object([
                ("class", text(change.class.as_str())),
                ("path", text(&change.path)),
                ("text", text(&change.text)),
            ])
        };
        object([
            ("from", text(self.old.version())),
            ("to", text(self.new.version())),
            ("widens", Document::Bool(self.changes.widens())),
            ("changes", list(self.changes.iter().map(change))),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::Brand;
    use crate::sample;
    use crate::site::Site;

    #[test]
    fn each_version_has_its_files_and_each_step_its_changes() {
        let site = Site::build(&[sample::harbour()], &Brand::default(), None);
        let shown = |path: &str, place: usize| {
            let served = site.get(path).unwrap_or_else(|| panic!("expected {path}"));
            String::from_utf8(served.representations[place].bytes.clone()).expect("text")
        };
        let yaml = shown("/harbour/contract/1.yaml", 0);
        assert_eq!(yaml, include_str!("sample/harbour-1.yaml"));
        assert!(shown("/harbour/contract/2.md", 0).starts_with("# Usage reports of harbour\n"));
        let schema = Document::parse(&shown("/harbour/contract/2.schema.json", 0)).expect("JSON");
        assert!(schema.get("$id").is_some());
        let told = shown("/harbour/contract/changes", 0);
        assert!(told.starts_with("From version 1 to 2\n\nWhoever agreed"), "{told}");
        assert!(told.contains("- widening   storage: "), "{told}");
        let steps = Document::parse(&shown("/harbour/contract/changes", 1)).expect("JSON");
        let Document::List(steps) = steps else { panic!("expected a list") };
        assert_eq!(steps[0].get("widens"), Some(&Document::Bool(true)));
    }
}
