//! What changes between two contracts, and whether an operator would tell more under the new one.

mod leaf;
mod publish;
mod sections;
mod text;
mod tree;

use std::fmt;

use crate::model::Contract;

/// Which way a change goes, from the side of the one who tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// More is told, more exactly, more often, for longer, or with less of a choice: the old consent does
    /// not cover it. What cannot be proven to tell less counts as telling more.
    Widening,
    /// Nothing more and nothing less is told.
    Neutral,
    /// Less is told.
    Narrowing,
}

impl Class {
    /// The class as a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Widening => "widening",
            Self::Neutral => "neutral",
            Self::Narrowing => "narrowing",
        }
    }
}

/// One change. Displayed on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where: a path of the report such as `projects[].no_of_users`, or a key of the contract.
    pub path: String,
    /// What: a lower-case fragment.
    pub text: String,
    /// Which way it goes.
    pub class: Class,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<9}  {}: {}", self.class.as_str(), self.path, self.text)
    }
}

/// Every change between two contracts. Displayed as one line for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    changes: Vec<Change>,
}

/// Compares two contracts, section by section, the report in the order of the new one. Contracts with the
/// same digest have no changes, and those with different digests have some.
///
/// ```
/// use headcount_contract::{Library, diff};
///
/// let library = Library::built_in();
/// let version = |label| library.find(label).expect("it ships");
/// let changes = diff(version("openfn/2"), version("openfn/3"));
/// assert!(changes.widens());
/// assert!(!diff(version("openfn/3"), version("openfn/3")).widens());
/// ```
pub fn diff(old: &Contract, new: &Contract) -> Changes {
    let mut changes = Changes::default();
    if old.digest == new.digest {
        return changes;
    }
    sections::name(old, new, &mut changes);
    sections::identity(old.identity, new.identity, &mut changes);
    sections::consent(&old.consent, &new.consent, &mut changes);
    sections::schedule(&old.schedule, &new.schedule, &mut changes);
    tree::report(&old.report, &new.report, &mut changes);
    sections::intake(&old.intake, &new.intake, &mut changes);
    publish::publish(&old.publish, &new.publish, &mut changes);
    if changes.is_empty() {
        changes.neutral("contract", "written differently, to the same effect");
    }
    changes
}

impl Changes {
    /// The changes, in the order of the contract.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter()
    }

    /// Whether there is no change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether the new contract needs a new consent.
    pub fn widens(&self) -> bool {
        self.iter().any(|change| change.class == Class::Widening)
    }

    fn add(&mut self, class: Class, path: &str, text: impl Into<String>) {
        let (path, text) = (path.to_owned(), text.into());
        self.changes.push(Change { path, text, class });
    }

    fn widening(&mut self, path: &str, text: impl Into<String>) {
        self.add(Class::Widening, path, text);
    }

    fn neutral(&mut self, path: &str, text: impl Into<String>) {
        self.add(Class::Neutral, path, text);
    }

    fn narrowing(&mut self, path: &str, text: impl Into<String>) {
        self.add(Class::Narrowing, path, text);
    }

    /// Of a quantity that tells more the greater it is.
    fn greater_is_wider<T: PartialOrd + Copy>(&mut self, path: &str, old: T, new: T, text: String) {
        if old < new {
            self.widening(path, text);
        } else if new < old {
            self.narrowing(path, text);
        }
    }

    /// Of a set that tells more the more it holds: each item of its own.
    fn more_is_wider<T: PartialEq>(
        &mut self,
        path: &str,
        old: &[T],
        new: &[T],
        told: impl Fn(&T) -> String,
    ) {
        for item in new.iter().filter(|item| !old.contains(item)) {
            self.widening(path, format!("new: {}", told(item)));
        }
        for item in old.iter().filter(|item| !new.contains(item)) {
            self.narrowing(path, format!("no longer: {}", told(item)));
        }
    }

    /// Of words that tell a person something, and nobody more.
    fn reworded<T: PartialEq>(&mut self, path: &str, what: &str, old: &T, new: &T) {
        if old != new {
            self.neutral(path, format!("{what} reworded"));
        }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{change}")?;
        }
        Ok(())
    }
}
