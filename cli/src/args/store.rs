//! What the person who runs a receiver can ask of its store.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Store;

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Print all that is held about one instance, as JSON lines.
    ///
    /// For whoever asks the makers by mail: the instance can ask the receiver itself, by its
    /// id. Each line is a report with its receipt; standard error says what is remembered of an
    /// erasure. It works while a receiver runs on the same database.
    #[command(verbatim_doc_comment)]
    Show(Show),
    /// Erase all that is held about one instance, of every version and day, for good.
    ///
    /// That it was is remembered for 30 days, so that nothing is kept again that a Collector brings
    /// late. It works while a receiver runs on the same database. Copies of the database are
    /// beyond its reach.
    #[command(verbatim_doc_comment)]
    Erase(Erase),
}

#[derive(Debug, Args)]
#[command(after_help = SHOW)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) whose: Whose,
}

const SHOW: &str = "\
The configuration is that of `headcount serve`: its store and its contracts, from the file
and from variables such as HEADCOUNT_STORE.

Examples:
  headcount store show manyfold 3cfb674b-e878-470d-b7c0-cfa8f7e003ae | jq .report
  headcount store show openfn - < id.txt";

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    pub(crate) whose: Whose,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// One instance, in one store.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The contract's name, such as openfn; every version is meant.
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: String,
    /// The instance's id, as the application knows it or as its reports tell it; - reads it.
    ///
    /// From standard input it shows neither among the processes nor in the shell's history.
    #[arg(value_name = "ID", verbatim_doc_comment)]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) store: Store,
    /// Know this contract, beside the built-in ones.
    #[arg(long = "contract-file", value_name = "FILE")]
    pub(crate) contracts: Vec<PathBuf>,
}
