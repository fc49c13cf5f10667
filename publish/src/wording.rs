//! What a figure says, in words.

use headcount_contract::{Figure, Measure};

use crate::application::Application;

impl Application {
    /// What is counted: `instances`, or `reports` where nothing links those of one instance.
    pub fn counted(&self) -> &'static str {
        match self.newest().identity() {
            headcount_contract::Identity::None => "reports",
            _ => "instances",
        }
    }

    /// How a figure comes about, in plain words: a fragment without a full stop.
    pub fn definition(&self, figure: &Figure) -> String {
        figure.definition(self.newest().structure())
    }

    /// The unit of a figure's numbers, in UCUM: the measured leaf's, or that of what is counted. `None`: the contract
    /// names none.
    pub fn unit(&self, figure: &Figure) -> Option<String> {
        match &figure.measure {
            Measure::Sum(path) | Measure::Median(path) => self.newest().leaf(path)?.unit.clone(),
            _ => Some(format!("{{{}}}", self.counted().trim_end_matches('s'))),
        }
    }
}
