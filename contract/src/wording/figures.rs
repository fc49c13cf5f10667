//! What a figure is, in words.

use super::{counted, listed};
use crate::model::{Figure, Found, Measure, Structure};

impl Figure {
    /// How the figure comes about, in plain words: a fragment without a full stop.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("manyfold").expect("it ships");
    /// let versions = &contract.publish().figures[1];
    /// assert_eq!(
    ///     versions.definition(contract.structure()),
    ///     "number of instances by version.app, in the latest report of each instance within 7 days"
    /// );
    /// ```
    pub fn definition(&self, report: &Structure) -> String {
        definition(self, report, ToOwned::to_owned)
    }
}

/// How a figure comes about. Paths and marks are written as `quoted` has them.
pub(crate) fn definition(
    figure: &Figure,
    report: &Structure,
    quoted: impl Fn(&str) -> String,
) -> String {
    let who = if report.names_the_instance() { "instances" } else { "reports" };
    let path = |path: &str| counted_by(path, report, &quoted);
    let what = match &figure.measure {
        Measure::Retention => {
            return "of the instances that first reported in a month, how many did in each later one"
                .to_owned();
        }
        Measure::ReportingDays => {
            return "instances by the number of days of a month on which they reported".to_owned();
        }
        Measure::Instances if figure.by.is_none() => return number_of(who, figure),
        Measure::Instances => format!("number of {who}"),
        Measure::Sum(list) if is_list(list, report) => format!("number of {}", quoted(list)),
        Measure::Sum(leaf) => format!("sum of {}", quoted(leaf)),
        Measure::Median(leaf) => format!("median of {}", path(leaf)),
        Measure::Distribution(leaf, bounds) => {
            let from: Vec<_> = bounds.iter().map(|bound| format!("from {bound}")).collect();
            format!("{who} by {}, grouped {}", path(leaf), listed(&from, "and"))
        }
    };
    let by = figure.by.as_ref().map(|by| format!(" by {}", quoted(by)));
    let cut = figure.cut_at.as_ref().map(|mark| format!(" up to the first {}", quoted(mark)));
    let of = if who == "instances" {
        let window = counted(figure.window_days.into(), "day");
        format!("in the latest report of each instance within {window}")
    } else {
        "in the reports of one day".to_owned()
    };
    let (by, cut) = (by.unwrap_or_default(), cut.unwrap_or_default());
    format!("{what}{by}{cut}, {of}{}", rounded(figure))
}

fn number_of(who: &str, figure: &Figure) -> String {
    let text = if who == "instances" {
        let window = counted(figure.window_days.into(), "day");
        format!("number of instances that reported within {window}")
    } else {
        "number of reports of one day".to_owned()
    };
    text + &rounded(figure)
}

fn rounded(figure: &Figure) -> String {
    figure.round.map(|to| format!(", rounded to multiples of {to}")).unwrap_or_default()
}

/// What a path of the report counts for: its value, or how many elements it has.
fn counted_by(path: &str, report: &Structure, quoted: &impl Fn(&str) -> String) -> String {
    if is_list(path, report) { format!("the number of {}", quoted(path)) } else { quoted(path) }
}

fn is_list(path: &str, report: &Structure) -> bool {
    report.find(path).is_some_and(|place| matches!(place.found, Found::List))
}
