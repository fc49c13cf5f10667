//! `headcount operator held`: what the receiver says that it holds.

use headcount::{Exporter, Verdict};
use headcount_contract::Document;

use super::failure;
use super::whom::{Told, Whom};
use crate::args::operator::Held;
use crate::exit::{Failure, Outcome};
use crate::output;

/// Asks the receiver, and prints how its word compares with the history.
pub(super) fn run(Held { asked, which, json }: &Held) -> Outcome {
    let whom = Whom::asked(asked, which)?;
    if *json && whom.are_several() {
        return whom.list(whom.exporters().iter().map(told).collect());
    }
    whom.each(|exporter| one(exporter, *json))
}

fn one(exporter: &Exporter, json: bool) -> Outcome {
    let held = exporter.held().map_err(failure)?;
    if json {
        output::print(&serde_json::to_string(&held)?)?;
    } else {
        output::print(held.to_string().trim_end())?;
    }
    if is_as_sent(&held) { Ok(()) } else { Err(Failure::No) }
}

fn told(exporter: &Exporter) -> Outcome<Told> {
    let held = exporter.held().map_err(failure)?;
    let document = Document::parse(&serde_json::to_string(&held)?)?;
    Ok(Told { document, well: is_as_sent(&held) })
}

fn is_as_sent(held: &headcount::Held) -> bool {
    held.reports.iter().all(|report| report.verdict == Verdict::AsSent)
}
