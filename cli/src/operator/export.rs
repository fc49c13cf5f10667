//! `headcount operator export`: what waits, for somebody to carry.

use super::{failure, open};
use crate::args::operator::Export;
use crate::exit::Outcome;
use crate::output;

/// Moves what waits into a new file.
pub(super) fn run(Export { place, to }: &Export) -> Outcome {
    match open(place)?.export(to).map_err(failure)? {
        0 => output::say("nothing waits, so no file was written"),
        1 => output::say(format_args!("1 report is in {}", to.display())),
        reports => output::say(format_args!("{reports} reports are in {}", to.display())),
    }
    Ok(())
}
