use headcount_figures::{
    Bucket, Cohort, FrozenDay, Group, GroupName, MonthOfDays, Number, Snapshot, Value,
};
use jiff::civil::{Date, date};

use super::super::sheet::Sheet;
use super::*;

const NEWEST: Date = date(2026, 11, 19);

/// A figure, and its value on each of sixty days.
type Told = (&'static str, &'static str, fn(i32) -> Value);

const FIGURES: [Told; 8] = [
    ("instances", "Instances that reported", |day| Value::Total(f64::from(283 + day))),
    ("users", "People with an account", |day| Value::Total(f64::from(day * 250))),
    ("jobs", "Jobs", |_| Value::Hidden),
    ("versions", "Instances by release", versions),
    ("systems", "Instances by operating system", |_| {
        Value::Groups(vec![
            group("linux", 320),
            Group { name: GroupName::Missing, ..group("", 22) },
        ])
    }),
    ("sizes", "Instances by their number of projects", |_| {
        Value::Buckets(vec![bucket(0.0, None), bucket(1.0, Some(240)), bucket(10.0, Some(102))])
    }),
    ("retention", "Instances that stayed", |_| {
        Value::Retention(vec![
            Cohort { month: date(2026, 8, 1), active: vec![Some(31), Some(28), None] },
            Cohort { month: date(2026, 9, 1), active: vec![Some(40), Some(36)] },
        ])
    }),
    ("regularity", "Instances by days", |_| {
        let days = vec![bucket(1.0, Some(342))];
        Value::ReportingDays(vec![MonthOfDays { month: date(2026, 10, 1), days }])
    }),
];

fn versions(day: i32) -> Value {
    let newest = u32::try_from((day - 30).clamp(0, 25)).expect("it is clamped") * 8;
    let mut groups = vec![group("v2.26.1", 300 - newest), group("", 42)];
    groups[1].name = GroupName::Other;
    if newest > 0 {
        groups.insert(0, group("v2.27.0", newest));
    }
    Value::Groups(groups)
}

fn group(name: &str, instances: u32) -> Group {
    let name = GroupName::Value(name.to_owned());
    Group { name, instances: instances.into(), value: instances.into() }
}

fn bucket(from: f64, instances: Option<u64>) -> Bucket {
    Bucket { from: Some(from), instances }
}

fn number(told: &Told, day: Date, index: i32) -> Number {
    let (figure, _, value) = told;
    // One did not change enough lately.
    let as_of =
        if *figure == "users" { day.saturating_sub(jiff::Span::new().days(3)) } else { day };
    let value = value(index);
    let instances = (value != Value::Hidden).then_some(342);
    let figure = (*figure).to_owned();
    Number { figure, definition: String::new(), as_of, complete: true, instances, value }
}

/// So many days.
fn sheet_of(days: i32) -> Sheet {
    let definition = "number of instances, in the latest report of each instance within the 7 days \
                      that end with it";
    let figure = |(name, brief, _): &Told| Figure {
        name: (*name).to_owned(),
        brief: (*brief).to_owned(),
        definition: definition.to_owned(),
        releases: *name == "versions",
    };
    let day = |index: i32| {
        let day = NEWEST.saturating_sub(jiff::Span::new().days(days - 1 - index));
        let frozen_on = day.saturating_add(jiff::Span::new().days(2));
        let numbers = FIGURES.iter().map(|told| number(told, day, index)).collect();
        FrozenDay { day, frozen_on, numbers }
    };
    Sheet {
        application: "openfn".into(),
        brief: "Nightly anonymous aggregate usage of one OpenFn instance.".into(),
        counted: "instances".into(),
        licence: Some("CC0-1.0".into()),
        min_count: 5,
        volatile: false,
        figures: FIGURES.iter().map(figure).collect(),
        snapshot: Snapshot { days: (0..days).map(day).collect() },
    }
}

fn plain(terminal: Terminal, definitions: bool) -> String {
    let sheet = sheet_of(60);
    let lines = Page { terminal, sheet: &sheet, definitions }.lines();
    anstream::adapter::strip_str(&lines.join("\n")).to_string()
}

#[test]
fn everything_fits_whatever_the_width() {
    for width in [40, 60, 80, 120, 200] {
        for unicode in [true, false] {
            let told = plain(Terminal::new(width, unicode), true);
            for line in told.lines() {
                assert!(console::measure_text_width(line) <= width, "{width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
            assert_eq!(told.is_ascii(), !unicode, "{told}");
        }
    }
}

#[test]
fn a_wide_terminal_shows_curves_bars_and_months() {
    insta::assert_snapshot!(plain(Terminal::new(100, true), false));
}

#[test]
fn a_narrow_terminal_without_unicode_shows_the_same() {
    insta::assert_snapshot!(plain(Terminal::new(60, false), true));
}

#[test]
fn a_change_is_against_four_weeks_before_and_a_short_past_has_none() {
    let change = |days| {
        let sheet = sheet_of(days);
        sheet.change(&sheet.totals(&sheet.figures[0]))
    };
    assert_eq!(change(28), None);
    // 311 after 283.
    let change = change(29).expect("there are four weeks");
    assert!((change - 28.0 / 283.0).abs() < 1e-9, "{change}");
}

#[test]
fn a_heading_takes_the_columns_that_it_shows() {
    let sheet = sheet_of(1);
    let number = sheet.snapshot.number("users").expect("it is a figure");
    // `People with an account  342 instances · as of 2026-11-16` in one line, or in two below an empty one.
    let lines = |width| {
        let terminal = Terminal::new(width, true);
        Page { terminal, sheet: &sheet, definitions: false }.heading(&sheet.figures[1], number)
    };
    assert_eq!([56, 55].map(|width| lines(width).len()), [2, 3]);
}

#[test]
fn buckets_of_more_than_can_be_counted_are_shown() {
    let sheet = sheet_of(1);
    let page = Page { terminal: Terminal::new(80, true), sheet: &sheet, definitions: false };
    let lines = page.bucket_bars(&[bucket(0.0, Some(u64::MAX)), bucket(1.0, Some(u64::MAX))]);
    assert!(lines.iter().all(|line| line.contains(" 50 %")), "{lines:?}");
}

#[test]
fn before_the_first_day_it_says_so() {
    let sheet = sheet_of(0);
    let page = Page { terminal: Terminal::new(80, true), sheet: &sheet, definitions: false };
    assert!(page.lines().last().is_some_and(|line| line.starts_with("No day is frozen yet")));
}

#[test]
fn a_store_that_forgets_is_told() {
    let sheet = Sheet { volatile: true, ..sheet_of(3) };
    let page = Page { terminal: Terminal::new(200, true), sheet: &sheet, definitions: false };
    assert!(page.lines()[2].contains("forgotten when the receiver restarts"));
}
