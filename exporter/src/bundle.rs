//! Reports for a machine without a way out, as a text that somebody carries to one that has it.
//!
//! A bundle is lines of OTLP/JSON, one request each, and nothing else: what the OpenTelemetry Collector's file
//! exporter writes and its `otlpjsonfile` receiver reads, so any Collector can take it in, and people can read it.

mod carry;
mod export;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use headcount_contract::{Contract, NotRestored};
use headcount_proto::{Limits, ReadError, from_json, to_json};
use jiff::Timestamp;

pub use carry::send_bundle;

use crate::spool::Spooled;

/// A line that is no report, and why.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the bundle: {wrong}")]
pub(crate) struct BundleError {
    line: usize,
    wrong: Wrong,
}

#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error(transparent)]
    Json(#[from] ReadError),
    #[error(transparent)]
    Report(#[from] NotRestored),
    #[error("expected contracts to check it by, got none")]
    NoContract,
}

/// The bundle of these reports, in their order.
pub(crate) fn write(reports: &[Spooled]) -> String {
    let line = |report: &Spooled| {
        to_json(report.otlp()).expect("a verified report is as an encoder wrote it") + "\n"
    };
    reports.iter().map(line).collect()
}

/// The reports of a bundle, each checked as a file of the spool is, by the first of these contracts that it
/// follows. Empty lines are passed over. `made_at` is when they were, as far as the reader knows.
///
/// Errors: the first line that is not exactly one report as an instance makes it; then none is taken.
pub(crate) fn read(
    text: &str,
    contracts: &[Arc<Contract>],
    made_at: Timestamp,
) -> Result<Vec<Spooled>, BundleError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let report = |(index, line)| {
        report(line, contracts, made_at).map_err(|wrong| BundleError { line: index + 1, wrong })
    };
    lines.map(report).collect()
}

fn report(line: &str, contracts: &[Arc<Contract>], made_at: Timestamp) -> Result<Spooled, Wrong> {
    // As much as an instance could make: the text is in memory already.
    let most = usize::MAX;
    let otlp =
        from_json(line.as_bytes(), &Limits { metrics: most, points: most, ..Limits::default() })?;
    let mut refused = Wrong::NoContract;
    for contract in contracts {
        match Spooled::restore(contract, otlp.clone(), made_at) {
            Ok(spooled) => return Ok(spooled),
            Err(error) if matches!(refused, Wrong::NoContract) => refused = error.into(),
            Err(_) => {}
        }
    }
    Err(refused)
}
