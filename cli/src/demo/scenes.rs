//! The scenes of the demonstration, in their order.

mod stored;

use std::time::{Duration, SystemTime};

use headcount::Outcome as Delivery;
use headcount::contract::{ConsentDefault, Contract, INSTANCE, Identity, Level, Reason, Source};
use headcount_contract::Document;

use super::application::Application;
use super::layout::packed;
use super::manyfold;
use super::page::{Page, WIDTH};
use super::receiver::Receiver;
use super::wire;
use crate::exit::Outcome;

pub(super) use stored::stored;

/// A report that left.
pub(super) struct Sent<'a> {
    application: &'a Application,
    /// What the application recorded, as its preview showed it before anything left.
    preview: Document,
    /// The bytes that travelled, but for the report's id.
    request: Vec<u8>,
}

pub(super) fn title(page: &mut Page) -> Outcome {
    page.title(
        "headcount: five applications report how they are used, by contract and with consent",
    )?;
    page.title("Real instances, exporters, OTLP and SQLite. Nothing leaves this machine.")
}

pub(super) fn receiver(page: &mut Page, receiver: &Receiver) -> Outcome {
    page.step("The makers start a receiver")?;
    page.entry(
        "listens on",
        format_args!("{} (OTLP/gRPC and OTLP/HTTP on one port)", receiver.url()),
    )?;
    page.entry("stores in", format_args!("{} (SQLite)", receiver.database().display()))
}

pub(super) fn applications(page: &mut Page, applications: &[Application]) -> Outcome {
    page.step("Elsewhere five instances run, and record their usage as OpenTelemetry gauges")?;
    for application in applications {
        let (label, purpose) = (application.label(), application.purpose);
        let contract = application.exporter.contract();
        page.entry(
            &label,
            format_args!("{purpose:<22}{:<9}{}", consent(contract), identity(contract)),
        )?;
    }
    Ok(())
}

fn consent(contract: &Contract) -> &'static str {
    match contract.consent().default {
        ConsentDefault::OptIn => "opt-in",
        ConsentDefault::OptOut => "opt-out",
    }
}

fn identity(contract: &Contract) -> &'static str {
    let leaves = contract.structure().leaves();
    let id =
        leaves.iter().find(|(_, leaf)| matches!(&leaf.source, Source::Id(id) if id == INSTANCE));
    match (contract.identity(), id) {
        (Identity::None, _) | (_, None) => "no id",
        (_, Some((_, leaf))) if leaf.hash.is_some() => "ids leave as hashes only",
        _ => "a random id, made for the reports alone",
    }
}

/// Manyfold's contract is opt-in, so its operator is asked.
pub(super) fn operator(page: &mut Page, receiver: &Receiver, now: SystemTime) -> Outcome {
    page.step("The operator of Manyfold is asked first, and sees everything")?;
    let exporter = manyfold::undecided(receiver)?;
    page.line("The notice, made from the contract:")?;
    page.gap()?;
    page.quote(&exporter.notice()?)?;
    page.gap()?;
    let preview = exporter.preview_of(Reason::Daily, now)?;
    page.line("The preview of the report; there is no id before somebody agrees:")?;
    page.gap()?;
    page.quote(&packed(preview.document(), WIDTH - 5).join("\n"))?;
    page.gap()?;
    page.line("Manyfold has a gauge that the contract does not list. It stays here:")?;
    page.gap()?;
    page.quote(&preview.withheld().join("\n"))?;
    page.gap()?;
    match exporter.send(Reason::Daily, now) {
        Err(error) if error.is_consent() => {
            page.check(true, format_args!("nothing is sent: {error}"))
        }
        Err(error) => page.check(false, format_args!("expected a lack of consent, got: {error}")),
        Ok(delivery) => {
            page.check(false, format_args!("expected a lack of consent, got: {delivery}"))
        }
    }
}

/// Everybody agrees, and reports.
pub(super) fn reporting<'a>(
    page: &mut Page,
    applications: &'a [Application],
    now: SystemTime,
) -> Outcome<Vec<Sent<'a>>> {
    page.step("All five agree, and report")?;
    let mut sent = Vec::new();
    for application in applications {
        let exporter = &application.exporter;
        exporter.agree(Level::Diagnostics)?;
        let preview = exporter.preview_of(Reason::Daily, now)?;
        let delivery = exporter.send(Reason::Daily, now)?;
        let (label, way, request) =
            (application.label(), application.way(), preview.otlp().to_vec());
        page.check(
            matches!(delivery, Delivery::Delivered { rejected: 0, .. }),
            format_args!("{label:<14}{way:<10}{:>5} bytes  {delivery}", request.len()),
        )?;
        sent.push(Sent { application, preview: preview.document().clone(), request });
    }
    page.gap()?;
    page.line("What travelled from Manyfold, decoded; the report's id is new each time:")?;
    page.gap()?;
    let manyfold = sent.iter().find(|sent| sent.application.label() == manyfold::LABEL);
    let manyfold = manyfold.expect("the receiver's list of applications has it");
    page.quote(&wire::lines(&manyfold.request)?.join("\n"))?;
    Ok(sent)
}

pub(super) fn summary(page: &mut Page, all: usize, wrong: usize, took: Duration) -> Outcome {
    page.gap()?;
    let (right, seconds) = (all - wrong, took.as_secs_f32());
    page.check(wrong == 0, format_args!("{right} of {all} reports are right, after {seconds:.1} s"))
}

pub(super) fn kept(page: &mut Page, receiver: &Receiver) -> Outcome {
    page.step("The receiver goes on until Ctrl-C; its folder goes with it")?;
    let (url, database) = (receiver.url(), receiver.database());
    page.line("Send it something, from another terminal:")?;
    page.line(format_args!("  OTEL_EXPORTER_OTLP_ENDPOINT={url} YOUR-APPLICATION"))?;
    page.line("Read what it has:")?;
    page.line(format_args!("  headcount reports --store sqlite:{}", database.display()))?;
    page.line(format_args!(
        "  headcount reports --store sqlite:{} --contract openfn",
        database.display()
    ))
}

pub(super) fn further(page: &mut Page) -> Outcome {
    page.step("Where to look further")?;
    for (command, text) in [
        ("headcount demo --keep", "this again, and the receiver stays: read from it, send to it"),
        (
            "headcount contract show openfn/2",
            "the file that governs a report: change it for your own",
        ),
        ("headcount contract docs openfn/2", "the documentation that is made of it"),
        ("headcount inspect", "what a receiver would make of what your application sends"),
        ("headcount serve", "a receiver of your own; `headcount reports` reads its store"),
    ] {
        page.columns(command, text, 34)?;
    }
    Ok(())
}
