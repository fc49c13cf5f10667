//! `headcount operator diff`: what the application's contract tells beyond what was agreed to.

use headcount::Exporter;

use super::failure;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Output};

/// Prints every change. It says no where one waits for somebody to agree.
pub(super) fn run(exporter: &Exporter) -> Outcome {
    let label = exporter.contract().label();
    let Some(changes) = exporter.difference().map_err(failure)? else {
        output::say(
            "nobody has agreed to a contract yet: `notice` says what the application tells",
        );
        return Ok(());
    };
    let mut output = Output::take();
    for change in changes.iter() {
        output.line(change)?;
    }
    output.end()?;
    if changes.widens() {
        output::say(format_args!(
            "{label} tells more than was agreed to: that waits for `headcount operator agree`"
        ));
        return Err(Failure::No);
    }
    output::say(format_args!("{label} tells nothing that was not agreed to"));
    Ok(())
}
