use std::sync::Arc;

use headcount_contract::Library;
use headcount_publish::{Application, Brand, Site};
use jiff::civil::date;

use super::*;

fn published(file: &str, application: &Application) -> Vec<u8> {
    let site = Site::build(std::slice::from_ref(application), &Brand::default(), None);
    let served = site.get(&format!("/openfn/{file}")).expect("it is published");
    served.representations[0].bytes.clone()
}

fn number(figure: &str, value: Value) -> Number {
    let (figure, definition) = (figure.to_owned(), "d1".to_owned());
    let instances = (value != Value::Hidden).then_some(12);
    let as_of = date(2026, 11, 18);
    Number { figure, definition, as_of, complete: false, instances, value }
}

/// OpenFn with a value of each kind on one day.
fn application(version: &str) -> Application {
    let library = Library::built_in();
    let versions: Vec<_> = library.versions("openfn").cloned().collect();
    let named = |name, value: f64| Group { name, instances: 12, value };
    let bucket = |from, instances| Bucket { from, instances };
    let groups = vec![
        named(GroupName::Value(version.to_owned()), 9.5),
        named(GroupName::Missing, 1.0),
        named(GroupName::Other, 2.0),
    ];
    let month = date(2026, 9, 1);
    let cohort = Cohort { month, active: vec![Some(9), None] };
    let days =
        MonthOfDays { month, days: vec![bucket(Some(1.0), Some(3)), bucket(Some(9.0), None)] };
    let numbers = vec![
        number("instances", Value::Total(12.0)),
        number("projects", Value::Hidden),
        number("versions", Value::Groups(groups)),
        number(
            "users_per_instance",
            Value::Buckets(vec![bucket(None, Some(7)), bucket(Some(5.0), None)]),
        ),
        number("retention", Value::Retention(vec![cohort])),
        number("regularity", Value::ReportingDays(vec![days])),
    ];
    let day = date(2026, 11, 19);
    let days = vec![FrozenDay { day, frozen_on: date(2026, 11, 21), numbers }];
    let snapshot = Arc::new(Snapshot { days });
    Application { versions, snapshot, volatile: true, today: date(2026, 11, 21) }
}

#[test]
fn what_is_published_reads_as_what_is_there() {
    let application = application("v2.27.0");
    let read = sheet(&published("data.json", &application)).expect("figures");
    assert_eq!(read, Sheet::of(&application));
    assert!(read.figures.iter().any(|figure| figure.name == "versions" && figure.releases));
}

#[test]
fn no_text_of_a_stranger_does_anything_in_a_terminal() {
    let hostile = "v1\u{1b}]0;gone\u{7}\u{9b}2J\r\n\u{202e}";
    let json = published("data.json", &application(hostile));
    let read = format!("{:?}", sheet(&json).expect("figures"));
    assert!(!read.contains("\\u{") && !read.contains("\\r"), "{read}");

    let keys = serde_json::json!({ "figures": { hostile: { "brief": hostile, "definition": hostile } },
        "application": hostile, "brief": hostile, "licence": hostile, "counted": hostile });
    let read = format!("{:?}", sheet(keys.to_string().as_bytes()).expect("figures"));
    assert!(!read.contains("\\u{") && !read.contains("\\r"), "{read}");
}

#[test]
fn json_stays_what_it_says_and_does_nothing_in_a_terminal() {
    let hostile = "{\"a\":\"\u{9b}2J\u{202e}\u{7f}\",\r\n \"b\": 1}";
    let shown = harmless_json(hostile.as_bytes()).expect("JSON");
    assert!(!shown.chars().any(|c| c != '\n' && misleading(c)), "{shown:?}");
    assert_eq!(Document::parse(&shown).expect("JSON"), Document::parse(hostile).expect("JSON"));
    assert!(harmless_json(b"<html>").is_err());
    assert!(harmless_json(b"\xff").is_err());
}

#[test]
fn other_json_is_no_figures_and_an_error_quotes_nothing() {
    for (text, told) in [
        ("[]", "expected figures"),
        ("{}", "expected figures"),
        ("{\"figures\":{\"\u{9b}\":1,\"\u{9b}\":2}}", "expected JSON"),
        ("<html>", "expected JSON"),
    ] {
        let error = format!("{:#}", sheet(text.as_bytes()).expect_err(text));
        assert!(error.contains(told), "{error}");
        assert!(!error.contains(misleading), "{error:?}");
    }
    // Things that are none are left out, and nothing fails.
    let odd = r#"{"figures":{"a":7},"days":[1,{"day":"x"},{"day":"2026-11-19","numbers":{"a":{"total":"7"}}}]}"#;
    let read = sheet(odd.as_bytes()).expect("figures");
    assert_eq!(read.snapshot.days.len(), 1);
    assert_eq!(read.snapshot.days[0].numbers[0].value, Value::Hidden);
}
