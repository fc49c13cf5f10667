//! What is published, in words.

use super::listed;
use crate::model::{Contract, Figure, Found, Measure, Publish, Structure};

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

    /// The unit of the figure's numbers, in UCUM: that of the leaf whose values are added up, `{element}` where those of
    /// a list are counted, else that of what reports: `{instance}`, or `{report}`. `None`: the contract names none.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("openfn").expect("it ships");
    /// let unit = |figure: usize| contract.publish().figures[figure].unit(contract.structure());
    /// let [instances, projects, users] = [0, 1, 3].map(unit);
    /// assert_eq!(instances.as_deref(), Some("{instance}"));
    /// assert_eq!(projects.as_deref(), Some("{element}"));
    /// assert_eq!(users.as_deref(), Some("{user}"));
    /// ```
    pub fn unit(&self, report: &Structure) -> Option<String> {
        match &self.measure {
            Measure::Sum(path) | Measure::Median(path) if is_list(path, report) => {
                Some("{element}".to_owned())
            }
            Measure::Sum(path) | Measure::Median(path) => report.leaf(path)?.unit.clone(),
            _ => Some(format!("{{{}}}", who(report).trim_end_matches('s'))),
        }
    }
}

impl Contract {
    /// What is counted: `instances`, or `reports` where nothing links those of one instance.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let counted = |name| library.find(name).map(|contract| contract.counted());
    /// assert_eq!(counted("openfn"), Some("instances"));
    /// assert_eq!(counted("openwisp"), Some("reports"));
    /// ```
    pub fn counted(&self) -> &'static str {
        who(&self.report)
    }
}

/// How a figure comes about. Paths and marks are written as `quoted` has them.
pub(crate) fn definition(
    figure: &Figure,
    report: &Structure,
    quoted: impl Fn(&str) -> String,
) -> String {
    let who = who(report);
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
            let bounds: Vec<_> = bounds.iter().map(ToString::to_string).collect();
            format!("{who} by {}, in groups from {}", path(leaf), listed(&bounds, "and"))
        }
    };
    let by = figure.by.as_ref().map(|by| format!(" by {}", quoted(by)));
    let cut = figure.cut_at.as_ref().map(|mark| format!(" up to the first {}", quoted(mark)));
    let of = match (who, figure.window_days) {
        ("instances", 1) => ", in the report of each instance for the day".to_owned(),
        ("instances", days) => {
            format!(", in the latest report of each instance within {days} days")
        }
        (_, _) if figure.measure == Measure::Instances => " for the day".to_owned(),
        (_, _) => ", in the reports for the day".to_owned(),
    };
    let (by, cut) = (by.unwrap_or_default(), cut.unwrap_or_default());
    format!("{what}{by}{cut}{of}{}", rounded(figure))
}

/// From how many on a group is shown.
pub(crate) fn small_groups(publish: &Publish, report: &Structure) -> String {
    let (least, who) = (publish.min_count, who(report));
    if least <= 1 {
        let one = who.trim_end_matches('s');
        return format!("Every group is shown, also one of a single {one}.");
    }
    format!(
        "What fewer than {least} {who} tell is not shown: smaller groups count together, as other, and a number \
         moves only once at least {least} {who} changed behind it."
    )
}

/// What is counted: without an id, each report for itself.
fn who(report: &Structure) -> &'static str {
    if report.names_the_instance() { "instances" } else { "reports" }
}

fn number_of(who: &str, figure: &Figure) -> String {
    let text = match (who, figure.window_days) {
        ("instances", 1) => "number of instances that reported for the day".to_owned(),
        ("instances", days) => format!("number of instances that reported within {days} days"),
        (_, _) => "number of reports for the day".to_owned(),
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
