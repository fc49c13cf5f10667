//! A sheet as lines of a terminal: a table of totals, then each figure that has several values.

mod adoption;
mod groups;
mod months;
mod totals;

use anstyle::{AnsiColor, Style};
use headcount_figures::{Number, Value};
use jiff::civil::Date;

use super::sheet::{Figure, Sheet};
use super::terminal::Terminal;

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const BAR: Style = AnsiColor::Cyan.on_default();
const MORE: Style = AnsiColor::Green.on_default();
const LESS: Style = AnsiColor::Red.on_default();

/// What lines are made with.
pub(super) struct Page<'a> {
    pub(super) terminal: Terminal,
    pub(super) sheet: &'a Sheet,
    /// Whether each figure's definition stands under it.
    pub(super) definitions: bool,
}

impl Page<'_> {
    /// All lines. Colours are in them; whoever writes them takes these out where there are none.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = self.head();
        if self.sheet.snapshot.newest().is_none() {
            lines.push(String::new());
            lines.push("No day is frozen yet: a day is two days after it began.".to_owned());
            return lines;
        }
        lines.extend(self.totals());
        for figure in &self.sheet.figures {
            let Some(number) = self.sheet.snapshot.number(&figure.name) else { continue };
            lines.extend(match &number.value {
                Value::Hidden | Value::Total(_) => continue,
                Value::Groups(groups) => self.groups(figure, number, groups),
                Value::Buckets(buckets) => self.buckets(figure, number, buckets),
                Value::Retention(cohorts) => self.retention(figure, number, cohorts),
                Value::ReportingDays(months) => self.reporting_days(figure, number, months),
            });
        }
        lines
    }

    fn head(&self) -> Vec<String> {
        let Sheet { application, brief, counted, min_count, .. } = self.sheet;
        let mut facts = Vec::new();
        if let Some(newest) = self.sheet.snapshot.newest() {
            facts.push(format!("{}, frozen on {}", newest.day, newest.frozen_on));
        }
        if *min_count > 1 {
            facts.push(format!("at least {min_count} {counted} behind each number"));
        }
        facts.extend(self.sheet.licence.clone());
        if self.sheet.volatile {
            facts.push("forgotten when the receiver restarts".to_owned());
        }
        let mut lines = vec![format!("{STRONG}{}{STRONG:#}", self.fit(application))];
        lines.push(self.fit(brief));
        let mut facts = self.wrapped(&facts.join(self.terminal.signs.between));
        lines.append(&mut facts);
        lines
    }

    /// The heading of a figure: what it tells, and of when and how many that is.
    fn heading(&self, figure: &Figure, number: &Number) -> Vec<String> {
        let mut facts = Vec::new();
        if let Some(instances) = number.instances {
            facts.push(format!("{} {}", super::numbers::count(instances), self.sheet.counted));
        }
        if let Some(as_of) = self.older(number) {
            facts.push(format!("as of {as_of}"));
        }
        let facts = facts.join(self.terminal.signs.between);
        let title = self.terminal.cut(&figure.brief, self.terminal.width);
        let [title_width, facts_width] = [&*title, &*facts].map(console::measure_text_width);
        let together = title_width + facts_width + 2;
        let mut lines = vec![String::new()];
        if together <= self.terminal.width {
            lines.push(format!("{STRONG}{title}{STRONG:#}  {DIM}{facts}{DIM:#}"));
        } else {
            lines.push(format!("{STRONG}{title}{STRONG:#}"));
            lines.push(format!("{DIM}{}{DIM:#}", self.fit(&facts)));
        }
        if self.definitions {
            lines.extend(self.wrapped(&figure.definition));
        }
        lines
    }

    /// The day that a number is of, where that is not the newest one.
    fn older(&self, number: &Number) -> Option<Date> {
        let newest = self.sheet.snapshot.newest()?.day;
        Some(number.as_of).filter(|as_of| *as_of != newest)
    }

    fn fit(&self, text: &str) -> String {
        self.terminal.cut(text, self.terminal.width).into_owned()
    }

    /// The text in faint lines that fit.
    fn wrapped(&self, text: &str) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(line)
                    if console::measure_text_width(line)
                        + 1
                        + console::measure_text_width(word)
                        <= self.terminal.width =>
                {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(self.fit(word)),
            }
        }
        lines.into_iter().map(|line| format!("{DIM}{line}{DIM:#}")).collect()
    }
}

#[cfg(test)]
mod tests;
