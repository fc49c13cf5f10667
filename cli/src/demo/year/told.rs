//! What is said about a year.

use std::time::Duration;

use indicatif::HumanCount;

use super::making::BATCH;
use super::world::{Plan, Population};
use crate::demo::page::Page;
use crate::demo::receiver::Receiver;
use crate::exit::Outcome;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) reports: usize,
    pub(super) requests: usize,
    pub(super) took: Duration,
}

pub(super) fn title(page: &mut Page, populations: &[Population], plan: Plan) -> Outcome {
    let names: Vec<_> = populations.iter().map(|one| one.application.name).collect();
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
    let Summary { reports, requests, took } = summary;
    let (reports, requests) = (*reports as u64, *requests as u64);
    let rate = u128::from(reports) * 1_000 / took.as_millis().max(1);
    page.check(
        true,
        format_args!(
            "{} reports in {} requests, up to {BATCH} in one as relays send them",
            HumanCount(reports),
            HumanCount(requests)
        ),
    )?;
    page.check(true, format_args!("{:.1} s, {rate} reports a second", took.as_secs_f32()))
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
