//! Changes of what is published.

use super::Changes;
use crate::model::{Figure, Measure, Publish};
use crate::wording::counted;

pub(super) fn publish(old: &Publish, new: &Publish, changes: &mut Changes) {
    let text = format!("from {} to {}", old.min_count, counted(new.min_count.into(), "instance"));
    changes.greater_is_wider("publish.min_count", new.min_count, old.min_count, text);
    for figure in &new.figures {
        let path = path(figure);
        match old.figures.iter().find(|old| old.name == figure.name) {
            Some(old) => compare(&path, old, figure, changes),
            None => changes.widening(&path, "new figure"),
        }
    }
    for gone in &old.figures {
        if !new.figures.iter().any(|figure| figure.name == gone.name) {
            changes.narrowing(&path(gone), "no longer published");
        }
    }
}

fn path(figure: &Figure) -> String {
    format!("publish.figures.{}", figure.name)
}

fn compare(path: &str, old: &Figure, new: &Figure, changes: &mut Changes) {
    match (&old.measure, &new.measure) {
        (Measure::Distribution(of, old), Measure::Distribution(still, new)) if of == still => {
            changes.more_is_wider(path, old, new, |bound| format!("a step at {bound}"));
        }
        (old, new) if old != new => changes.widening(path, "measures something else"),
        _ => {}
    }
    match (&old.by, &new.by) {
        (old, new) if old == new => {}
        (_, Some(by)) => changes.widening(path, format!("broken down by {by}")),
        (Some(by), None) => changes.narrowing(path, format!("no longer broken down by {by}")),
        (None, None) => {}
    }
    let window = |figure: &Figure| counted(figure.window_days.into(), "day");
    let text = format!("from {} to {}", window(old), window(new));
    changes.greater_is_wider(path, old.window_days, new.window_days, text);
    changes.reworded(path, "brief", &old.brief, &new.brief);
}
