//! What is wrong with a configuration, all at once.

use std::collections::BTreeSet;
use std::fmt::Display;

use anyhow::anyhow;

use crate::exit::{Failure, Outcome};

/// Mistakes, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    lines: Vec<String>,
    /// The settings that they are about.
    about: BTreeSet<String>,
}

impl Mistakes {
    /// Notes one: where, and what was expected.
    pub(super) fn note(&mut self, place: impl Display, what: impl Display) {
        self.lines.push(format!("{place}: {what}"));
    }

    /// Remembers that the setting has no value that could be checked further.
    pub(super) fn about(&mut self, name: String) {
        self.about.insert(name);
    }

    /// Whether one of the settings has no value that could be checked further.
    pub(super) fn are_about(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.about.contains(*name))
    }

    /// Errors: there is one.
    pub(super) fn none(self) -> Outcome {
        if self.lines.is_empty() {
            return Ok(());
        }
        Err(Failure::Configuration(anyhow!(
            "expected a configuration without mistakes\n{}",
            self.lines.join("\n")
        )))
    }
}
