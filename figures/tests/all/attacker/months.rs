//! Attacks on the figures of finished months.

use std::collections::BTreeSet;

use headcount_contract::Measure;
use headcount_figures::{Cohort, FrozenDay, Value};
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::truth::{Instance, Truth};
use super::{Day, Finding, Published, few};

/// A cell of the retention: a cohort, one of the months in which it was active, and what was shown.
struct Cell {
    cohort: Date,
    month: Date,
    shown: Option<u64>,
}

/// Cells, what is left of their cohorts, and reporting days, behind which too few stand.
pub(crate) fn cells(published: &Published, truth: &Truth) -> Vec<Finding> {
    let (mut findings, mut seen) = (Vec::new(), BTreeSet::new());
    for Day { min_count, frozen: day, .. } in &published.days {
        // What was shown under another `min_count` stays.
        let mut judge = |what: String, instances: usize| {
            if seen.insert(what.clone()) && few(instances, *min_count) {
                findings.push(Finding { attack: "months", day: day.day, what, instances });
            }
        };
        for cell in shown_cells(day) {
            let Cell { cohort, month, shown: Some(_) } = cell else { continue };
            let active = active(truth, cohort, month).len();
            // The first cell is the cohort, as far as an attacker knows.
            let first = self::active(truth, cohort, cohort).len();
            judge(format!("cohort {cohort} in {month}"), active);
            judge(format!("cohort {cohort} not in {month}"), first.saturating_sub(active));
        }
        for number in &day.numbers {
            let Value::ReportingDays(months) = &number.value else { continue };
            for month in months {
                let all = truth.month(month.month).map_or(0, Vec::len);
                let mut counted = 0;
                for (place, bucket) in month.days.iter().enumerate() {
                    if bucket.instances.is_none() {
                        continue;
                    }
                    let to = month.days.get(place + 1).and_then(|next| next.from);
                    let inside = days_within(truth, month.month, bucket.from, to);
                    judge(format!("{:?} days in {}", bucket.from, month.month), inside);
                    counted += inside;
                }
                if whole_is_told(published, month.month) {
                    judge(format!("other days in {}", month.month), all - counted);
                }
            }
        }
    }
    findings
}

/// The whole of a month less the cells that are shown: too few may not be left, and neither may those who are left be
/// nearly those of another month in which all of them were shown.
pub(crate) fn columns(published: &Published, truth: &Truth) -> Vec<Finding> {
    let (mut findings, mut seen) = (Vec::new(), BTreeSet::new());
    for Day { min_count, frozen: day, .. } in &published.days {
        let cells = shown_cells(day);
        let months: BTreeSet<Date> = cells.iter().map(|cell| cell.month).collect();
        for &month in months.iter().filter(|month| whole_is_told(published, **month)) {
            for (what, instances) in column(truth, &cells, month) {
                if seen.insert(what.clone()) && few(instances, *min_count) {
                    findings.push(Finding { attack: "columns", day: day.day, what, instances });
                }
            }
        }
    }
    findings
}

/// How many come out of the hidden cells of a month: all of them together; and how many are between them and the same
/// cohorts in other months, or as they were at first, where these were shown.
fn column(truth: &Truth, cells: &[Cell], month: Date) -> Vec<(String, usize)> {
    let column = cells.iter().filter(|cell| cell.month == month);
    let (shown, hidden): (Vec<&Cell>, Vec<_>) = column.partition(|cell| cell.shown.is_some());
    let those = |cells: &[&Cell], at: &dyn Fn(&Cell) -> Date| -> BTreeSet<Instance> {
        cells.iter().flat_map(|cell| active(truth, cell.cohort, at(cell))).collect()
    };
    let shown = those(&shown, &|_| month);
    let all = truth.month(month).into_iter().flatten().map(|(instance, ..)| *instance);
    let left: BTreeSet<Instance> = all.filter(|of| !shown.contains(of)).collect();
    let mut found = vec![(format!("hidden cells of {month}"), left.len())];
    let was_shown = |cohort: Date, month: Date| {
        let at = |other: &&Cell| other.cohort == cohort && other.month == month;
        cells.iter().find(at).is_some_and(|other| other.shown.is_some())
    };
    let mut between = |what: String, at: &dyn Fn(&Cell) -> Date| {
        if !hidden.is_empty() && hidden.iter().all(|cell| was_shown(cell.cohort, at(cell))) {
            let before = those(&hidden, at);
            found.push((what, left.symmetric_difference(&before).count()));
        }
    };
    between(format!("hidden cells of {month} and their cohorts"), &|cell| cell.cohort);
    let months: BTreeSet<Date> = cells.iter().map(|cell| cell.month).collect();
    for &another in months.iter().filter(|another| **another < month) {
        between(format!("hidden cells of {month} and of {another}"), &|_| another);
    }
    found
}

/// Whether it is shown how many reported in a month: by a figure of months, or by a count of a window as long.
fn whole_is_told(published: &Published, month: Date) -> bool {
    let days = u32::from(month.days_in_month().unsigned_abs());
    published.days.iter().any(|Day { contract, frozen, .. }| {
        contract.publish().figures.iter().any(|figure| {
            let counts = figure.measure == Measure::Instances && figure.window_days == days;
            let number = frozen.number(&figure.name);
            (figure.measure.is_monthly() || counts && figure.round.is_none())
                && number.is_some_and(|number| {
                    number.as_of == month.last_of_month() && number.instances.is_some()
                })
        })
    })
}

fn shown_cells(day: &FrozenDay) -> Vec<Cell> {
    let mut cells = Vec::new();
    for number in &day.numbers {
        let Value::Retention(cohorts) = &number.value else { continue };
        for Cohort { month: cohort, active } in cohorts {
            let months = (0..).map(|later: i64| *cohort + later.months());
            let of_it = months.zip(active);
            cells.extend(of_it.map(|(month, &shown)| Cell { cohort: *cohort, month, shown }));
        }
    }
    cells
}

/// Those who first reported in one month and reported in another.
fn active(truth: &Truth, cohort: Date, month: Date) -> Vec<Instance> {
    let active = truth.month(month).into_iter().flatten();
    active.filter(|(_, first, _)| *first == cohort).map(|&(instance, ..)| instance).collect()
}

#[expect(clippy::float_cmp, reason = "whole numbers of days")]
fn days_within(truth: &Truth, month: Date, from: Option<f64>, to: Option<f64>) -> usize {
    let active = truth.month(month).into_iter().flatten();
    let inside = active.filter(|(_, _, days)| {
        let days = f64::from(*days);
        from.is_none_or(|from| days >= from) && to.is_none_or(|to| days < to && days != to)
    });
    inside.count()
}
