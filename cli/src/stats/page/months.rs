//! Figures of finished months.

use headcount_figures::{Cohort, MonthOfDays, Number};
use jiff::civil::Date;

use super::super::numbers::{count, double, percent};
use super::super::sheet::Figure;
use super::{DIM, Page};

/// Columns of a month, of the number that joined, of a later month.
const MONTH: usize = 8;
const JOINED: usize = 8;
const LATER: usize = 6;

impl Page<'_> {
    pub(super) fn retention(
        &self,
        figure: &Figure,
        shown: &Number,
        cohorts: &[Cohort],
    ) -> Vec<String> {
        let mut lines = self.heading(figure, shown);
        let room = self.terminal.width.saturating_sub(MONTH + JOINED) / LATER;
        let later = cohorts.iter().map(|cohort| cohort.active.len().saturating_sub(1)).max();
        let later = later.unwrap_or(0).min(room);
        let months: String =
            (1..=later).map(|month| self.terminal.right(&format!("+{month}"), LATER)).collect();
        let head =
            [self.terminal.left("first", MONTH), self.terminal.right("joined", JOINED), months];
        lines.push(format!("{DIM}{}{DIM:#}", head.concat()));
        lines.extend(cohorts.iter().map(|cohort| self.cohort(cohort, later)));
        lines
    }

    fn cohort(&self, cohort: &Cohort, later: usize) -> String {
        let nothing = self.terminal.signs.nothing;
        let joined = cohort.active.first().copied().flatten();
        let mut line = self.terminal.left(&told(cohort.month), MONTH);
        line += &self.terminal.right(&joined.map_or(nothing.to_owned(), count), JOINED);
        for active in cohort.active.iter().skip(1).take(later) {
            let share = active
                .zip(joined)
                .filter(|(_, joined)| *joined > 0)
                .map(|(active, joined)| percent(double(active) / double(joined)));
            line += &self.terminal.right(&share.unwrap_or(nothing.to_owned()), LATER);
        }
        line
    }

    /// The newest month; those before are on the page.
    pub(super) fn reporting_days(
        &self,
        figure: &Figure,
        shown: &Number,
        months: &[MonthOfDays],
    ) -> Vec<String> {
        let mut lines = self.heading(figure, shown);
        if let Some(newest) = months.last() {
            lines.push(format!("{DIM}days of {}{DIM:#}", told(newest.month)));
            lines.extend(self.bucket_bars(&newest.days));
        }
        lines
    }
}

/// `2026-11`.
fn told(month: Date) -> String {
    month.strftime("%Y-%m").to_string()
}
