//! `headcount contract list`: the built-in contracts.

use headcount_contract::{ConsentDefault, Contract, Covers, Daily, Identity, Library};

use crate::exit::Outcome;
use crate::output::Output;

/// Prints one line for each contract, under a heading.
pub(crate) fn run() -> Outcome {
    let mut output = Output::take();
    output.line(row(["CONTRACT", "IDENTITY", "CONSENT", "SCHEDULE", "VALUES"]))?;
    for contract in Library::built_in().iter() {
        let values = contract.structure().told().to_string();
        let (label, schedule) = (contract.label(), schedule(contract));
        output.line(row([
            &label,
            &identity(contract.identity()),
            consent(contract.consent().default),
            &schedule,
            &values,
        ]))?;
    }
    output.end()
}

fn row([label, identity, consent, schedule, values]: [&str; 5]) -> String {
    format!("{label:<14}  {identity:<8}  {consent:<7}  {schedule:<52}  {values:>6}")
}

/// How long an instance keeps its id.
pub(crate) fn identity(identity: Identity) -> String {
    match identity {
        Identity::Stable => "stable".to_owned(),
        Identity::Rotating(days) => format!("{days} days"),
        Identity::None => "none".to_owned(),
    }
}

/// Who decides.
pub(crate) fn consent(default: ConsentDefault) -> &'static str {
    match default {
        ConsentDefault::OptIn => "opt-in",
        ConsentDefault::OptOut => "opt-out",
    }
}

/// When a report is made, and for which time.
pub(crate) fn schedule(contract: &Contract) -> String {
    let schedule = contract.schedule();
    let when = match &schedule.daily {
        Daily::Random => "daily at a time of its own".to_owned(),
        Daily::EachRun => "after each run".to_owned(),
        Daily::At(times) => {
            let times: Vec<_> =
                times.iter().map(|time| format!("{:02}:{:02}", time / 60, time % 60)).collect();
            format!("daily at {} UTC", times.join(", "))
        }
    };
    match schedule.covers {
        Covers::PreviousDay => format!("{when}, for the day before"),
        Covers::Now => when,
    }
}
