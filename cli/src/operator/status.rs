//! `headcount operator status`: how the instance stands.

use headcount::{Exporter, Status};

use super::{failure, open_to_ask, say_that_it_asks, unless_unanswered};
use crate::args::operator;
use crate::exit::Outcome;
use crate::output;

/// Prints it, as the running application says, or else as the files do.
pub(super) fn run(arguments: &operator::Status) -> Outcome {
    let exporter = open_to_ask(&arguments.asked)?;
    say_that_it_asks(&arguments.asked);
    let (status, answered) = ask(&exporter)?;
    if arguments.json {
        let mut status = serde_json::to_value(&status)?;
        status["answered"] = answered.into();
        output::print(&serde_json::to_string_pretty(&status)?)?;
    } else {
        output::print(&status.to_string())?;
    }
    output::say(if answered {
        "the running application answered"
    } else {
        "no running application answered: this is what the files say, and this command's environment"
    });
    Ok(())
}

fn ask(exporter: &Exporter) -> Outcome<(Status, bool)> {
    match exporter.live_status() {
        Ok(status) => Ok((status, true)),
        Err(error) => {
            unless_unanswered(error)?;
            Ok((exporter.status().map_err(failure)?, false))
        }
    }
}
