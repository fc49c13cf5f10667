//! Reads identity, consent and schedule.

use super::environment::variable;
use super::fields::{Fields, text, texts, word};
use crate::mistake::Findings;
use crate::model::{
    Consent, ConsentDefault, Covers, Daily, Event, Identity, OnWithdrawal, Schedule,
};
use crate::yaml::{Node, Value};

pub(super) fn identity(node: &Node, findings: &mut Findings) -> Option<Identity> {
    if let Value::Map(entries) = &node.value {
        let mut fields = Fields::of(node.at, entries);
        fields.need("rotating", findings);
        let days = fields.days("rotating", findings);
        fields.finish(findings);
        return days.map(Identity::Rotating);
    }
    let words = [("stable", Identity::Stable), ("none", Identity::None)];
    match node.scalar() {
        Some("stable" | "none") => word(node, "identity", &words, findings),
        _ => {
            findings.mistake(
                node.at,
                format!(
                    "expected `identity` to be `stable`, `none` or `{{ rotating: 30d }}`, got {}",
                    node.what()
                ),
            );
            None
        }
    }
}

pub(super) fn consent(node: &Node, findings: &mut Findings) -> Option<Consent> {
    let mut fields = Fields::open(node, "`consent`", findings)?;
    if fields.take("default").is_none() {
        findings.mistake(node.at, "expected `default`, got a consent without it");
    }
    let defaults = [("opt_in", ConsentDefault::OptIn), ("opt_out", ConsentDefault::OptOut)];
    let default = fields.word("default", &defaults, findings);
    let environment = fields.take("environment").and_then(|node| variable(node, findings));
    let withdrawals = [("keep_id", OnWithdrawal::KeepId), ("delete_id", OnWithdrawal::DeleteId)];
    let consent = Consent {
        default: default.unwrap_or(ConsentDefault::OptIn),
        required_when: fields.take("required_when").and_then(|node| required_when(node, findings)),
        environment,
        on_withdrawal: fields
            .word("on_withdrawal", &withdrawals, findings)
            .unwrap_or(OnWithdrawal::KeepId),
        announce: fields.switch("announce", findings),
        grace_seconds: fields.span("grace", findings).unwrap_or(0),
    };
    fields.finish(findings);
    Some(consent)
}

fn required_when(node: &Node, findings: &mut Findings) -> Option<(String, Vec<String>)> {
    match &node.value {
        Value::Map(entries) if entries.len() == 1 => {
            let values = texts(&entries[0].node, "required_when", findings);
            if values.is_empty() {
                findings.mistake(node.at, "expected `required_when` to have a value, got none");
            }
            Some((entries[0].key.clone(), values))
        }
        _ => {
            findings.mistake(
                node.at,
                format!(
                    "expected `required_when` to be one resource attribute and its values, got {}",
                    node.what()
                ),
            );
            None
        }
    }
}

pub(super) fn schedule(
    node: Option<&Node>,
    consent: Option<&Consent>,
    findings: &mut Findings,
) -> Schedule {
    let mut schedule = Schedule {
        covers: Covers::Now,
        daily: Daily::Random,
        startup_delay_seconds: 0,
        backfill: 0,
        events: Vec::new(),
    };
    let Some(mut fields) = node.and_then(|node| Fields::open(node, "`schedule`", findings)) else {
        return schedule;
    };
    let covers = [("previous_day", Covers::PreviousDay), ("now", Covers::Now)];
    schedule.covers = fields.word("covers", &covers, findings).unwrap_or(Covers::Now);
    if let Some(node) = fields.take("daily") {
        schedule.daily = daily(node, findings);
    }
    schedule.startup_delay_seconds = fields.span("startup_delay", findings).unwrap_or(0);
    schedule.backfill = fields.count("backfill", findings).unwrap_or(0);
    if let Some(node) = fields.take("events") {
        schedule.events = events(node, consent, findings);
    }
    if schedule.backfill > 0 && schedule.covers == Covers::Now {
        findings.mistake(
            fields.at,
            "expected `backfill` only with `covers: previous_day`, got it with `covers: now`",
        );
    }
    fields.finish(findings);
    schedule
}

fn events(node: &Node, consent: Option<&Consent>, findings: &mut Findings) -> Vec<Event> {
    let words = [
        ("install", Event::Install),
        ("upgrade", Event::Upgrade),
        ("heartbeat", Event::Heartbeat),
        ("opt_out", Event::OptOut),
    ];
    let events = words_of(node, "events", &words, findings);
    if events.contains(&Event::OptOut) && consent.is_some_and(|consent| !consent.announce) {
        findings.mistake(
            node.at,
            "expected `announce: true` in `consent` beside the event `opt_out`, got the event alone",
        );
    }
    events
}

fn daily(node: &Node, findings: &mut Findings) -> Daily {
    match node.scalar() {
        Some("random") => return Daily::Random,
        Some("each_run") => return Daily::EachRun,
        _ => {}
    }
    let mut minutes = Vec::new();
    let times = texts(node, "daily", findings);
    if times.is_empty() {
        findings.mistake(node.at, "expected `daily` to have a time, got none");
    }
    for time in times {
        match minute_of_day(&time) {
            Some(minute) if minutes.contains(&minute) => {
                findings.mistake(node.at, format!("expected each time once, got `{time}` again"));
            }
            Some(minute) => minutes.push(minute),
            None => findings.mistake(
                node.at,
                format!(
                    "expected `daily` to be `random`, `each_run` or UTC times such as \"01:30\", got `{time}`"
                ),
            ),
        }
    }
    Daily::At(minutes)
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60 && text.len() == 5).then_some(hour * 60 + minute)
}

/// A list of the given words.
pub(super) fn words_of<T: Copy>(
    node: &Node,
    key: &str,
    words: &[(&str, T)],
    findings: &mut Findings,
) -> Vec<T> {
    match &node.value {
        Value::List(items) => {
            items.iter().filter_map(|item| word(item, key, words, findings)).collect()
        }
        Value::Scalar { .. } => word(node, key, words, findings).into_iter().collect(),
        Value::Map(_) => {
            text(node, key, findings);
            Vec::new()
        }
    }
}
