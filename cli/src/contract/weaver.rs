//! `headcount contract weaver`: the contract as a semantic-convention registry.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use headcount_contract::RegistryFile;

use crate::args::Weaver;
use crate::exit::Outcome;
use crate::{known, output};

/// The file with what the contract itself lists.
const DEFINITIONS: &str = "contract.yaml";

/// Writes the registry, or prints its definitions.
pub(crate) fn run(Weaver { named, to }: &Weaver) -> Outcome {
    let registry = known::find(&named.contract)?.weaver_registry();
    if let Some(directory) = to {
        return write(&registry, directory);
    }
    let definitions = registry.iter().find(|file| file.name == DEFINITIONS);
    output::print(&definitions.expect("a registry has its definitions").text)
}

/// Writes every file, and prints the path of each. Files of these names are replaced.
fn write(registry: &[RegistryFile], directory: &Path) -> Outcome {
    fs::create_dir_all(directory).with_context(|| {
        format!("expected a directory that can be made: {}", directory.display())
    })?;
    let mut output = output::Output::take();
    for file in registry {
        let path = directory.join(file.name);
        fs::write(&path, &file.text)
            .with_context(|| format!("expected a file that can be written: {}", path.display()))?;
        output.line(path.display())?;
    }
    output.end()
}
