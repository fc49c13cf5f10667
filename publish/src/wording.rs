//! What a figure says, in words.

use headcount_contract::Figure;
use jiff::civil::Date;

use crate::application::Application;

impl Application {
    /// What is counted: `instances`, or `reports` where nothing links those of one instance.
    pub fn counted(&self) -> &'static str {
        self.newest().counted()
    }

    /// How a figure comes about, in plain words: a fragment without a full stop.
    pub fn definition(&self, figure: &Figure) -> String {
        figure.definition(self.newest().structure())
    }

    /// The unit of a figure's numbers, in UCUM. `None`: the contract names none.
    pub fn unit(&self, figure: &Figure) -> Option<String> {
        figure.unit(self.newest().structure())
    }
}

/// `2026-11`.
pub(crate) fn month_of(month: Date) -> String {
    month.strftime("%Y-%m").to_string()
}
