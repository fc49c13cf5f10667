//! What is counted of one application, and what a report adds to it.

use std::sync::Arc;

use headcount_contract::{Contract, Document, Excerpt, Leaf, Library, Part, Reason, Step, Type};

use crate::contribution::{Contribution, Key, Layout, Told};
use crate::definition::{Definition, digest};
use crate::number::Fixed;

/// What is counted of an application: what the newest version of its contract publishes, in the reports of all versions.
#[derive(Clone, Debug)]
pub struct Counting {
    contracts: Vec<Arc<Contract>>,
    versions: Vec<String>,
    definitions: Vec<Definition>,
    /// What of a report they speak of.
    excerpt: Excerpt,
    layout: Arc<Layout>,
}

impl Counting {
    /// What is counted of the application of this name. `None` where its newest contract publishes no figures.
    pub fn of(library: &Library, name: &str) -> Option<Self> {
        let contracts: Vec<_> = library.versions(name).cloned().collect();
        let publish = contracts.last()?.publish();
        if publish.figures.is_empty() {
            return None;
        }
        let mut definitions = vec![Definition::Members];
        for definition in publish.figures.iter().filter_map(Definition::of) {
            // A figure by group is shown with how many are in each: that is counted for itself.
            for definition in definition.split().into_iter().chain([definition]) {
                if !definitions.contains(&definition) {
                    definitions.push(definition);
                }
            }
        }
        let by = definitions.iter().filter_map(|one| one.by().map(|by| by.path.as_str()));
        let excerpt = Excerpt::of(definitions.iter().filter_map(Definition::path).chain(by));
        let layout = Layout::of(&definitions, publish.min_count);
        let versions = contracts.iter().map(|contract| contract.version().to_owned()).collect();
        let layout = Arc::new(layout);
        Some(Self { contracts, versions, definitions, excerpt, layout })
    }

    /// The newest version of the application's contract, by whose figures it is counted.
    pub fn contract(&self) -> &Arc<Contract> {
        self.contracts.last().expect("there is a contract that publishes figures")
    }

    /// The versions of the contract whose reports are counted, oldest first.
    pub fn versions(&self) -> &[String] {
        &self.versions
    }

    /// The longest window of a figure, in days; at least 1.
    pub fn longest_window(&self) -> u32 {
        let windows = self.contract().publish().figures.iter().map(|figure| figure.window_days);
        windows.max().unwrap_or(1).max(1)
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn min_count(&self) -> u32 {
        self.layout.min_count
    }

    /// What a report of this version of the contract adds. `None` where it adds nothing: there is no such version, the
    /// part asks for an erasure, or it tells of a withdrawal.
    pub fn contribution(&self, version: &str, part: &Part) -> Option<Contribution> {
        let rank = self.versions.iter().position(|known| known == version)?;
        if matches!(part.reason(), Some(Reason::OptOut | Reason::Erase)) {
            return None;
        }
        let contract = &self.contracts[rank];
        let report = Report { contract, document: contract.excerpt(part, &self.excerpt) };
        let told = self.definitions.iter().map(|definition| report.told(definition)).collect();
        let rank = u32::try_from(rank).ok()?;
        Some(Contribution { day: part.date(), rank, layout: self.layout.clone(), told })
    }
}

impl Layout {
    fn of(definitions: &[Definition], min_count: u32) -> Self {
        let definitions: Vec<_> =
            definitions.iter().map(|definition| (definition.id(), definition.kind())).collect();
        let ids: Vec<_> = definitions.iter().map(|(id, _)| id.to_string()).collect();
        Self { id: digest(&["layout", &ids.join(" ")]), definitions, min_count }
    }
}

/// A report, in the terms of its own contract.
struct Report<'c> {
    contract: &'c Contract,
    document: Document,
}

impl Report<'_> {
    fn told(&self, definition: &Definition) -> Told {
        let number = definition.path().and_then(|path| number(&self.document, path));
        match definition {
            Definition::Spread { from, .. } => {
                let bucket = number.map(|number| from.partition_point(|bound| *bound <= number));
                let bucket = bucket.and_then(|bucket| u32::try_from(bucket).ok());
                Told { key: bucket.map_or(Key::Missing, Key::Bucket), number: None }
            }
            Definition::Median { .. } => {
                Told { key: self.key(definition), number: number.map(Fixed::two_digits) }
            }
            _ => Told { key: self.key(definition), number },
        }
    }

    fn key(&self, definition: &Definition) -> Key {
        let Some(by) = definition.by() else { return Key::All };
        let mut found = Vec::new();
        collect(&self.document, &by.path, &mut found);
        found.dedup();
        match &found[..] {
            [] => Key::Missing,
            [nothing] if nothing.is_empty() => Key::Missing,
            [text] if self.is_fit(&by.path, text) => match by.group(text) {
                "" => Key::Other,
                name => Key::Text(name.into()),
            },
            _ => Key::Other,
        }
    }

    /// Whether a text may be shown as it is: whoever sends a report can write whatever the leaf lets pass.
    fn is_fit(&self, by: &str, text: &str) -> bool {
        let vetted = |leaf: &Leaf| leaf.kind == Type::Boolean || leaf.is_vetted();
        is_plain(text) || self.contract.leaf(by).is_some_and(vetted)
    }
}

/// The most characters of a text that nothing in the contract vouches for.
const LONGEST: usize = 64;

fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._+:/@()-".contains(c);
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.len() <= LONGEST
        && text.chars().all(plain)
}

/// Whether an element of a list is meant by a step of a path.
fn is_meant(item: &Document, step: &Step<'_>) -> bool {
    let says = |(key, text): (&str, &str)| matches!(item.get(key), Some(Document::Text(told)) if told == text);
    step.only.is_none_or(says)
}

/// The number at a path; added up over the lists that it leads through.
fn number(document: &Document, path: &str) -> Option<Fixed> {
    let step = Step::of(path);
    let value = document.get(step.key)?;
    let Some(rest) = step.rest else { return Fixed::of(value) };
    match value {
        Document::List(items) => {
            let items = items.iter().filter(|item| is_meant(item, &step));
            let numbers = items.filter_map(|item| number(item, rest));
            Some(numbers.fold(Fixed::default(), Fixed::plus))
        }
        _ => number(value, rest),
    }
}

/// The texts at a path; those of all elements of the lists that it leads through.
fn collect(document: &Document, path: &str, found: &mut Vec<String>) {
    let step = Step::of(path);
    match (document.get(step.key), step.rest) {
        (Some(Document::Text(text)), None) => found.push(text.clone()),
        (Some(Document::Bool(value)), None) => found.push(value.to_string()),
        (Some(Document::List(items)), Some(rest)) => {
            for item in items.iter().filter(|item| is_meant(item, &step)) {
                collect(item, rest, found);
            }
        }
        (Some(inner), Some(rest)) => collect(inner, rest, found),
        _ => {}
    }
}
