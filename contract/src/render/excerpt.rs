//! A few values of a report, without the rest of its document being made.

use std::collections::BTreeMap;

use super::{Facts, Item};
use crate::document::Document;
use crate::model::{Contract, Member, Node, Step, Structure};
use crate::part::{Entity, Part};

/// The values of a report that are asked for, by their paths.
///
/// ```
/// use headcount_contract::{Excerpt, Header, Library, Reason};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let library = Library::built_in();
/// let contract = library.find("openfn/2").expect("it ships");
/// # let (report_id, date) = (String::new(), "2026-03-04".parse()?);
/// # let header = Header { report_id, date, time_unix_nano: 0, reason: Reason::Daily, dropped: 0 };
/// let part = contract.part(&contract.example(), &header)?;
///
/// let excerpt = Excerpt::of(["instance.operating_system", "projects"]);
/// let document = contract.excerpt(&part, &excerpt);
/// assert_eq!(document.to_string(), r#"{"instance":{"operating_system":"linux"},"projects":[{},{}]}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt(BTreeMap<String, Excerpt>);

impl Excerpt {
    /// What these paths lead to, as a figure writes them: `projects.workflows.no_of_runs`. Of a list at the end of a
    /// path there is one empty object for each element.
    pub fn of<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let mut all = Self::default();
        for path in paths {
            all.add(path);
        }
        all
    }

    fn add(&mut self, path: &str) {
        let Step { key, only, rest } = Step::of(path);
        let below = self.0.entry(key.to_owned()).or_default();
        if let Some((key, _)) = only {
            below.add(key);
        }
        if let Some(rest) = rest {
            below.add(rest);
        }
    }
}

impl Contract {
    /// Writes of the report that a part holds what is asked for, and the objects and lists that lead there. What is
    /// missing is `null` where a report requires it. Of a request for erasure there is nothing.
    pub fn excerpt(&self, part: &Part, wanted: &Excerpt) -> Document {
        if part.is_erasure() {
            return Document::Object(Vec::new());
        }
        Document::Object(Facts::of(self, part).members(&self.report, &part.root, None, wanted))
    }
}

impl Facts {
    fn members(
        &self,
        structure: &Structure,
        entity: &Entity,
        gauge: Option<&str>,
        wanted: &Excerpt,
    ) -> Vec<(String, Document)> {
        let mut members = Vec::with_capacity(wanted.0.len());
        for Member { key, node } in &structure.members {
            let Some(below) = wanted.0.get(key) else { continue };
            let value = match node {
                Node::Leaf(leaf) => self.leaf(leaf, entity, gauge).unwrap_or(Some(Document::Null)),
                Node::List(list) => {
                    let items = list.items(entity, self.reason);
                    let items = items.map(|Item { shape, entity, gauge }| {
                        Document::Object(self.members(shape, entity, gauge, below))
                    });
                    Some(Document::List(items.collect()))
                }
                Node::Structure(inner) => inner
                    .exists_for(self.reason)
                    .then(|| Document::Object(self.members(inner, entity, gauge, below))),
            };
            members.extend(value.map(|value| (key.clone(), value)));
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;
    use crate::library::Library;
    use crate::model::Reason;

    #[test]
    fn all_paths_together_are_the_report() {
        for contract in Library::built_in().iter() {
            let header = Header {
                report_id: String::new(),
                date: "2026-03-04".parse().expect("a day"),
                time_unix_nano: 0,
                reason: Reason::Daily,
                dropped: 0,
            };
            let part = contract.part(&contract.example(), &header).expect("its own example");
            let leaves = contract.structure().leaves();
            let excerpt = Excerpt::of(leaves.iter().map(|(path, _)| path.as_str()));
            let report = contract.report(&part).expect("a whole report");
            assert_eq!(contract.excerpt(&part, &excerpt), report, "{}", contract.label());
        }
    }
}
