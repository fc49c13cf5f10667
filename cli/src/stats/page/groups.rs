//! Figures with a bar for each group or bucket.

use headcount_figures::{Bucket, Group, GroupName, Number};

use super::super::numbers::{count, double, number, percent};
use super::super::sheet::Figure;
use super::{BAR, DIM, Page};

/// Columns of a number, and of a part of the whole.
const NUMBER: usize = 10;
const SHARE: usize = 7;
/// Columns of a name, and of a bar, at most.
const NAME: usize = 36;
const LONGEST: usize = 48;

/// A line with a bar.
struct Bar {
    name: String,
    /// Whether it is no value like the others.
    faint: bool,
    /// What it says. `None`: too few to show.
    value: Option<f64>,
    number: String,
    /// What stands at the end.
    note: String,
}

impl Page<'_> {
    pub(super) fn groups(&self, figure: &Figure, shown: &Number, groups: &[Group]) -> Vec<String> {
        let mut lines = self.heading(figure, shown);
        let all: f64 = groups.iter().map(|group| group.value).sum();
        let bar = |group: &Group| {
            let (name, faint) = match &group.name {
                GroupName::Value(name) => (name.as_str(), false),
                GroupName::Missing => ("not told", true),
                GroupName::Other => ("other", true),
            };
            let share = if all > 0.0 { group.value / all } else { 0.0 };
            let (value, number) = (Some(group.value), number(group.value));
            Bar { name: name.to_owned(), faint, value, number, note: percent(share) }
        };
        lines.extend(self.bars(&groups.iter().map(bar).collect::<Vec<_>>()));
        if figure.releases {
            lines.extend(self.adoption(figure));
        }
        lines
    }

    pub(super) fn buckets(
        &self,
        figure: &Figure,
        shown: &Number,
        buckets: &[Bucket],
    ) -> Vec<String> {
        let mut lines = self.heading(figure, shown);
        lines.extend(self.bucket_bars(buckets));
        lines
    }

    pub(super) fn bucket_bars(&self, buckets: &[Bucket]) -> Vec<String> {
        let all: f64 = buckets.iter().filter_map(|bucket| bucket.instances).map(double).sum();
        let bars = Bucket::bounded(buckets).map(|(bucket, below)| {
            let value = bucket.instances.map(double);
            let share = value.filter(|_| all > 0.0).map(|value| percent(value / all));
            Bar {
                name: range(bucket.from, below),
                faint: false,
                value,
                number: bucket.instances.map_or("hidden".to_owned(), count),
                note: share.unwrap_or_default(),
            }
        });
        self.bars(&bars.collect::<Vec<_>>())
    }

    fn bars(&self, bars: &[Bar]) -> Vec<String> {
        let most = bars.iter().filter_map(|bar| bar.value).fold(0.0, f64::max);
        let longest = bars.iter().map(|bar| console::measure_text_width(&bar.name)).max();
        let name = longest.unwrap_or(0).clamp(10, NAME.min(self.terminal.width / 3));
        let room = self.terminal.width.saturating_sub(name + NUMBER + SHARE + 2).min(LONGEST);
        let line = |bar: &Bar| {
            let share = bar.value.filter(|_| most > 0.0).map_or(0.0, |value| value / most);
            let style = if bar.faint { DIM } else { anstyle::Style::new() };
            let mut line = format!(
                "{style}{}{style:#}{}",
                self.terminal.left(&bar.name, name),
                self.terminal.right(&bar.number, NUMBER),
            );
            if !bar.note.is_empty() {
                let note = self.terminal.right(&bar.note, SHARE);
                line = format!("{line}{DIM}{note}{DIM:#}");
            }
            let drawn = self.terminal.bar(share, room);
            if !drawn.is_empty() {
                line = format!("{line}  {BAR}{drawn}{BAR:#}");
            }
            line
        };
        bars.iter().map(line).collect()
    }
}

/// What lies in a bucket: `10 to 24` for whole bounds.
fn range(from: Option<f64>, below: Option<f64>) -> String {
    match (from, below) {
        (None, None) => "any".to_owned(),
        (None, Some(below)) => format!("below {}", number(below)),
        (Some(from), None) => format!("{} or more", number(from)),
        (Some(from), Some(below)) if from.fract() == 0.0 && below.fract() == 0.0 => {
            let last = below - 1.0;
            if from >= last {
                number(from)
            } else {
                format!("{} to {}", number(from), number(last))
            }
        }
        (Some(from), Some(below)) => format!("{} to below {}", number(from), number(below)),
    }
}
