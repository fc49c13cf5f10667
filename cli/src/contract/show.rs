//! `headcount contract show`: the contract as it is written.

use std::fs;

use anyhow::Context as _;
use headcount_contract::Library;

use crate::exit::{OrConfiguration as _, Outcome};
use crate::{known, output};

/// Prints the contract behind comments that say what is computed from it. The output is a contract
/// file with the same digest, and so a start for one's own.
pub(crate) fn run(meant: &str) -> Outcome {
    let contract = known::find(meant)?;
    let text = match Library::built_in()
        .find(meant)
        .and_then(|known| Library::built_in_text(&known.label()))
    {
        Some(text) => text.to_owned(),
        None => fs::read_to_string(meant)
            .with_context(|| format!("expected a contract in {meant}"))
            .or_configuration()?,
    };
    output::print(&format!(
        "# contract:   {}\n# digest:     {}\n# schema URL: {}\n\n{text}",
        contract.label(),
        contract.digest(),
        contract.schema_url(),
    ))
}
