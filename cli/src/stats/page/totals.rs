//! The table of totals: value, change, how it went on.

use headcount_figures::Value;

use super::super::numbers::{change, number};
use super::super::sheet::Figure;
use super::{DIM, LESS, MORE, Page, STRONG};

/// Columns of the value, of the change, of a day.
const VALUE: usize = 11;
const CHANGE: usize = 9;
const DAY: usize = 10;
/// Columns of a curve, at least and at most.
const CURVE: (usize, usize) = (10, 52);
/// Columns of a name at least.
const NAME: usize = 12;

impl Page<'_> {
    pub(super) fn totals(&self) -> Vec<String> {
        let totals: Vec<_> =
            self.sheet.figures.iter().filter(|figure| self.has_total(figure)).collect();
        if totals.is_empty() {
            return Vec::new();
        }
        let columns = self.columns(&totals);
        let head = [
            self.terminal.left("figure", columns.name),
            self.terminal.right("value", VALUE),
            self.terminal.right("4 weeks", CHANGE),
            if columns.day { self.terminal.left("  as of", DAY + 2) } else { String::new() },
            if columns.curve > 0 { "  over time".to_owned() } else { String::new() },
        ];
        let head = self.fit(&head.concat());
        let mut lines = vec![String::new(), format!("{DIM}{}{DIM:#}", head.trim_end())];
        lines.extend(totals.iter().flat_map(|figure| self.total(figure, &columns)));
        lines
    }

    /// A curve has what the others leave. Where that is too little, the day goes first.
    fn columns(&self, totals: &[&Figure]) -> Columns {
        let longest = totals.iter().map(|figure| console::measure_text_width(&figure.name)).max();
        let width = self.terminal.width;
        let day = width >= NAME + VALUE + CHANGE + DAY + 2 + CURVE.0;
        let others = VALUE + CHANGE + if day { DAY + 2 } else { 0 };
        let room = width.saturating_sub(others);
        let name = longest.unwrap_or(NAME).clamp(NAME, room.saturating_sub(CURVE.0).max(NAME));
        let curve = room.saturating_sub(name + 2).min(CURVE.1);
        Columns { name, day, curve }
    }

    fn has_total(&self, figure: &Figure) -> bool {
        let number = self.sheet.snapshot.number(&figure.name);
        number.is_none_or(|number| matches!(number.value, Value::Total(_) | Value::Hidden))
    }

    fn total(&self, figure: &Figure, columns: &Columns) -> Vec<String> {
        let (signs, totals) = (self.terminal.signs, self.sheet.totals(figure));
        let shown = self.sheet.snapshot.number(&figure.name);
        let value = match shown.map(|shown| &shown.value) {
            Some(Value::Total(total)) => number(*total),
            _ => "hidden".to_owned(),
        };
        let changed = self.sheet.change(&totals);
        let style = match changed {
            Some(0.0005..) => MORE,
            Some(..-0.0005) => LESS,
            _ => DIM,
        };
        let changed = changed.map_or(signs.nothing.to_owned(), change);
        let as_of = shown.map(|shown| shown.as_of);
        let as_of = as_of.map_or(signs.nothing.to_owned(), |as_of| as_of.to_string());
        let as_of_style = match shown.and_then(|shown| self.older(shown)) {
            Some(_) => STRONG,
            None => DIM,
        };
        let values: Vec<_> = totals.iter().map(|(_, total)| *total).collect();
        let mut line = format!(
            "{}{STRONG}{}{STRONG:#}{style}{}{style:#}",
            self.terminal.left(&figure.name, columns.name),
            self.terminal.right(&value, VALUE),
            self.terminal.right(&changed, CHANGE),
        );
        let curve = self.terminal.curve(&values, columns.curve);
        if columns.day {
            let gap = if curve.is_empty() { 0 } else { DAY };
            line = format!("{line}  {as_of_style}{as_of:<gap$}{as_of_style:#}");
        }
        if !curve.is_empty() {
            line = format!("{line}  {curve}");
        }
        let mut lines = vec![line];
        if self.definitions {
            lines.extend(self.wrapped(&format!("{}: {}", figure.brief, figure.definition)));
        }
        lines
    }
}

struct Columns {
    name: usize,
    /// Whether there is one for the day.
    day: bool,
    curve: usize,
}
