//! What a figure says, in words.

use headcount_contract::{Contract, Figure, Identity, Measure};

use crate::application::Application;

impl Application {
    /// What is counted: `instances`, or `reports` where nothing links those of one instance.
    pub fn counted(&self) -> &'static str {
        match self.newest().identity() {
            Identity::None => "reports",
            Identity::Stable | Identity::Rotating(_) => "instances",
        }
    }

    /// How a figure is defined, as a lower-case fragment in plain text.
    pub fn definition(&self, figure: &Figure) -> String {
        let counted = self.counted();
        let contract = self.newest();
        let what = match &figure.measure {
            Measure::Instances => format!("number of {counted}"),
            Measure::Sum(path) if is_list(path, contract) => format!("number of {path}"),
            Measure::Sum(path) => format!("sum of {path}"),
            Measure::Median(path) => format!("median of {}", told(path, contract)),
            Measure::Distribution(path, bounds) => {
                let bounds: Vec<_> = bounds.iter().map(ToString::to_string).collect();
                let bounds: Vec<_> =
                    bounds.iter().map(|bound| bound.trim_end_matches(".0")).collect();
                let from = bounds.join(", from ");
                format!("{counted} by {}, grouped from {from}", told(path, contract))
            }
            Measure::Retention => {
                return format!(
                    "of the {counted} that first came in a month, how many did in it and in each later one; \
                     finished months"
                );
            }
            Measure::ReportingDays => {
                return format!(
                    "{counted} by the number of days of a month on which they reported; finished months"
                );
            }
        };
        let by = figure.by.as_ref().map(|path| format!(", by {path}")).unwrap_or_default();
        let round = figure.round.map(|to| format!(", to a multiple of {to}")).unwrap_or_default();
        let within = match figure.window_days {
            1 => "the day".to_owned(),
            days => format!("the {days} days that end with it"),
        };
        let of = match counted {
            "reports" => "of the reports".to_owned(),
            _ => "in the latest report of each instance".to_owned(),
        };
        format!("{what}{by}, {of} within {within}{round}")
    }

    /// The unit of a figure's numbers, in UCUM: the measured leaf's, or that of what is counted. `None`: the contract
    /// names none.
    pub fn unit(&self, figure: &Figure) -> Option<String> {
        let contract = self.newest();
        match &figure.measure {
            Measure::Sum(path) | Measure::Median(path) => unit_of(path, contract),
            _ => Some(format!("{{{}}}", self.counted().trim_end_matches('s'))),
        }
    }
}

/// What a path of the report counts for: its value, or how many elements it has.
fn told(path: &str, contract: &Contract) -> String {
    if is_list(path, contract) { format!("the number of {path}") } else { path.to_owned() }
}

fn unit_of(path: &str, contract: &Contract) -> Option<String> {
    let plain = path.replace("[]", "");
    let leaves = contract.structure().leaves();
    let leaf = leaves.into_iter().find(|(leaf, _)| leaf.replace("[]", "") == plain);
    leaf.and_then(|(_, leaf)| leaf.unit.clone())
}

fn is_list(path: &str, contract: &Contract) -> bool {
    let plain = path.replace("[]", "");
    contract.structure().leaves().iter().all(|(leaf, _)| leaf.replace("[]", "") != plain)
}
