use jiff::civil::date;

use super::alarms::ALARMS;
use super::*;

const RULES: &str = include_str!("../../../../deploy/prometheus/alerts.yml");

/// The rule of an alarm, up to the next one.
fn rule(name: &str) -> &'static str {
    let (_, rest) = RULES.split_once(&format!("- alert: {name}\n")).expect("a rule");
    rest.split("- alert:").next().expect("a text has a beginning")
}

#[test]
fn each_alarm_is_one_of_prometheus_with_the_same_words() {
    for alarm in ALARMS {
        let rule = rule(alarm.name);
        assert!(rule.contains(&format!("severity: {}", alarm.severity)), "{rule}");
        assert!(runbook::section(alarm.name).len() > 50, "{} in ALERTS.md", alarm.name);
    }
    assert!(rule("HeadcountStoreFull").contains("> 0.9 *"));
    assert!(rule("HeadcountStoreNearQuota").contains("> 0.8 *"));
    assert!(rule("HeadcountCertificateEnds").contains("< 14 * 86400"));
}

#[test]
fn what_to_do_is_shown_with_its_code() {
    let html = runbook::shown("Look at `a < b`.\n\nThen wait.").into_string();
    assert_eq!(html, "<p>Look at <code>a &lt; b</code>.</p><p>Then wait.</p>");
}

#[test]
fn a_day_is_due_when_the_second_day_after_it_has_begun() {
    let frozen = |newest: Option<Date>, today| {
        let day = |day| headcount_figures::FrozenDay { day, frozen_on: day, numbers: Vec::new() };
        let days = newest.into_iter().map(day).collect();
        let snapshot = Arc::new(headcount_figures::Snapshot { days });
        Frozen::all(&Snapshots::from([("shop".to_owned(), snapshot)]), today)[0].due
    };
    let newest = Some(date(2026, 11, 10));
    assert_eq!(frozen(newest, date(2026, 11, 12)), 0);
    assert_eq!(frozen(newest, date(2026, 11, 13)), 1);
    assert_eq!(frozen(newest, date(2026, 11, 1)), 0, "a clock that went back");
    assert_eq!(frozen(None, date(2026, 11, 13)), 0);
}
