//! What Prometheus is asked.

use serde::Serialize;

/// How far back the last value is looked for. Prometheus itself forgets one after five minutes, and figures need not be read
/// more than once an hour.
const BACK: &str = "2h";

/// A query of a panel.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Query {
    ref_id: String,
    expr: String,
    legend_format: String,
    /// Whether the newest values are asked for, or all of the time range.
    instant: bool,
    range: bool,
    format: &'static str,
}

impl Query {
    /// The newest values.
    pub(super) fn now(expr: String) -> Self {
        Self::new(expr, true)
    }

    /// Those of the time range.
    pub(super) fn over_time(expr: String) -> Self {
        Self::new(expr, false)
    }

    fn new(expr: String, instant: bool) -> Self {
        let (ref_id, legend_format) = ("A".to_owned(), "__auto".to_owned());
        Self { ref_id, expr, legend_format, instant, range: !instant, format: "time_series" }
    }

    /// Called so: text, with `{{label}}` for the value of a label.
    pub(super) fn called(self, legend: impl Into<String>) -> Self {
        Self { legend_format: legend.into(), ..self }
    }

    /// As a table with a column for each label.
    pub(super) fn in_columns(self) -> Self {
        Self { format: "table", ..self }
    }

    /// One of several in a panel: A, B and so on to Z, then AA.
    pub(super) fn numbered(self, place: usize) -> Self {
        let letter = |place: usize| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place % 26]);
        let first = (place >= 26).then(|| letter(place / 26 - 1));
        Self { ref_id: first.into_iter().chain([letter(place)]).collect(), ..self }
    }
}

/// The newest value of each series.
fn last(selector: &str) -> String {
    format!("last_over_time({selector}[{BACK}])")
}

/// The same where several receivers tell it: it counts once.
pub(super) fn once(selector: &str) -> String {
    format!("max({})", last(selector))
}

/// The same for each value of these labels.
pub(super) fn once_by(labels: &str, selector: &str) -> String {
    format!("max by ({labels}) ({})", last(selector))
}

/// The same for each group. Instances whose reports lack the value have no label in Prometheus.
pub(super) fn groups(label: &str, family: &str) -> String {
    format!(
        "label_replace({}, \"{label}\", \"not told\", \"{label}\", \"\")",
        once_by(label, family)
    )
}
