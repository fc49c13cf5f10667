//! `headcount operator export`: what waits, for somebody to carry.

use headcount::Exporter;

use super::failure;
use super::whom::Whom;
use crate::args::operator::Export;
use crate::exit::Outcome;
use crate::output;

/// Moves what waits into a new file.
pub(super) fn run(Export { place, which, to }: &Export) -> Outcome {
    let exporters = Whom::find(place, which)?.exporters();
    match Exporter::export_together(&exporters, to).map_err(failure)? {
        0 => output::say("nothing waits, so no file was written"),
        1 => output::say(format_args!("1 report is in {}", to.display())),
        reports => output::say(format_args!("{reports} reports are in {}", to.display())),
    }
    Ok(())
}
