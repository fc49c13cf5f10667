//! `headcount operator send`: a report now, or at least what waits.

use std::time::SystemTime;

use headcount::{Outcome as Answer, Sent, SentOutcome, Turn};

use super::{failure, history, open_to_ask, say_that_it_asks};
use crate::args::operator::Asked;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Output};

/// Asks the running application for a report; without one, sends what waits.
pub(super) fn run(asked: &Asked) -> Outcome {
    let exporter = open_to_ask(asked)?;
    say_that_it_asks(asked);
    match exporter.send_now() {
        Ok(outcome) => {
            output::print(&outcome.to_string())?;
            if matches!(outcome, Answer::Delivered { .. }) { Ok(()) } else { Err(Failure::No) }
        }
        Err(error) if error.is_unanswered() => {
            output::say(
                "no running application answered, so no report was made; what waits is sent",
            );
            let turn = exporter.run_due(SystemTime::now()).map_err(failure)?;
            if turn.sent.is_empty() && turn.waits.is_none() {
                output::say("nothing waits");
            }
            print(&turn)
        }
        Err(error) => Err(failure(error)),
    }
}

/// Prints what became of what waited. It says no where something did not arrive.
pub(super) fn print(turn: &Turn) -> Outcome {
    let mut output = Output::take();
    for sent in &turn.sent {
        output.line(history::line(sent))?;
    }
    if let Some(outcome) = &turn.waits {
        output.line(outcome)?;
    }
    output.end()?;
    let arrived = |sent: &Sent| sent.outcome == SentOutcome::Delivered;
    if turn.waits.is_none() && turn.sent.iter().all(arrived) { Ok(()) } else { Err(Failure::No) }
}
