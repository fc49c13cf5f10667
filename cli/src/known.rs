//! The contracts that a command knows: those that ship, and those from files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use headcount_contract::{Contract, Library};

use crate::exit::{Failure, Outcome};
use crate::output;

/// Why a file is no contract.
pub(crate) struct Wrong {
    count: usize,
    /// A line for each mistake.
    text: String,
}

/// The built-in contracts and those of the files. All mistakes of all files are told at once.
pub(crate) fn library(files: &[PathBuf]) -> Outcome<Library> {
    let mut library = Library::built_in();
    let wrong: Vec<_> = files.iter().filter_map(|file| insert(&mut library, file).err()).collect();
    if wrong.is_empty() { Ok(library) } else { Err(failure(&wrong)) }
}

/// The contract that a person means: a built-in one by its label, or a file.
pub(crate) fn find(meant: &str) -> Outcome<Arc<Contract>> {
    let built_in = Library::built_in();
    if let Some(contract) = built_in.find(meant) {
        return Ok(Arc::clone(contract));
    }
    if !Path::new(meant).exists() {
        return Err(Failure::Configuration(anyhow!(
            "expected a file or a built-in contract ({}), got {meant}",
            built_in.labels().join(", ")
        )));
    }
    read(Path::new(meant)).map(Arc::new).map_err(|wrong| failure(&[wrong]))
}

/// Adds the contract of a file to those that are known.
pub(crate) fn add(library: &mut Library, file: &Path) -> Outcome<Arc<Contract>> {
    insert(library, file).map_err(|wrong| failure(&[wrong]))
}

fn insert(library: &mut Library, file: &Path) -> Result<Arc<Contract>, Wrong> {
    let contract = read(file)?;
    warn(file, &contract);
    let line = |text| Wrong { count: 1, text: format!("{}: {text}", file.display()) };
    library.add(contract).map_err(|known| line(known.to_string()))
}

/// Reads a contract.
pub(crate) fn read(file: &Path) -> Result<Contract, Wrong> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| Wrong {
        count: 1,
        text: format!("{name}: expected a file that can be read: {error}"),
    })?;
    Contract::parse(&name, &text)
        .map_err(|mistakes| Wrong { count: mistakes.iter().count(), text: mistakes.to_string() })
}

/// The failure that lists every mistake.
pub(crate) fn failure(wrong: &[Wrong]) -> Failure {
    let count = match wrong.iter().map(|wrong| wrong.count).sum::<usize>() {
        1 => "one mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    let lines: Vec<_> = wrong.iter().map(|wrong| wrong.text.as_str()).collect();
    Failure::Configuration(anyhow!(
        "expected contracts without mistakes, got {count}\n{}",
        lines.join("\n")
    ))
}

/// Tells what is allowed in a contract but unwise.
pub(crate) fn warn(file: &Path, contract: &Contract) {
    for warning in contract.warnings() {
        let (at, text) = (warning.at, &warning.text);
        output::note(format_args!("{}:{}:{}: warning: {text}", file.display(), at.line, at.column));
    }
}
