//! `headcount operator held`: what the receiver says that it holds.

use headcount::Verdict;

use super::{failure, open_to_ask};
use crate::args::operator::Held;
use crate::exit::{Failure, Outcome};
use crate::output;

/// Asks the receiver, and prints how its word compares with the history.
pub(super) fn run(Held { asked, json }: &Held) -> Outcome {
    let held = open_to_ask(asked)?.held().map_err(failure)?;
    if *json {
        output::print(&serde_json::to_string(&held)?)?;
    } else {
        output::print(held.to_string().trim_end())?;
    }
    let as_sent = held.reports.iter().all(|report| report.verdict == Verdict::AsSent);
    if as_sent { Ok(()) } else { Err(Failure::No) }
}
