//! `headcount contract check`: every mistake of every file.

use std::path::PathBuf;

use crate::exit::Outcome;
use crate::known;
use crate::output::Output;

/// Checks the files. A good one gets a line; mistakes of all the others are told at the end.
pub(crate) fn run(files: &[PathBuf]) -> Outcome {
    let mut output = Output::take();
    let mut wrong = Vec::new();
    for file in files {
        match known::read(file) {
            Ok(contract) => {
                known::warn(file, &contract);
                let (label, told) = (contract.label(), contract.structure().told());
                output.line(format_args!("{}: ok, {label} with {told} values", file.display()))?;
            }
            Err(mistakes) => wrong.push(mistakes),
        }
    }
    output.end()?;
    if wrong.is_empty() { Ok(()) } else { Err(known::failure(&wrong)) }
}
