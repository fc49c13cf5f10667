//! Words and numbers on the page.

use std::fmt::Write as _;

use headcount_contract::misleading;
pub(super) use headcount_contract::{capital, sentence};
use jiff::civil::Date;
use maud::{Escaper, Markup, Render, html};

pub(super) use crate::gauges::as_number;

/// A text that somebody else wrote: a contract, an operator, an instance. It is escaped, and characters that turn
/// or hide text become visible signs.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Render for Text<'_> {
    fn render_to(&self, buffer: &mut String) {
        let mut escaper = Escaper::new(buffer);
        for c in self.0.chars() {
            let c = if misleading(c) && c != '\n' { '\u{fffd}' } else { c };
            escaper.write_char(c).expect("a string takes everything");
        }
    }
}

/// What stands for a number that is not shown.
pub(super) const NONE: &str = "–";

/// `1,234` and `0.25`: whole where it is whole, and two places otherwise.
pub(super) fn number(number: f64) -> String {
    let text = if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.2}") };
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let (whole, rest) =
        text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("−", digits));
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let rest = rest.map(|rest| format!(".{rest}")).unwrap_or_default();
    format!("{sign}{grouped}{rest}")
}

/// [`number`], of a count.
pub(super) fn count(count: u64) -> String {
    number(as_number(count))
}

/// How many there are of something in memory.
pub(super) fn as_count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// `950`, `1.2k`, `34M`, `2.5 GB`: short enough for an axis.
pub(super) fn compact(number: f64, unit: Option<&str>) -> String {
    if unit == Some("By") {
        return bytes(number);
    }
    if number.abs() >= 1e15 {
        return format!("{number:.1e}");
    }
    let sizes = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    let Some((size, letter)) = reached(number, &sizes) else { return self::number(number) };
    let short = format!("{:.1}", number / size);
    format!("{}{letter}", short.trim_end_matches(".0"))
}

/// A number with its UCUM unit, where that says something: `1.2 GB`, `7 d`; `{user}` is told by the figure's name.
pub(super) fn quantity(quantity: f64, unit: Option<&str>) -> String {
    match unit {
        Some("By") => bytes(quantity),
        Some(unit) if unit != "1" && !unit.starts_with('{') => {
            format!("{} {unit}", number(quantity))
        }
        _ => number(quantity),
    }
}

fn bytes(bytes: f64) -> String {
    let sizes = [(1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let (size, unit) = reached(bytes, &sizes).unwrap_or((1.0, "B"));
    let short = format!("{:.1}", bytes / size);
    format!("{} {unit}", short.trim_end_matches(".0"))
}

/// The greatest of these sizes that a number reaches as it is written, with one place: 999,960 is `1M`, not `1000k`.
fn reached(number: f64, sizes: &[(f64, &'static str)]) -> Option<(f64, &'static str)> {
    let reaches = |(size, _): &&(f64, &str)| (number.abs() / size * 10_000.0).round() >= 10_000.0;
    sizes.iter().find(reaches).copied()
}

/// `41%` of a whole; `<1%` for what is more than nothing.
pub(super) fn percent(part: f64, whole: f64) -> String {
    if whole <= 0.0 {
        return "–".to_owned();
    }
    let share = 100.0 * part / whole;
    match share {
        0.0 => "0%".to_owned(),
        share if share < 1.0 => "<1%".to_owned(),
        share if share > 99.0 && share < 100.0 => ">99%".to_owned(),
        share => format!("{share:.0}%"),
    }
}

/// `1 instance`, `1,234 instances`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{} {noun}{end}", self::count(count))
}

/// `14 November 2026`, for people and programs.
pub(super) fn date(day: Date) -> Markup {
    html! { time datetime=(day.to_string()) { (long(day)) } }
}

/// `14 November 2026`.
pub(super) fn long(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// `14 Nov`.
pub(super) fn short(day: Date) -> String {
    day.strftime("%-d %b").to_string()
}

/// `Nov`, and the year in place of January.
pub(super) fn month_or_year(month: Date) -> String {
    month.strftime(if month.month() == 1 { "%Y" } else { "%b" }).to_string()
}

/// `Nov 2026`.
pub(super) fn month(month: Date) -> String {
    month.strftime("%b %Y").to_string()
}

/// A name of a contract as a title: `reporting_days` is `Reporting days`.
pub(super) fn title(name: &str) -> String {
    capital(&name.replace(['_', '.'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup_and_hides_nothing() {
        let text = Text("<b title=\"x\">&\u{202e}\0\u{1b}[2J");
        let shown = html! { p title=(text) { (text) } }.into_string();
        let escaped = "&lt;b title=&quot;x&quot;&gt;&amp;\u{fffd}\u{fffd}\u{fffd}[2J";
        assert_eq!(shown, format!("<p title=\"{escaped}\">{escaped}</p>"));
    }

    #[test]
    fn numbers_are_read_at_a_glance() {
        let shown = [0.0, 7.0, 999.0, 1000.0, 1_234_567.0, 0.25, 12.5, -1500.0, 0.004].map(number);
        assert_eq!(shown, ["0", "7", "999", "1,000", "1,234,567", "0.25", "12.5", "−1,500", "0"]);
        let short = [0.5, 950.0, 1000.0, 1250.0, 34e6, 2e9].map(|number| compact(number, None));
        assert_eq!(short, ["0.5", "950", "1k", "1.2k", "34M", "2B"]);
        assert_eq!([999_940.0, 999_960.0].map(|number| compact(number, None)), ["999.9k", "1M"]);
        let shares = [0.0, 0.2, 41.4, 99.7, 100.0].map(|part| percent(part, 100.0));
        assert_eq!(shares, ["0%", "<1%", "41%", ">99%", "100%"]);
        assert_eq!(percent(1.0, 0.0), "–");
        let bytes = [0.0, 950.0, 1.25e9].map(|number| quantity(number, Some("By")));
        assert_eq!(bytes, ["0 B", "950 B", "1.2 GB"]);
        let bytes = [999_940.0, 999_960.0].map(|number| quantity(number, Some("By")));
        assert_eq!(bytes, ["999.9 kB", "1 MB"]);
        assert_eq!(quantity(7.0, Some("{user}")), "7");
        assert_eq!(quantity(1.5, Some("s")), "1.5 s");
    }
}
