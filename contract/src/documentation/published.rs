//! What is published, and how each figure is defined.

use super::markdown::{code, escape, table};
use crate::model::{Figure, Measure, Publish, Structure};
use crate::wording::{counted, listed};

/// The figures with their definitions.
pub(super) fn told(publish: &Publish, report: &Structure) -> String {
    if publish.figures.is_empty() {
        return "Nothing is published.".to_owned();
    }
    let figures = publish.figures.iter();
    let rows: Vec<_> = figures
        .map(|figure| {
            let brief = figure.brief.as_deref().map(escape).unwrap_or_default();
            vec![code(&figure.name), brief, definition(figure, report)]
        })
        .collect();
    let table = table(&["Figure", "What it tells", "Definition"], &rows);
    match publish.min_count {
        0 | 1 => table,
        least => format!(
            "{table}\nGroups of fewer than {least} instances are shown together, as `other`."
        ),
    }
}

fn definition(figure: &Figure, report: &Structure) -> String {
    let what = match &figure.measure {
        Measure::Instances => "number of instances".to_owned(),
        Measure::Sum(path) if is_list(path, report) => format!("number of {}", code(path)),
        Measure::Sum(path) => format!("sum of {}", code(path)),
        Measure::Median(path) => format!("median of {}", number(path, report)),
        Measure::Distribution(path, bounds) => {
            let bounds: Vec<_> = bounds.iter().map(ToString::to_string).collect();
            let from = bounds.iter().map(|bound| bound.trim_end_matches(".0"));
            let from: Vec<_> = from.map(|bound| format!("from {bound}")).collect();
            format!("instances by {}, grouped {}", number(path, report), listed(&from, "and"))
        }
        Measure::Retention => {
            return "of the instances that first reported in a month, how many did in each later one"
                .to_owned();
        }
        Measure::ReportingDays => {
            return "instances by the number of days of a month on which they reported".to_owned();
        }
    };
    let by = figure.by.as_ref().map(|path| format!(", by {}", code(path))).unwrap_or_default();
    let window = counted(figure.window_days.into(), "day");
    format!("{what}{by}, in the latest report of each instance within {window}")
}

/// What a path of the report counts for: its value, or how many elements it has.
fn number(path: &str, report: &Structure) -> String {
    if is_list(path, report) { format!("the number of {}", code(path)) } else { code(path) }
}

fn is_list(path: &str, report: &Structure) -> bool {
    let plain = path.replace("[]", "");
    report.leaves().iter().all(|(leaf, _)| leaf.replace("[]", "") != plain)
}
