use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use headcount_contract::Contract;
use headcount_figures::{Bucket, Cohort, FrozenDay, Group, GroupName, Number, Snapshot, Value};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::*;
use crate::brand::Brand;
use crate::sample::{self, HOSTILE};
use crate::site::Site;

const DAY: Date = date(2026, 11, 19);

fn both(application: Application) -> [String; 2] {
    let path = application.path("metrics");
    let site = Site::build(&[application], &Brand::default(), None);
    let served = &site.get(&path).unwrap().representations;
    let [text, open] = &**served else { panic!("{served:?}") };
    assert_eq!([text.media_type, open.media_type], [PROMETHEUS, OPEN_METRICS]);
    [text, open].map(|representation| String::from_utf8(representation.bytes.clone()).unwrap())
}

/// The lines with values, each of which is a series.
fn series(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn every_kind_of_figure_is_told_and_in_both_forms_the_same() {
    let [text, open] = both(sample::harbour());
    let told: Vec<_> = text.lines().filter(|line| !line.starts_with("# HELP ")).collect();
    insta::assert_snapshot!("prometheus", told.join("\n"));
    let lines = open.strip_suffix("# EOF\n").unwrap().lines();
    let (units, same): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with("# UNIT "));
    assert_eq!(same, text.lines().collect::<Vec<_>>());
    let of = |unit: &&str| units.iter().filter(|line| line.ends_with(unit)).count();
    assert_eq!(["_seconds seconds", "harbour_storage_bytes bytes"].map(|unit| of(&unit)), [3, 1]);
    let each: BTreeSet<_> = series(&text).into_iter().map(|line| line.rsplit_once(' ')).collect();
    assert_eq!(each.len(), series(&text).len());
}

#[test]
fn before_the_first_day_there_is_nothing_but_that() {
    let [text, open] = both(sample::begun());
    assert_eq!(series(&text), ["headcount_figures_frozen{contract=\"harbour\"} 0"]);
    assert!(open.ends_with("\n# EOF\n"));
}

#[test]
fn hostile_texts_stay_the_values_of_labels() {
    let [text, open] = both(sample::hostile());
    for text in [text, open] {
        for line in series(&text) {
            let (name, rest) = line.split_once('{').unwrap_or((line, ""));
            assert!(name.starts_with("harbour_") || name.starts_with("headcount_figure"), "{line}");
            let (_, value) = line.rsplit_once(' ').unwrap();
            value.parse::<f64>().unwrap();
            assert!(rest.is_empty() || rest.contains("\"} "), "{line}");
        }
        let escaped = HOSTILE[12].replace('"', "\\\"").replace('\n', "\\n");
        assert!(text.contains(&format!("\"{escaped}\"}}")), "{text}");
    }
}

#[test]
fn groups_that_are_really_called_other_or_nothing_are_told_apart() {
    let names = ["other", "\"other\"", "", "\"\"", "others"];
    let names = names.map(|name| GroupName::Value(name.to_owned()));
    let names = names.into_iter().chain([GroupName::Missing, GroupName::Other]);
    let groups = names.map(|name| Group { name, instances: 5, value: 5.0 });
    let application = with(VERSIONS, vec![Value::Groups(groups.collect())]);
    let [text, _] = both(application);
    let lines: Vec<_> =
        series(&text).into_iter().filter(|line| line.starts_with("shop_")).collect();
    assert_eq!(
        lines,
        [
            r#"shop_f0{service_version="\"other\""} 5"#,
            r#"shop_f0{service_version="\"\"other\"\""} 5"#,
            r#"shop_f0{service_version="\"\""} 5"#,
            r#"shop_f0{service_version="\"\"\"\""} 5"#,
            r#"shop_f0{service_version="others"} 5"#,
            r#"shop_f0{service_version=""} 5"#,
            r#"shop_f0{service_version="other"} 5"#,
        ]
    );
}

const VERSIONS: &[&str] = &["count: instances, by: version, window: 7d"];

/// An application with these figures, named `f0` and so on, and one frozen day that says this of them.
fn with(figures: &[&str], values: Vec<Value>) -> Application {
    let mut text = "\
contract: shop
version: '1'
brief: A shop.
identity: stable
consent: { default: opt_out }
report:
  id: { $id: service.instance.id, hash: hmac_sha256 }
  version: { $attribute: service.version, brief: The release }
  users: { $gauge: shop.users, brief: People, unit: '{user}' }
publish:
  figures:
"
    .to_owned();
    for (place, figure) in figures.iter().enumerate() {
        writeln!(text, "    f{place}: {{ {figure} }}").unwrap();
    }
    let contract = Contract::parse("shop.yaml", &text).unwrap();
    let number = |(place, value)| Number {
        figure: format!("f{place}"),
        definition: "one".to_owned(),
        as_of: DAY,
        complete: true,
        instances: Some(1000),
        value,
    };
    let numbers = values.into_iter().enumerate().map(number).collect();
    let day = FrozenDay { day: DAY, frozen_on: DAY + 2.days(), numbers };
    let snapshot = Arc::new(Snapshot { days: vec![day] });
    let versions = vec![Arc::new(contract)];
    Application { versions, snapshot, volatile: false, today: DAY + 2.days() }
}

/// As many groups as a figure can have: 50 that are shown, and two.
fn groups() -> Value {
    let names = (0..50).map(|name| GroupName::Value(format!("v1.{name}.0")));
    let names = names.chain([GroupName::Missing, GroupName::Other]);
    Value::Groups(names.map(|name| Group { name, instances: 9, value: 9.0 }).collect())
}

/// Ten years of retention, with nothing hidden.
fn retention() -> Value {
    let cohort = |age: usize| {
        let month = date(2026, 10, 1) - i64::try_from(age).unwrap().months();
        Cohort { month, active: vec![Some(7); age + 1] }
    };
    Value::Retention((0..120).rev().map(cohort).collect())
}

#[test]
fn the_largest_snapshot_has_no_more_series_than_a_contract_may() {
    // As many figures as a contract may have: every second one with groups, one of each other kind.
    let buckets: Vec<_> = (0..40).map(|bound| bound.to_string()).collect();
    let distribution = format!("distribution: users, buckets: [{}]", buckets.join(", "));
    let mut figures = vec!["retention: instances", &*distribution, "reporting_days: instances"];
    let mut values = vec![
        retention(),
        Value::Buckets((0..41).map(|_| bucket(None)).collect()),
        Value::ReportingDays(vec![]),
    ];
    for place in figures.len()..30 {
        let grouped = place % 2 == 0;
        figures.push(if grouped { VERSIONS[0] } else { "count: instances, window: 7d" });
        values.push(if grouped { groups() } else { Value::Total(1000.0) });
    }
    for last in 1..=figures.len() {
        let application = with(&figures[..last], values[..last].to_vec());
        let [text, open] = both(application);
        assert!(series(&text).len() <= fit::MOST, "{last}: {}", series(&text).len());
        assert_eq!(series(&text), series(&open));
    }
    let [text, _] = both(with(&figures, values));
    assert!(series(&text).len() > fit::MOST - 60, "{}", series(&text).len());
    // Every total is there, retention is not, and a figure with groups has all of them or none.
    let of = |figure: usize| {
        let name = format!("shop_f{figure}");
        let named = |line: &&&str| line.split(['{', ' ']).next() == Some(name.as_str());
        series(&text).iter().filter(named).count()
    };
    assert!((3..30).filter(|place| place % 2 == 1).all(|place| of(place) == 1));
    assert!((3..30).filter(|place| place % 2 == 0).all(|place| matches!(of(place), 0 | 52)));
    let left_out = "headcount_figures_left_out{contract=\"shop\"} ";
    let told = text.lines().find_map(|line| line.strip_prefix(left_out)).unwrap();
    let grouped = (3..30).filter(|place| place % 2 == 0 && of(*place) == 0).count();
    assert_eq!(told, (grouped + usize::from(!text.contains("figure=\"f0\""))).to_string());
}

fn bucket(from: Option<f64>) -> Bucket {
    Bucket { from, instances: Some(9) }
}

#[test]
fn of_retention_the_oldest_cohorts_are_left_out_first() {
    let [text, _] = both(with(&["retention: instances"], vec![retention()]));
    let cohorts = |text: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix("shop_f0{cohort=\""));
        lines.map(|line| line[..7].to_owned()).collect::<Vec<_>>()
    };
    // The twelve newest cohorts, which have lived one to twelve months.
    assert_eq!(cohorts(&text).len(), 78);
    assert_eq!(cohorts(&text).first().unwrap(), "2026-10");
    assert_eq!(cohorts(&text).last().unwrap(), "2025-11");
    let mut figures = vec!["retention: instances"];
    figures.extend([VERSIONS[0]; 8]);
    let mut values = vec![retention()];
    values.extend((0..8).map(|_| groups()));
    let [text, _] = both(with(&figures, values));
    assert_eq!(series(&text).len(), 4 + 8 * (3 + 52) + 3 + 45);
    assert_eq!(cohorts(&text).last().unwrap(), "2026-02");
}

#[test]
fn what_a_day_says_of_a_figure_that_means_something_else_by_now_is_left_out() {
    let [text, _] = both(with(VERSIONS, vec![Value::Total(3.0)]));
    assert!(!text.contains("shop_f0"), "{text}");
    let of_none = with(&["count: instances"], vec![groups()]);
    let [text, _] = both(of_none);
    assert!(!text.contains("shop_f0"), "{text}");
}

#[test]
fn a_brief_stays_one_line_and_its_quotation_marks_are_escaped_where_they_have_to_be() {
    let brief = r#"brief: "The \"best\"\nshops \\ here", count: instances"#;
    let [text, open] = both(with(&[brief], vec![Value::Total(3.0)]));
    assert!(text.contains("# HELP shop_f0 The \"best\" shops \\\\ here: "), "{text}");
    assert!(open.contains("# HELP shop_f0 The \\\"best\\\" shops \\\\ here: "), "{open}");
}
