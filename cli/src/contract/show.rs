//! `headcount contract show`: the contract as it is written.

use std::fs;

use anyhow::Context as _;
use headcount_contract::Library;

use crate::exit::{OrConfiguration as _, Outcome};
use crate::{known, output};

/// The text of every built-in contract, by its label.
const BUILT_IN: [(&str, &str); 8] = [
    ("openfn/1", include_str!("../../../contract/library/openfn/1.yaml")),
    ("openfn/2", include_str!("../../../contract/library/openfn/2.yaml")),
    ("openfn/3", include_str!("../../../contract/library/openfn/3.yaml")),
    ("openwisp/1", include_str!("../../../contract/library/openwisp/1.yaml")),
    ("flowforge/0.2", include_str!("../../../contract/library/flowforge/0.2.yaml")),
    ("flowfuse/1.5", include_str!("../../../contract/library/flowfuse/1.5.yaml")),
    ("flowfuse/2.15", include_str!("../../../contract/library/flowfuse/2.15.yaml")),
    ("manyfold/0.90", include_str!("../../../contract/library/manyfold/0.90.yaml")),
];

/// Prints the contract behind comments that say what is computed from it. The output is a contract
/// file with the same digest, and so a start for one's own.
pub(crate) fn run(meant: &str) -> Outcome {
    let contract = known::find(meant)?;
    let text = match Library::built_in().find(meant).and_then(|known| built_in(&known.label())) {
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

fn built_in(label: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == label).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use headcount_contract::Contract;

    use super::*;

    #[test]
    fn every_built_in_contract_is_shown_as_it_is() {
        let library = Library::built_in();
        assert_eq!(library.iter().count(), BUILT_IN.len());
        for contract in library.iter() {
            let text = built_in(&contract.label()).expect("every built-in contract has a text");
            let shown = Contract::parse("shown.yaml", text).expect("it is a contract");
            assert_eq!(shown.digest(), contract.digest());
        }
    }
}
