//! `headcount contract check`: every mistake of every file.

use std::path::PathBuf;
use std::sync::Arc;

use headcount_contract::Library;

use crate::exit::Outcome;
use crate::known;
use crate::output::Output;

/// Checks the files. A good one gets a line; mistakes of all the others are told at the end. The label
/// of a built-in contract stands for its file.
pub(crate) fn run(files: &[PathBuf]) -> Outcome {
    let built_in = Library::built_in();
    let mut output = Output::take();
    let mut wrong = Vec::new();
    for file in files {
        let meant = file.to_str().and_then(|label| built_in.find(label));
        let contract = match meant {
            Some(contract) => Arc::clone(contract),
            None => match known::read(file) {
                Ok(contract) => Arc::new(contract),
                Err(mistakes) => {
                    wrong.push(mistakes);
                    continue;
                }
            },
        };
        known::warn(file, &contract);
        let (label, told) = (contract.label(), contract.structure().told());
        output.line(format_args!("{}: ok, {label} with {told} values", file.display()))?;
    }
    output.end()?;
    if wrong.is_empty() { Ok(()) } else { Err(known::failure(&wrong)) }
}
