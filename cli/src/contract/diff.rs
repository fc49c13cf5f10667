//! `headcount contract diff`: what a new contract would let leave that the old one does not.

use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::{known, output};

/// Prints every change. It says no where a single one widens.
pub(crate) fn run(old: &str, new: &str) -> Outcome {
    let changes = headcount_contract::diff(&*known::find(old)?, &*known::find(new)?);
    let mut output = Output::take();
    for change in changes.iter() {
        output.line(change)?;
    }
    output.end()?;
    if changes.widens() {
        output::say(format_args!("{new} tells more than {old}: it needs a new consent"));
        return Err(Failure::No);
    }
    output::say(format_args!("{new} tells nothing that {old} does not"));
    Ok(())
}
