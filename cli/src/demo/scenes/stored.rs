//! The scene that matters: what is stored, beside the contract, and whether it is right.

use headcount_contract::{Contract, Document};

use super::Sent;
use crate::demo::application::Untold;
use crate::demo::check;
use crate::demo::layout::{beside, packed};
use crate::demo::page::{Page, WIDTH};
use crate::demo::receiver::Receiver;
use crate::exit::Outcome;

/// Where the sources stand beside the values.
const SOURCES: usize = 62;
/// Reports of more values are shown compact.
const FEW: usize = 16;

/// Shows every stored report, checks it, and counts those that are not right.
pub(crate) fn stored(page: &mut Page, receiver: &Receiver, sent: &[Sent<'_>]) -> Outcome<usize> {
    page.step("The receiver's database holds the five reports, as they are documented")?;
    let mut wrong = 0;
    for sent in sent {
        let contract = sent.application.exporter.contract();
        page.gap()?;
        page.strong(contract.label())?;
        page.line(contract.brief())?;
        let right = match check::stored(&receiver.database(), contract) {
            Ok(report) => {
                show(page, contract, &report)?;
                judge(page, receiver, sent, &report)?
            }
            Err(error) => {
                page.check(false, format_args!("{error:#}"))?;
                false
            }
        };
        wrong += usize::from(!right);
    }
    Ok(wrong)
}

/// The report beside its contract, or compact where it is long.
fn show(page: &mut Page, contract: &Contract, report: &Document) -> Outcome {
    page.gap()?;
    if contract.structure().leaves().len() > FEW {
        packed(report, WIDTH - 3).iter().try_for_each(|line| page.line(line))?;
    } else {
        for line in beside(contract, report) {
            page.columns(&line.json, &line.source, SOURCES)?;
        }
    }
    page.gap()
}

/// Says what was looked into, and whether all of it is as it should be.
fn judge(
    page: &mut Page,
    receiver: &Receiver,
    sent: &Sent<'_>,
    report: &Document,
) -> Outcome<bool> {
    let Sent { application, preview, request } = sent;
    let contract = application.exporter.contract();
    let equal = report == preview;
    page.check(equal, "equals what the application recorded, key for key and in the same order")?;
    if !equal {
        page.line("  recorded was:")?;
        page.quote(&packed(preview, WIDTH - 5).join("\n"))?;
    }
    let fits = check::fits(contract, report);
    match &fits {
        Ok(()) => page.check(true, format_args!("validated against {}", contract.label()))?,
        Err(error) => page.check(false, format_args!("{}: {error:#}", contract.label()))?,
    }
    let mut right = equal && fits.is_ok();
    if let Some(text) = application.documented {
        let documented = Document::parse(text)? == *report;
        page.check(
            documented,
            "is the example of the application's documentation, value for value",
        )?;
        right &= documented;
    }
    if let Some(Untold { what, texts }) = &application.untold {
        let found = check::found(&receiver.database(), request, texts)?;
        page.check(found.is_empty(), secrecy(what, &found))?;
        right &= found.is_empty();
    }
    Ok(right)
}

fn secrecy(what: &str, found: &[&str]) -> String {
    match found {
        [] => format!("neither in the request nor in the database: {what}"),
        found => format!("expected to find {what} nowhere, found {}", found.join(", ")),
    }
}
