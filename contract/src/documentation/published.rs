//! What is published, and how each figure is defined.

use std::fmt::Write as _;

use super::markdown::{code, escape, table};
use crate::model::{Publish, Structure};
use crate::wording::{definition, small_groups};

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
    let mut told = format!("{table}\n{}", small_groups(publish, report));
    told.push_str(
        " The figures of a day are made one day after its end and stay as they are: what comes later for it is \
         not counted.",
    );
    if let Some(licence) = &publish.licence {
        write!(told, " They are published under {}.", code(licence)).expect(super::IN_MEMORY);
    }
    told
}
