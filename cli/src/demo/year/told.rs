//! What is said about a year.

use std::time::Duration;

use indicatif::HumanCount;

use super::making::BATCH;
use super::world::Plan;
use crate::demo::page::Page;
use crate::demo::receiver::Receiver;
use crate::exit::Outcome;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) reports: usize,
    pub(super) requests: usize,
    pub(super) took: Duration,
    /// Days that were frozen, of all applications, and how long that took.
    pub(super) frozen: usize,
    pub(super) freezing: Duration,
}

pub(super) fn title(page: &mut Page, names: &[&str], plan: Plan) -> Outcome {
    page.title(&format!(
        "headcount: a year of {}, {} synthetic instances each",
        names.join(", "),
        HumanCount(plan.instances.into())
    ))?;
    let (first, last) = (plan.date(0), plan.date(plan.days - 1));
    page.title(&format!("From {first} to {last}, on a clock that is turned from day to day."))
}

pub(super) fn receiver(page: &mut Page, receiver: &Receiver, memory: bool) -> Outcome {
    page.step("Instances join, upgrade, miss days and leave; each reports by its exporter")?;
    page.entry("sent to", format_args!("{}/v1/metrics (OTLP/HTTP)", receiver.url()))?;
    if memory {
        page.entry("stored in", "memory")
    } else {
        page.entry("stored in", format_args!("{} (SQLite)", receiver.database().display()))
    }
}

pub(super) fn summary(page: &mut Page, summary: &Summary) -> Outcome {
    let Summary { reports, requests, took, frozen, freezing } = *summary;
    let rate = reports as u128 * 1_000 / took.as_millis().max(1);
    page.check(
        true,
        format_args!(
            "{} reports in {} requests, up to {BATCH} in one as relays send them",
            HumanCount(reports as u64),
            HumanCount(requests as u64)
        ),
    )?;
    page.check(
        true,
        format_args!(
            "{} days of figures are frozen, which took {:.1} s",
            HumanCount(frozen as u64),
            freezing.as_secs_f32()
        ),
    )?;
    let seconds = took.as_secs_f32();
    page.check(true, format_args!("{seconds:.1} s in all, {rate} reports a second"))
}

pub(super) fn pages(page: &mut Page, receiver: &Receiver, names: &[&str]) -> Outcome {
    page.step("What people see of it")?;
    for name in names {
        page.entry(name, format_args!("{}/{name}/", receiver.url()))?;
    }
    Ok(())
}

pub(super) fn open(page: &mut Page) -> Outcome {
    page.gap()?;
    page.line("It stays open until Ctrl-C, and nothing stays behind then.")
}
