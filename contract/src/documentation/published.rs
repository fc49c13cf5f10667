//! What is published, and how each figure is defined.

use super::markdown::{code, escape, table};
use crate::model::{Publish, Structure};
use crate::wording::definition;

/// The figures with their definitions.
pub(super) fn told(publish: &Publish, report: &Structure) -> String {
    if publish.figures.is_empty() {
        return "Nothing is published.".to_owned();
    }
    let figures = publish.figures.iter();
    let rows: Vec<_> = figures
        .map(|figure| {
            let brief = figure.brief.as_deref().map(escape).unwrap_or_default();
            vec![code(&figure.name), brief, definition(figure, report, code)]
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
