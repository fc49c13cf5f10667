//! One application, as the surfaces see it.

use std::sync::Arc;

use headcount_contract::{Contract, Figure, Measure};
use headcount_figures::Snapshot;
use jiff::civil::Date;

/// An application: its contracts, and what is shown of its reports.
#[derive(Clone, Debug)]
pub struct Application {
    /// Every version of its contract that is known, oldest first; at least one.
    pub versions: Vec<Arc<Contract>>,
    /// The frozen days.
    pub snapshot: Arc<Snapshot>,
    /// Whether the receiver forgets everything at a restart.
    pub volatile: bool,
    /// The UTC day that it is. Those between the newest frozen one and today are not counted yet.
    pub today: Date,
}

impl Application {
    /// Its name, which is the first part of its paths.
    pub fn name(&self) -> &str {
        self.newest().name()
    }

    /// The newest version of its contract: what is published goes by it.
    pub fn newest(&self) -> &Contract {
        self.versions.last().expect("an application has a version")
    }

    /// Its figures, in the contract's order.
    pub fn figures(&self) -> &[Figure] {
        &self.newest().publish().figures
    }

    /// Those of one number: a count, a sum or a median.
    pub(crate) fn totals(&self) -> impl Iterator<Item = &Figure> {
        self.figures().iter().filter(|figure| figure.is_total())
    }

    /// Those that say how many there are; the first is the headline.
    pub(crate) fn counts(&self) -> impl Iterator<Item = &Figure> {
        self.totals().filter(|figure| figure.measure == Measure::Instances)
    }

    /// The path of what is served of it under this name.
    pub fn path(&self, name: &str) -> String {
        format!("/{}/{name}", self.name())
    }
}
