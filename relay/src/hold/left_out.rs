//! What was left out and what was rejected: for the operator's eyes, so that nothing is missing unseen.

use std::collections::BTreeSet;

use headcount_contract::misleading;
use headcount_receiver::{Answer, Reasons};
use jiff::civil::Date;

/// Names of metrics that are remembered at most.
const NAMES: usize = 256;

/// What was left out on one day, and the names of the metrics that were left out since the start. The names come from
/// the operator's own applications; they are in memory only.
#[derive(Debug)]
pub(crate) struct LeftOut {
    names: BTreeSet<String>,
    told: Told,
}

/// What the log tells of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The UTC day on which it came.
    pub(crate) day: Date,
    /// Points that are no usage figures.
    pub(crate) left_out: u64,
    /// Points that were rejected, by their reasons.
    pub(crate) rejected: Reasons,
    /// What the first of them lacked, and where it stood; never a value.
    pub(crate) first: Option<String>,
}

impl Told {
    fn of(day: Date) -> Self {
        Self { day, left_out: 0, rejected: Reasons::default(), first: None }
    }
}

impl LeftOut {
    pub(super) fn new(today: Date) -> Self {
        Self { names: BTreeSet::new(), told: Told::of(today) }
    }

    /// Notes what became of a request, and the names of the metrics of it that were left out.
    pub(super) fn note(&mut self, answer: &Answer, names: BTreeSet<String>) {
        if answer.rejected > 0 && self.told.first.is_none() {
            self.told.first.clone_from(&answer.first);
            let reason = answer.first.as_deref().unwrap_or("for an unknown reason");
            tracing::warn!(
                points = answer.rejected,
                "rejected values; their sender is told, and this log once a day: {reason}"
            );
        }
        self.told.left_out += answer.left_out;
        self.told.rejected.merge(&answer.reasons);
        for name in names {
            if self.names.len() < NAMES && !name.contains(misleading) {
                self.names.insert(name);
            }
        }
    }

    /// The names of metrics that were left out.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// What is to be told of a day that is over, once, if there is anything.
    pub(crate) fn take(&mut self, today: Date) -> Option<Told> {
        if self.told.day == today {
            return None;
        }
        let told = std::mem::replace(&mut self.told, Told::of(today));
        (told.left_out + told.rejected.total() > 0).then_some(told)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn names(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_day_is_told_once_when_it_is_over_with_what_was_rejected_first() {
        let (first, next) = (date(2026, 11, 20), date(2026, 11, 21));
        let mut left_out = LeftOut::new(first);
        let mut answer = Answer { sent: 9, left_out: 4, ..Answer::default() };
        left_out.note(&answer, BTreeSet::new());
        answer.reject("unfit", 2, "expected a whole number, at resource 0");
        left_out.note(&answer, BTreeSet::new());
        answer.first = Some("something else".to_owned());
        left_out.note(&answer, BTreeSet::new());
        assert_eq!(left_out.take(first), None, "the day is not over");
        let told = left_out.take(next).expect("something to tell");
        assert_eq!((told.day, told.left_out, told.rejected.of("unfit")), (first, 12, 4));
        assert_eq!(told.first.as_deref(), Some("expected a whole number, at resource 0"));
        assert_eq!(left_out.take(next), None);
        assert_eq!(left_out.take(first), None, "of a day without anything nothing is told");
    }

    #[test]
    fn names_are_bounded_and_none_of_them_misleads() {
        let mut left_out = LeftOut::new(date(2026, 11, 20));
        left_out.note(&Answer::default(), names(&["http.requests", "\u{202e}evil", "a\nb"]));
        assert_eq!(left_out.names().collect::<Vec<_>>(), ["http.requests"]);
        for number in 0..2 * NAMES {
            left_out.note(&Answer::default(), names(&[&format!("metric.{number}")]));
        }
        assert_eq!(left_out.names().count(), NAMES);
    }
}
