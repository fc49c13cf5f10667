//! What a person can ask of published figures.

use std::path::PathBuf;

use clap::Args;

use super::Store;

#[derive(Debug, Args)]
#[command(after_help = FIGURES)]
pub(crate) struct Figures {
    /// The application: the name of its contract, such as openfn.
    #[arg(value_name = "NAME", value_parser = name)]
    pub(crate) name: String,
    /// Read what a receiver publishes under this URL, in place of a database.
    #[arg(long, value_name = "URL", conflicts_with_all = ["store", "config", "contracts"])]
    pub(crate) from: Option<String>,
    /// Print what /NAME/stats says, as JSON.
    #[arg(long, conflicts_with = "definitions")]
    pub(crate) json: bool,
    /// Print how each figure is defined, too.
    #[arg(long)]
    pub(crate) definitions: bool,
    #[command(flatten)]
    pub(crate) store: Store,
    /// Know this contract, beside the built-in ones.
    #[arg(long = "contract-file", value_name = "FILE")]
    pub(crate) contracts: Vec<PathBuf>,
}

const FIGURES: &str = "\
The configuration is that of `headcount serve`: its store and its contracts, from the file
and from variables such as HEADCOUNT_STORE. A database is read with its secret.

Examples:
  headcount stats openfn --from https://usage.example.org
  headcount stats openfn --store sqlite:/var/lib/headcount/headcount.db --definitions
  headcount stats manyfold --from https://usage.example.org --json | jq .instances";

/// A name that stands in a path as it is. Those of contracts do.
fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !text.is_empty() && text.chars().all(fits) && !text.starts_with('.') {
        return Ok(text.to_owned());
    }
    Err("expected the name of a contract, such as openfn, without a version".to_owned())
}
