//! `headcount operator history`: what was sent, and what became of it.

use headcount::{Exporter, Sent};
use headcount_contract::Document;

use super::failure;
use super::whom::{Whom, labelled};
use crate::args::operator::History;
use crate::exit::Outcome;
use crate::output::{self, Output};

/// Prints the entries, or the reports themselves.
pub(super) fn run(arguments: &History) -> Outcome {
    let whom = Whom::find(&arguments.place, &arguments.which)?;
    if !whom.are_several() || !(arguments.json || arguments.reports.is_some()) {
        return whom.each(|exporter| one(exporter, arguments, None));
    }
    // Lines for programs have no headings.
    let exporters = whom.exporters();
    let mut all = whom.labels().zip(&exporters);
    all.try_for_each(|(label, exporter)| one(exporter, arguments, Some(label)))
}

fn one(exporter: &Exporter, arguments: &History, label: Option<&str>) -> Outcome {
    let sent = exporter.history().map_err(failure)?;
    if sent.is_empty() && label.is_none() {
        output::say("nothing was sent yet");
    }
    let mut output = Output::take();
    if let Some(newest) = arguments.reports {
        let reports: Vec<_> = sent.iter().filter_map(|sent| sent.report.as_ref()).collect();
        for report in &reports[reports.len().saturating_sub(newest)..] {
            output.line(report)?;
        }
    } else {
        for sent in &sent {
            if arguments.json {
                let entry = serde_json::to_string(sent)?;
                match label {
                    Some(label) => output.line(labelled(Document::parse(&entry)?, label))?,
                    None => output.line(entry)?,
                }
            } else {
                output.line(line(sent))?;
            }
        }
    }
    output.end()
}

/// An entry, for people.
pub(super) fn line(sent: &Sent) -> String {
    let at = sent.at.strftime("%Y-%m-%d %H:%M:%SZ");
    let (contract, date, reason) = (&sent.contract, sent.date, sent.reason.as_str());
    let mut line = format!("{at}  {contract} for {date}, {reason}: {}", sent.outcome);
    if sent.rejected_points > 0 {
        line = format!("{line}, {} data points rejected", sent.rejected_points);
    }
    if let Some(matches) = sent.receipt_matches {
        let verdict =
            if matches { "the receipt is right" } else { "the receipt is of another report" };
        line = format!("{line}, {verdict}");
    }
    if sent.message.is_empty() { line } else { format!("{line}: {}", sent.message) }
}
