//! How far a year has come, on standard error: a bar on a terminal, a line for each month elsewhere.

use std::cell::Cell;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::civil::Date;

use crate::output;

/// How often a second the bar is drawn, at most.
const RATE: u8 = 10;

/// How far it has come.
pub(super) struct Progress {
    bar: ProgressBar,
    /// The month of which a line was written.
    month: Cell<Option<Date>>,
}

impl Progress {
    /// Begins; there will be so many reports.
    pub(super) fn begin(reports: u64) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(RATE);
        let bar = ProgressBar::with_draw_target(Some(reports), target).with_style(style());
        bar.enable_steady_tick(Duration::from_secs(1));
        Self { bar, month: Cell::default() }
    }

    /// Another day is over, with so many reports.
    pub(super) fn step(&self, day: Date, reports: usize) {
        self.bar.set_message(day.to_string());
        self.bar.inc(reports as u64);
        let month = Some(day.first_of_month());
        if self.bar.is_hidden() && self.month.replace(month) != month {
            output::note(format_args!("{day}  {} reports", HumanCount(self.bar.position())));
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    let style = "{msg}  {bar:32}  {human_pos} of {human_len} reports, {per_sec}, {eta} left";
    ProgressStyle::with_template(style).expect("a template that is right").progress_chars("━╸ ")
}
