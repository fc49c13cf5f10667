//! Figures that look at the same leaf in two ways.

use crate::mistake::{Findings, Position};
use crate::model::{Figure, Measure};

/// Two figures of one leaf are held to one window, one cut and the same bounds: each of them hides small groups, but what
/// lies between the two could be worked out. A release with 20 instances in a week and 21 in a month tells of one.
pub(super) fn overlap(figures: &[(Position, Figure)], findings: &mut Findings) {
    for (place, (at, figure)) in figures.iter().enumerate() {
        let earlier = figures[..place].iter().map(|(_, earlier)| earlier);
        for difference in earlier.filter_map(|earlier| difference(earlier, figure)).take(1) {
            let text =
                format!("expected {difference}: what lies between the two would show small groups");
            findings.mistake(*at, text);
        }
    }
}

/// What would have to be the same of both.
fn difference(earlier: &Figure, figure: &Figure) -> Option<String> {
    let (name, days) = (&earlier.name, earlier.window_days);
    let by = figure.by.as_ref().filter(|by| earlier.by.as_ref() == Some(by));
    let path = figure.measure.path().filter(|path| earlier.measure.path() == Some(path));
    if figure.window_days != days
        && let Some(leaf) = by.map(String::as_str).or(path)
    {
        return Some(format!("`window: {days}d`, as of `{name}`, which shows `{leaf}` too"));
    }
    if let Some(leaf) = by
        && figure.cut_at != earlier.cut_at
    {
        return Some(format!("the `cut_at` of `{name}`, which is by `{leaf}` too"));
    }
    match (&earlier.measure, &figure.measure) {
        (Measure::Distribution(leaf, bounds), Measure::Distribution(_, others))
            if path.is_some() && bounds != others =>
        {
            Some(format!("the `buckets` of `{name}`, which is of `{leaf}` too"))
        }
        _ => None,
    }
}
