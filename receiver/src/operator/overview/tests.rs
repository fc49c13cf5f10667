use super::alarms::ALARMS;
use super::*;

const RULES: &str = include_str!("../../../../deploy/prometheus/alerts.yml");

/// The rule of an alarm, up to the next one.
fn rule(name: &str) -> &'static str {
    let (_, rest) = RULES.split_once(&format!("- alert: {name}\n")).expect("a rule");
    rest.split("- alert:").next().expect("a text has a beginning")
}

#[test]
fn each_alarm_is_one_of_prometheus_with_the_same_severity() {
    for alarm in ALARMS {
        let rule = rule(alarm.name);
        assert!(rule.contains(&format!("severity: {}", alarm.severity)), "{rule}");
        let section = runbook::section(alarm.name);
        assert!(section.len() > 50, "{} in ALERTS.md", alarm.name);
        // Code is all that is shown as more than text.
        assert!(!section.contains("]("), "{section}");
    }
    assert!(rule("HeadcountStoreFull").contains("> 0.9 *"));
    assert!(rule("HeadcountStoreNearQuota").contains("> 0.8 *"));
    assert!(rule("HeadcountFiguresOverdue").contains("headcount_receiver_figures_due > 0"));
    assert!(rule("HeadcountCertificateEnds").contains("< 14 * 86400"));
}

#[test]
fn what_to_do_is_shown_with_its_code() {
    let html = runbook::shown("Look at `a < b`.\n\nThen wait.").into_string();
    assert_eq!(html, "<p>Look at <code>a &lt; b</code>.</p><p>Then wait.</p>");
}
