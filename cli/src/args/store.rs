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
    /// Look whether everything that is stored is whole; exits with 1 where something is not.
    ///
    /// Looks at the file's structure, and whether every report opens with the secret, can be read
    /// and is for its day. It works while a receiver runs on the same database, which may be
    /// slower meanwhile. Without --remove-damaged nothing is changed.
    #[command(verbatim_doc_comment)]
    Check(Check),
    /// Count what is stored, and what that takes.
    ///
    /// Looks at every report, so it takes a while where there are millions. It works while a
    /// receiver runs on the same database.
    #[command(verbatim_doc_comment)]
    Stats(Stats),
    /// Copy the database while a receiver runs on it.
    ///
    /// The copy is the state of one moment, for its owner alone, and there whole and flushed or
    /// not at all. Nothing that is there is replaced.
    #[command(verbatim_doc_comment)]
    Backup(Backup),
    /// Put reports from files into the store.
    ///
    /// Each line of a file is one request, as OTLP/JSON: a bundle that was carried out of an air
    /// gap, or what the OpenTelemetry Collector's file exporter writes. It is checked as if it had
    /// come over the network. Importing again changes nothing. A receiver may run on the same
    /// database.
    #[command(verbatim_doc_comment)]
    Import(Import),
}

/// The store, and nothing else.
#[derive(Debug, Args)]
#[command(after_help = CHECK)]
pub(crate) struct Check {
    /// Delete reports that cannot be read, and correct the list of instances.
    #[arg(long)]
    pub(crate) remove_damaged: bool,
    #[command(flatten)]
    pub(crate) store: Store,
}

const CHECK: &str = "\
Each damage is one line: a report by its contract, day and the keyed hash of its instance.
What is deleted is gone: keep a backup of before.

Examples:
  headcount store check --config /etc/headcount/headcount.toml
  headcount store check --store sqlite:copy.db --remove-damaged";

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: Store,
    /// Know this contract, beside the built-in ones.
    #[arg(long = "contract-file", value_name = "FILE")]
    pub(crate) contracts: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = BACKUP)]
pub(crate) struct Backup {
    /// The file to make; there must be none of that name.
    #[arg(value_name = "TO")]
    pub(crate) to: PathBuf,
    /// Copy the receiver's secret, too, into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) with_secret: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: Store,
}

const BACKUP: &str = "\
Without the secret a copy is useless to everybody, you included. It never changes, so copy it
once, and keep it apart from the copies of the database: whoever has both can read them.

Examples:
  headcount store backup /backup/2026-11-21.db --config /etc/headcount/headcount.toml
  headcount store backup first.db --with-secret /safe/headcount.secret";

#[derive(Debug, Args)]
#[command(after_help = IMPORT)]
pub(crate) struct Import {
    /// Files of OTLP/JSON lines; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) store: Store,
    /// Know this contract, beside the built-in ones.
    #[arg(long = "contract", visible_alias = "contract-file", value_name = "FILE")]
    pub(crate) contracts: Vec<PathBuf>,
}

const IMPORT: &str = "\
For each file it prints how many reports were added, and how many were known already; one that
comes in several parts counts for each. Lines that are no requests are named on standard error,
the others are kept. It exits with 1 where anything was not taken.

The configuration is that of `headcount serve`: its store and its contracts, from the file
and from variables such as HEADCOUNT_STORE.

Examples:
  headcount store import --store sqlite:headcount.db monday.jsonl tuesday.jsonl
  zstdcat archive.jsonl.zst | headcount store import --config /etc/headcount/headcount.toml -";

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
