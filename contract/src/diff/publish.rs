//! Changes of what is published.

use super::{Changes, Class};
use crate::model::{Figure, Measure, Order, Publish, StatsShape};
use crate::wording::counted;

pub(super) fn publish(old: &Publish, new: &Publish, changes: &mut Changes) {
    let text = format!("from {} to {}", old.min_count, counted(new.min_count.into(), "instance"));
    changes.greater_is_wider("publish.min_count", new.min_count, old.min_count, text);
    if old.stats != new.stats {
        let shape = match new.stats {
            StatsShape::Full => "with their definitions",
            StatsShape::Flat => "as names and numbers alone",
        };
        changes.neutral("publish.stats", format!("the figures are told {shape}"));
    }
    changes.reworded("publish.licence", "licence", &old.licence, &new.licence);
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
    grouped(path, old, new, changes);
    if !old.measure.is_monthly() && !new.measure.is_monthly() {
        let window = |figure: &Figure| counted(figure.window_days.into(), "day");
        let text = format!("from {} to {}", window(old), window(new));
        changes.greater_is_wider(path, old.window_days, new.window_days, text);
    }
    rounded(path, old.round, new.round, changes);
    if old.order != new.order {
        let order = match new.order {
            Order::Count => "by size",
            Order::Version => "as releases",
        };
        changes.neutral(path, format!("groups in order {order}"));
    }
    changes.reworded(path, "brief", &old.brief, &new.brief);
}

/// Groups tell more the more of them there are.
fn grouped(path: &str, old: &Figure, new: &Figure, changes: &mut Changes) {
    match (&old.by, &new.by) {
        (old, new) if old == new => {}
        (_, Some(by)) => return changes.widening(path, format!("broken down by {by}")),
        (Some(by), None) => {
            return changes.narrowing(path, format!("no longer broken down by {by}"));
        }
        (None, None) => {}
    }
    match (&old.cut_at, &new.cut_at) {
        (None, Some(mark)) => changes.narrowing(path, format!("cut at “{mark}”")),
        (Some(mark), None) => changes.widening(path, format!("no longer cut at “{mark}”")),
        (Some(old), Some(new)) if old != new => {
            changes.widening(path, format!("no longer cut at “{old}” but at “{new}”"));
        }
        _ => {}
    }
}

/// Multiples of a greater number tell less, where the greater is itself a multiple of the smaller; else nothing is
/// known.
fn rounded(path: &str, old: Option<u32>, new: Option<u32>, changes: &mut Changes) {
    let (before, after) = (old.unwrap_or(1), new.unwrap_or(1));
    let text = match new {
        Some(to) => format!("rounded to multiples of {to}"),
        None => "no longer rounded".to_owned(),
    };
    if before != after {
        let class = if after.is_multiple_of(before) { Class::Narrowing } else { Class::Widening };
        changes.add(class, path, text);
    }
}
