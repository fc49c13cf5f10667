//! What a terminal can show: how wide it is, which signs it has, and text of others that does nothing in it.

use std::borrow::Cow;
use std::env;
use std::io::{self, IsTerminal as _};

use console::{Term, measure_text_width, truncate_str};
use headcount_contract::misleading;

/// The width where nobody says.
const USUAL: usize = 100;
/// Narrower than this nothing fits; what does not fit is cut by the terminal.
const LEAST: usize = 40;

/// What lines are made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    /// Columns.
    pub(super) width: usize,
    pub(super) signs: &'static Signs,
}

/// Signs with which things are drawn.
#[derive(Debug)]
pub(super) struct Signs {
    /// From the lowest to the highest.
    pub(super) heights: &'static [char],
    /// A full block of a bar, and its parts, the smallest first.
    pub(super) block: char,
    pub(super) parts: &'static [char],
    /// Stands where there is nothing to show.
    pub(super) nothing: &'static str,
    /// Ends what was cut.
    pub(super) cut: &'static str,
    /// Between things in a line.
    pub(super) between: &'static str,
}

static UNICODE: Signs = Signs {
    heights: &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
    block: '█',
    parts: &['▏', '▎', '▍', '▌', '▋', '▊', '▉'],
    nothing: "–",
    cut: "…",
    between: " · ",
};

static ASCII: Signs = Signs {
    heights: &['_', '.', '-', '=', '+', '*', '#', '@'],
    block: '#',
    parts: &[],
    nothing: "-",
    cut: "~",
    between: ", ",
};

impl Terminal {
    /// The one that standard output is, or what stands for one.
    pub(super) fn of_output() -> Self {
        let told = || env::var("COLUMNS").ok()?.trim().parse().ok();
        let own = || Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        let width = if io::stdout().is_terminal() { own().or_else(told) } else { told() };
        Self::new(width.unwrap_or(USUAL), has_unicode(|name| env::var(name).ok()))
    }

    pub(super) fn new(width: usize, unicode: bool) -> Self {
        let signs = if unicode { &UNICODE } else { &ASCII };
        Self { width: width.max(LEAST), signs }
    }

    /// The text, cut where it is wider than so many columns.
    pub(super) fn cut<'t>(&self, text: &'t str, columns: usize) -> Cow<'t, str> {
        truncate_str(text, columns, self.signs.cut)
    }

    /// The text, cut or filled up to exactly so many columns, at its left.
    pub(super) fn left(&self, text: &str, columns: usize) -> String {
        let text = self.cut(text, columns);
        let gap = columns.saturating_sub(measure_text_width(&text));
        format!("{text}{:gap$}", "")
    }

    /// The same, at its right.
    pub(super) fn right(&self, text: &str, columns: usize) -> String {
        let text = self.cut(text, columns);
        let gap = columns.saturating_sub(measure_text_width(&text));
        format!("{:gap$}{text}", "")
    }

    /// A bar: the part of so many columns that `share` says, 0 to 1. What is there shows.
    pub(super) fn bar(&self, share: f64, columns: usize) -> String {
        let Signs { block, parts, .. } = self.signs;
        let steps = parts.len() + 1;
        let filled = share.clamp(0.0, 1.0) * f64::from(u32::try_from(columns * steps).unwrap_or(0));
        let mut filled = whole(filled);
        if share > 0.0 {
            filled = filled.max(1);
        }
        let mut bar: String = std::iter::repeat_n(*block, filled / steps).collect();
        bar.extend(filled.checked_rem(steps).filter(|rest| *rest > 0).map(|rest| parts[rest - 1]));
        bar
    }

    /// How something went on, drawn in at most so many columns: each shows the average of its time.
    pub(super) fn curve(&self, values: &[f64], columns: usize) -> String {
        let columns = columns.min(values.len());
        let average = |column: usize| {
            let (from, to) =
                (column * values.len() / columns, (column + 1) * values.len() / columns);
            let part = &values[from..to];
            part.iter().sum::<f64>() / f64::from(u32::try_from(part.len()).unwrap_or(u32::MAX))
        };
        let averages: Vec<_> = (0..columns).map(average).collect();
        let most = averages.iter().copied().fold(0.0, f64::max);
        let heights = self.signs.heights;
        let highest = f64::from(u32::try_from(heights.len() - 1).unwrap_or(0));
        let height = |value: &f64| {
            let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
            heights[whole(share * highest)]
        };
        averages.iter().map(height).collect()
    }
}

/// Whether the locale's characters are those of Unicode, by the first variable that says something, as POSIX has it.
fn has_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let mut said = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable);
    let locale = said.find(|text| !text.is_empty()).unwrap_or_default().to_lowercase();
    locale.ends_with("utf-8") || locale.ends_with("utf8") || cfg!(windows)
}

/// Text of somebody else, as one line that does nothing in a terminal and reads as it is written.
pub(super) fn harmless(text: &str) -> String {
    text.chars().map(|c| if misleading(c) { '\u{fffd}' } else { c }).collect()
}

/// The nearest whole number; what is below 0 is 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
fn whole(number: f64) -> usize {
    number.round() as usize
}

#[cfg(test)]
mod tests;
