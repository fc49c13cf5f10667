//! The sections beside the report, in sentences.

use super::{counted, listed, span};
use crate::model::{
    Contract, Covers, Daily, Derived, Event, Identity, Intake, OnWithdrawal, Publish, Reason,
    Schedule,
};

/// `01:30 and 17:30 UTC`.
pub(crate) fn times_of_day(minutes: &[u16], last: &str) -> String {
    let times: Vec<_> =
        minutes.iter().map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60)).collect();
    format!("{} UTC", listed(&times, last))
}

/// When reports are made.
pub(crate) fn schedule(schedule: &Schedule) -> String {
    let what = match schedule.covers {
        Covers::PreviousDay => "One report for each finished UTC day, made",
        Covers::Now if schedule.daily == Daily::EachRun => "One report",
        Covers::Now => "One report a day, of what holds at that moment, made",
    };
    let when = match &schedule.daily {
        Daily::At(minutes) => format!("at {}", times_of_day(minutes, "or")),
        Daily::Random => "at a time of day that differs from instance to instance".to_owned(),
        Daily::EachRun => "after each run of the program".to_owned(),
    };
    let mut sentences = vec![format!("{what} {when}.")];
    if schedule.startup_delay_seconds > 0 {
        let delay = span(schedule.startup_delay_seconds);
        sentences.push(format!("None is made sooner than {delay} after the application starts."));
    }
    if schedule.backfill > 0 {
        let days = counted(schedule.backfill.into(), "missed day");
        sentences.push(format!("Up to {days} at a time are made up for, the oldest first."));
    }
    // The heartbeat is the report of the day.
    let events = schedule.events.iter().filter(|event| **event != Event::Heartbeat);
    let events: Vec<_> = events.map(|event| event_told(*event)).collect();
    if !events.is_empty() {
        sentences.push(format!("Also one {}.", listed(&events, "and")));
    }
    sentences.join(" ")
}

fn event_told(event: Event) -> &'static str {
    match event {
        Event::Install => "at the first start",
        Event::Upgrade => "after an upgrade",
        Event::Heartbeat => "every 24 hours",
        Event::OptOut => "when reports are switched off",
    }
}

/// Whether reports can be told to come from one instance.
pub(crate) fn identity(identity: Identity) -> String {
    match identity {
        Identity::Stable => {
            "An instance keeps its id, so that its reports can be told to come from one instance."
                .to_owned()
        }
        Identity::Rotating(days) => format!(
            "An instance gets a new id every {}. Counts that hardly change can still lead from \
             the old id to the new one.",
            counted(days.into(), "day")
        ),
        Identity::None => {
            "Reports carry no id of the instance and cannot be linked to each other by one."
                .to_owned()
        }
    }
}

/// What a report says about itself.
pub(crate) fn envelope(contract: &Contract) -> String {
    format!(
        "Each report also says that it follows the contract {}, for which day and why it was made, how \
         many values it has, how many reports before it were lost, and a random id of its own that no other report has.",
        contract.label()
    )
}

/// What happens when consent is withdrawn.
pub(crate) fn withdrawal(contract: &Contract) -> String {
    let mut text = "Nothing more is sent.".to_owned();
    match (contract.identity, contract.consent.on_withdrawal) {
        (Identity::None, _) => {}
        (_, OnWithdrawal::KeepId) => {
            text.push_str(" The id stays on the instance, unused, for the case that you return.");
        }
        (_, OnWithdrawal::DeleteId) => text.push_str(
            " The id is deleted, and the receiver is asked to erase what it holds under it. \
             If you return, a new id is made.",
        ),
    }
    if contract.consent.announce {
        text.push_str(
            " Before that, one report without any id tells that reports were switched off.",
        );
    }
    text
}

/// Where reports cannot be declined.
pub(crate) fn required(contract: &Contract) -> Option<String> {
    let (attribute, values) = contract.consent.required_when.as_ref()?;
    let values = listed(values, "or");
    Some(format!("Where {attribute} is {values}, reports are required and cannot be declined."))
}

/// By which variable the operator sends reports elsewhere.
pub(crate) fn redirect(variable: &str) -> String {
    format!("{variable}=URL")
}

/// What the receiver adds and keeps.
pub(crate) fn keeping(intake: &Intake, publish: &Publish) -> String {
    let derived: Vec<_> = intake.derives.iter().map(|derived| derived_told(*derived)).collect();
    let adds = if derived.is_empty() {
        "The receiver adds nothing to a report, and does not store the address it came from."
            .to_owned()
    } else {
        let added = listed(&derived, "and");
        format!("The receiver adds to each report {added}. It does not store the address itself.")
    };
    let keeps = match intake.keep_reports_days {
        Some(days) => format!("It keeps reports for {}", counted(days.into(), "day")),
        None => "It keeps reports without a limit of time".to_owned(),
    };
    let figures =
        if publish.figures.is_empty() { "" } else { "; the figures computed from them stay" };
    format!("{adds} {keeps}{figures}.")
}

fn derived_told(derived: Derived) -> &'static str {
    match derived {
        Derived::ReceivedAt => "the time at which it came",
        Derived::SourceAddressHash => {
            "a hash of the sender's address, under a key that lives in memory only and changes every day"
        }
    }
}

/// The reasons of a report, in words.
pub(crate) fn reasons(reasons: &[Reason]) -> String {
    let told: Vec<_> = reasons
        .iter()
        .map(|reason| match reason {
            Reason::Daily => "daily",
            Reason::Install => "at the first start",
            Reason::Upgrade => "after an upgrade",
            Reason::OptOut => "when reports are switched off",
            Reason::Backfill => "for missed days",
            Reason::Erase => "to ask for erasure",
        })
        .collect();
    listed(&told, "and")
}
