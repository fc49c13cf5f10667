//! What the person who runs an instance can ask for.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use headcount_contract::Level;

#[derive(Debug, Subcommand)]
pub(crate) enum Operator {
    /// Say who decided what, what waits, and when the next report is made.
    ///
    /// A running application answers for itself, since its environment has a say. Where none
    /// answers, the files of the directory and this command's own environment tell; standard
    /// error says which of both it is.
    #[command(verbatim_doc_comment)]
    Status(Status),
    /// Print the notice: what is told, where to, how often, and how to decline.
    Notice(Place),
    /// Print the report that would be sent now, without sending it.
    ///
    /// Works whatever was decided. A running application makes it. Where none answers, the newest
    /// report that waits is printed, else the newest of the history, else the contract's example;
    /// standard error says which, and the exit code is 1.
    #[command(verbatim_doc_comment)]
    Preview(Preview),
    /// Compare the contract that was agreed to with the application's.
    ///
    /// Exits with 1 where the application's tells more: that waits until somebody agrees to it,
    /// and what was agreed to goes on meanwhile.
    #[command(verbatim_doc_comment)]
    Diff(Place),
    /// Agree to reports by the application's contract, up to a level.
    ///
    /// On a terminal it prints the notice first, and asks.
    Agree(Agree),
    /// Decline, or take back what was agreed to. What waits to be sent is removed.
    ///
    /// What the contract says of a withdrawal happens at once: the receiver is asked to erase, the
    /// id is deleted, the withdrawal is told. Where the receiver cannot be reached, the
    /// application asks it later.
    #[command(verbatim_doc_comment)]
    Decline(Asked),
    /// Print what was sent, oldest first, and what the receiver said.
    History(History),
    /// Report now, whatever the schedule says.
    ///
    /// A running application makes the report. Where none answers, what waits is sent. Exits with 1
    /// where something was not delivered.
    #[command(verbatim_doc_comment)]
    Send(Send),
    /// Ask the receiver what it holds about this instance.
    ///
    /// Its receipts are compared with the local history: each report is held as it was sent, or it
    /// differs, is not held, or is not in the history. Exits with 1 where one is not as sent, and
    /// where the receiver does not tell: a Collector in between cannot.
    #[command(verbatim_doc_comment)]
    Held(Held),
    /// Have everything erased that the receiver holds about this instance.
    ///
    /// The reports of the local history are forgotten as well. Reports go on, unless they are
    /// declined. Exits with 1 where the receiver cannot be reached; the application asks it later.
    #[command(verbatim_doc_comment)]
    Erase(Erase),
    /// Move what waits into a file, for a machine without a network.
    ///
    /// Carry the file to a machine that has one, and give it to `headcount send`; or to the
    /// receiver, and give it to `headcount store import`. An existing file is never overwritten,
    /// and nothing is removed before the file is on the disk.
    #[command(verbatim_doc_comment)]
    Export(Export),
    /// Begin as a new instance, where its id was lost, damaged or copied.
    ///
    /// For files that cannot be restored, and for those that came along with a copy of another
    /// machine. Damaged files are set aside. The next report makes a new id, and a receiver counts
    /// another instance.
    #[command(verbatim_doc_comment)]
    Renew(Renew),
}

/// Which application is meant, and how long to wait for it.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Wait so long for a running application to take what it is asked; 0 asks none.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) wait: u64,
}

/// Which application is meant.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The directory in which the application keeps what belongs to its usage reports.
    #[arg(value_name = "DIRECTORY")]
    pub(crate) directory: PathBuf,
    /// Its contract, where it has not run yet: a file, or such as openfn/2.
    #[arg(long, value_name = "CONTRACT")]
    pub(crate) contract: Option<String>,
}

/// Which instance is meant, where there are several.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Only this one of the instances behind a relay; `status` lists them.
    #[arg(long, value_name = "LABEL")]
    pub(crate) instance: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    #[command(flatten)]
    pub(crate) asked: Asked,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) asked: Asked,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    #[command(flatten)]
    pub(crate) asked: Asked,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Write the bytes that would be sent into this file as well.
    #[arg(long, value_name = "FILE")]
    pub(crate) otlp: Option<PathBuf>,
    /// Print JSON: the report, where it is from, what it lacks and what stays behind.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Agree {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Up to this level.
    #[arg(long, value_name = "LEVEL", default_value = "basic")]
    pub(crate) level: UpTo,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Print the entries as JSON lines.
    #[arg(long, conflicts_with = "reports")]
    pub(crate) json: bool,
    /// Print the newest N reports themselves, as JSON lines.
    #[arg(long, value_name = "N")]
    pub(crate) reports: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Held {
    #[command(flatten)]
    pub(crate) asked: Asked,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    pub(crate) asked: Asked,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Renew {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) which: Which,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

/// The levels, as contracts write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UpTo(pub(crate) Level);

impl ValueEnum for UpTo {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(Level::Basic), Self(Level::Usage), Self(Level::Statistics), Self(Level::Diagnostics)]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.as_str()))
    }
}
