//! Changes of the sections beside the report.

use super::Changes;
use crate::model::{
    Consent, ConsentDefault, Contract, Covers, Daily, Derived, Event, Identity, Intake,
    OnWithdrawal, Schedule,
};
use crate::wording::{counted, listed, span, times_of_day};

pub(super) fn name(old: &Contract, new: &Contract, changes: &mut Changes) {
    if old.name != new.name {
        changes.widening(
            "contract.name",
            format!("another application, from {} to {}", old.name, new.name),
        );
    }
    if old.version != new.version {
        changes.neutral("contract.version", format!("from {} to {}", old.version, new.version));
    }
    // The version ends the URL in any case.
    let base = |contract: &Contract| {
        let end = format!("/{}", contract.label());
        contract.schema_url.strip_suffix(end.as_str()).map(str::to_owned)
    };
    if base(old) != base(new) {
        changes.neutral(
            "contract.schema_url",
            format!("from {} to {}", old.schema_url, new.schema_url),
        );
    }
    changes.reworded("contract.brief", "brief", &old.brief, &new.brief);
    changes.reworded("contract.note", "note", &old.note, &new.note);
}

pub(super) fn identity(old: Identity, new: Identity, changes: &mut Changes) {
    // The longer an id lives, the more reports it links.
    let linked = |identity| match identity {
        Identity::None => 0,
        Identity::Rotating(days) => u64::from(days),
        Identity::Stable => u64::MAX,
    };
    let told = |identity| match identity {
        Identity::None => "none".to_owned(),
        Identity::Rotating(days) => format!("rotating each {}", counted(days.into(), "day")),
        Identity::Stable => "stable".to_owned(),
    };
    let text = format!("from {} to {}", told(old), told(new));
    changes.greater_is_wider("identity", linked(old), linked(new), text);
}

pub(super) fn consent(old: &Consent, new: &Consent, changes: &mut Changes) {
    let opt_out = |consent: &Consent| consent.default == ConsentDefault::OptOut;
    let word = |consent: &Consent| if opt_out(consent) { "opt_out" } else { "opt_in" };
    let text = format!("from {} to {}", word(old), word(new));
    changes.greater_is_wider("consent.default", opt_out(old), opt_out(new), text);
    required_when(old, new, changes);
    let variables = (old.environment.as_deref(), new.environment.as_deref());
    environment("consent.environment", variables, "declines as well", changes);
    let keeps = |consent: &Consent| consent.on_withdrawal == OnWithdrawal::KeepId;
    let word = |consent: &Consent| if keeps(consent) { "keep_id" } else { "delete_id" };
    let text = format!("from {} to {}", word(old), word(new));
    changes.greater_is_wider("consent.on_withdrawal", keeps(old), keeps(new), text);
    let text = if new.announce {
        "the withdrawal itself is told"
    } else {
        "the withdrawal itself is no longer told"
    };
    changes.greater_is_wider("consent.announce", old.announce, new.announce, text.to_owned());
    let text = format!("from {} to {}", span(old.grace_seconds), span(new.grace_seconds));
    changes.greater_is_wider("consent.grace", new.grace_seconds, old.grace_seconds, text);
}

fn required_when(old: &Consent, new: &Consent, changes: &mut Changes) {
    const PATH: &str = "consent.required_when";
    let told = |(attribute, values): &(String, Vec<String>)| {
        format!("{attribute} is {}", listed(values, "or"))
    };
    match (&old.required_when, &new.required_when) {
        (Some(old), Some(new)) if old.0 == new.0 => {
            changes.more_is_wider(PATH, &old.1, &new.1, |value| {
                format!("reports are required where {} is {value}", new.0)
            });
        }
        (old, new) => {
            if let Some(required) = new {
                changes
                    .widening(PATH, format!("new: reports are required where {}", told(required)));
            }
            if let Some(required) = old {
                let text = format!("no longer: reports are required where {}", told(required));
                changes.narrowing(PATH, text);
            }
        }
    }
}

/// A variable that is no longer read leaves a decision behind that is no longer heard.
fn environment(
    path: &str,
    (old, new): (Option<&str>, Option<&str>),
    what_it_does: &str,
    changes: &mut Changes,
) {
    match (old, new) {
        (old, new) if old == new => {}
        (Some(old), Some(new)) => {
            changes.widening(path, format!("{old} is no longer read, {new} is in its place"));
        }
        (Some(old), None) => changes.widening(path, format!("{old} is no longer read")),
        (None, new) => {
            changes.narrowing(path, format!("{} {what_it_does}", new.unwrap_or_default()));
        }
    }
}

pub(super) fn schedule(old: &Schedule, new: &Schedule, changes: &mut Changes) {
    let word = |schedule: &Schedule| match schedule.covers {
        Covers::PreviousDay => "previous_day",
        Covers::Now => "now",
    };
    let text = format!("from {} to {}", word(old), word(new));
    // A report for a moment tells the moment; one for a finished day does not.
    let momentary = |schedule: &Schedule| schedule.covers == Covers::Now;
    changes.greater_is_wider("schedule.covers", momentary(old), momentary(new), text);
    daily(&old.daily, &new.daily, changes);
    let delays = (old.startup_delay_seconds, new.startup_delay_seconds);
    if delays.0 != delays.1 {
        let text = format!("from {} to {}", span(delays.0), span(delays.1));
        changes.neutral("schedule.startup_delay", text);
    }
    let text =
        format!("from {} to {} a run", old.backfill, counted(new.backfill.into(), "missed day"));
    changes.greater_is_wider("schedule.backfill", old.backfill, new.backfill, text);
    changes.more_is_wider("schedule.events", &old.events, &new.events, |event| {
        format!("a report {}", event_word(*event))
    });
}

fn daily(old: &Daily, new: &Daily, changes: &mut Changes) {
    let times = |daily: &Daily| match daily {
        Daily::At(minutes) => minutes.len(),
        Daily::Random => 1,
        Daily::EachRun => usize::MAX,
    };
    let told = |daily: &Daily| match daily {
        Daily::At(minutes) => times_of_day(minutes, "and"),
        Daily::Random => "a time of the instance's own".to_owned(),
        Daily::EachRun => "each run of the program".to_owned(),
    };
    let text = format!("from {} to {}", told(old), told(new));
    if times(old) == times(new) && old != new {
        changes.neutral("schedule.daily", text);
    } else {
        changes.greater_is_wider("schedule.daily", times(old), times(new), text);
    }
}

fn event_word(event: Event) -> &'static str {
    match event {
        Event::Install => "at installation",
        Event::Upgrade => "after an upgrade",
        Event::Heartbeat => "every 24 hours",
        Event::OptOut => "when reports are switched off",
    }
}

pub(super) fn intake(old: &Intake, new: &Intake, changes: &mut Changes) {
    endpoint(old.endpoint.as_deref(), new.endpoint.as_deref(), changes);
    let variables = (old.environment.as_deref(), new.environment.as_deref());
    environment("receiver.environment", variables, "sends reports elsewhere", changes);
    changes.more_is_wider("receiver.derives", &old.derives, &new.derives, |derived| {
        match derived {
            Derived::ReceivedAt => "the receiver adds the time at which a report came",
            Derived::SourceAddressHash => "the receiver adds a hash of the sender's address",
        }
        .to_owned()
    });
    let days = |intake: &Intake| intake.keep_reports_days.unwrap_or(u32::MAX);
    let told = |intake: &Intake| match intake.keep_reports_days {
        Some(days) => counted(days.into(), "day"),
        None => "no limit of time".to_owned(),
    };
    let text = format!("reports, from {} to {}", told(old), told(new));
    changes.greater_is_wider("receiver.keep", days(old), days(new), text);
}

/// Whoever agreed, agreed to tell one receiver: another one, or an open question, is more.
fn endpoint(old: Option<&str>, new: Option<&str>, changes: &mut Changes) {
    const PATH: &str = "receiver.endpoint";
    match (old, new) {
        (old, new) if old == new => {}
        (Some(old), Some(new)) => {
            changes.widening(PATH, format!("reports go to {new}, no longer to {old}"));
        }
        (_, Some(new)) => changes.widening(PATH, format!("reports go to {new}")),
        (old, _) => {
            let old = old.unwrap_or_default();
            changes.widening(PATH, format!("no longer said; reports went to {old}"));
        }
    }
}
