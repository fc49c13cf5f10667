//! `headcount contract diff`: what a new contract would let leave that the old one does not.

use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::{known, output};

/// Prints every change. It says no where a single one widens.
pub(crate) fn run(old: &str, new: &str) -> Outcome {
    let (agreed, wanted) = (known::find(old)?, known::find(new)?);
    let changes = headcount_contract::diff(&agreed, &wanted);
    let mut output = Output::take();
    for change in changes.iter() {
        output.line(change)?;
    }
    output.end()?;
    if agreed.label() == wanted.label() && agreed.digest() != wanted.digest() {
        let label = wanted.label();
        output::say(format_args!("expected a new `version`, got {label} with other content"));
    }
    if changes.widens() {
        output::say(format_args!("{new} tells more than {old}: it needs a new consent"));
        return Err(Failure::No);
    }
    output::say(format_args!("{new} tells nothing that {old} does not"));
    Ok(())
}
