//! Applications that are made up, for tests and benchmarks: the same numbers every time.

mod numbers;

use std::sync::Arc;

use headcount_contract::{Contract, Library};
use headcount_figures::{FrozenDay, GroupName, Snapshot, Value};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::application::Application;

/// The UTC day that it is.
pub const TODAY: Date = date(2026, 11, 21);

/// Texts that would do harm where a surface took them for anything but text.
pub const HOSTILE: [&str; 18] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; DROP TABLE reports; --",
    "</style></title></text><g onload=alert(1)>",
    "]]><!-- -->",
    "&lt;b&gt;&amp;&#x3c;",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1,1)",
    "\t=1+1",
    "a,b\"c\r\nd",
    "version=\"2\"} 1\n# TYPE evil gauge\nevil 1",
    "back\\slash \\n \\\"",
    "\u{1b}[31mred\u{7}",
    "\u{202e}gnp.exe\u{2066}",
    "nul\u{0}byte\u{7f}\u{85}",
    "{{7*7}} ${7*7} %s %00 ../../etc/passwd",
];

/// An application with 120 frozen days and a figure of every kind: releases that come and go, an incomplete beginning,
/// numbers that are held back, one figure with too few instances throughout, finished months.
pub fn harbour() -> Application {
    let texts = [include_str!("sample/harbour-1.yaml"), include_str!("sample/harbour-2.yaml")];
    let read = |text| Contract::parse("harbour.yaml", text).expect("a contract of the tests");
    of(texts.map(read).map(Arc::new).to_vec(), 120)
}

/// One that ships, with so many frozen days: Manyfold's `stats` is flat.
///
/// Panics where none of that name ships.
pub fn built_in(name: &str, days: i64) -> Application {
    let library = Library::built_in();
    let versions = library.iter().filter(|contract| contract.name() == name);
    of(versions.cloned().collect(), days)
}

/// [`harbour`] before its first day is frozen.
pub fn begun() -> Application {
    Application { snapshot: Arc::default(), ..harbour() }
}

/// [`harbour`] as it would be if every text of [`HOSTILE`] were shown as it came.
pub fn hostile() -> Application {
    let mut application = harbour();
    let mut snapshot = Snapshot::clone(&application.snapshot);
    let numbers = snapshot.days.iter_mut().flat_map(|day| &mut day.numbers);
    for groups in numbers.filter_map(|number| match &mut number.value {
        Value::Groups(groups) => Some(groups),
        _ => None,
    }) {
        let like = groups[0].clone();
        let named = |text: &str| GroupName::Value(text.to_owned());
        groups.retain(|group| !matches!(group.name, GroupName::Value(_)));
        let hostile =
            HOSTILE.map(|text| headcount_figures::Group { name: named(text), ..like.clone() });
        groups.splice(0..0, hostile);
    }
    application.snapshot = Arc::new(snapshot);
    application
}

/// An application of these contracts, whose last frozen day is the day before yesterday.
pub fn of(versions: Vec<Arc<Contract>>, days: i64) -> Application {
    let newest = versions.last().expect("an application has a version");
    let publish = newest.publish();
    let day = |index: i64| {
        let day = TODAY - (days + 1 - index).days();
        let figures = publish.figures.iter().enumerate();
        let number =
            |(place, figure)| numbers::number(figure, publish.min_count, index, place, day);
        FrozenDay { day, frozen_on: day + 2.days(), numbers: figures.map(number).collect() }
    };
    let snapshot = Arc::new(Snapshot { days: (0..days).map(day).collect() });
    Application { versions, snapshot, volatile: false, today: TODAY }
}
