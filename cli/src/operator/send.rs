//! `headcount operator send`: a report now, or at least what waits.

use std::time::SystemTime;

use headcount::{Exporter, Outcome as Answer, SentOutcome};

use super::whom::Whom;
use super::{failure, history, say_that_it_asks};
use crate::args::operator::Send;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Output};

/// Asks the running application for a report; without one, sends what waits.
pub(super) fn run(Send { asked, which }: &Send) -> Outcome {
    say_that_it_asks(asked);
    let whom = Whom::asked(asked, which)?;
    let Some(decides) = whom.at_rest()? else { return whom.each(one) };
    output::say(format_args!("no report is made: {}", decides.status().map_err(failure)?.decision));
    whom.each(|exporter| deliver(exporter).map(|_| ()))?;
    Err(Failure::No)
}

fn one(exporter: &Exporter) -> Outcome {
    match exporter.send_now() {
        Ok(outcome) => {
            output::print(&outcome.to_string())?;
            if matches!(outcome, Answer::Delivered { .. }) { Ok(()) } else { Err(Failure::No) }
        }
        Err(error) if error.is_unanswered() => {
            output::say(
                "no running application answered, so no report was made; what waits is sent",
            );
            if exporter.status().map_err(failure)?.waiting == 0 {
                output::say("nothing waits");
            }
            if deliver(exporter)? { Ok(()) } else { Err(Failure::No) }
        }
        Err(error) => Err(failure(error)),
    }
}

/// Sends what waits, and prints what became of it. Says whether nothing waits any more.
pub(super) fn deliver(exporter: &Exporter) -> Outcome<bool> {
    let turn = exporter.run_due(SystemTime::now()).map_err(failure)?;
    let mut output = Output::take();
    for sent in &turn.sent {
        output.line(history::line(sent))?;
    }
    output.end()?;
    let status = exporter.status().map_err(failure)?;
    if status.waiting == 0 {
        return Ok(turn.sent.iter().all(|sent| sent.outcome == SentOutcome::Delivered));
    }
    let why = status.waits_for.unwrap_or(status.decision);
    output::say(format_args!("{} still to be sent: {why}", status.waiting));
    Ok(false)
}
