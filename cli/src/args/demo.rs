//! What a person can ask of a demonstration.

use clap::Args;

use super::Address;

#[derive(Debug, Args)]
#[command(after_help = DEMO)]
pub(crate) struct Demo {
    /// Leave the receiver running, until Ctrl-C.
    #[arg(long, conflicts_with = "year")]
    pub(crate) keep: bool,
    /// See the published figures instead: a year of synthetic instances, and the page they make.
    #[arg(long)]
    pub(crate) year: bool,
    #[command(flatten)]
    pub(crate) of_year: Year,
}

/// What there is to say about a year.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --year")]
pub(crate) struct Year {
    /// Of each application, so many instances.
    #[arg(long, value_name = "NUMBER", default_value_t = 500, requires = "year")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) instances: u32,
    /// Of this application; may be given several times [default: openfn and manyfold].
    #[arg(long, value_name = "NAME", requires = "year")]
    #[arg(value_parser = ["openfn", "openwisp", "flowforge", "flowfuse", "manyfold", "all"])]
    pub(crate) contract: Vec<String>,
    /// So many days, of which the last is the day before yesterday.
    #[arg(long, value_name = "NUMBER", default_value_t = 365, requires = "year")]
    #[arg(value_parser = clap::value_parser!(i32).range(1..=3650))]
    pub(crate) days: i32,
    /// Another world: the same number gives the same one.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "year")]
    pub(crate) seed: u64,
    /// Listen here; port 0 picks one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", requires = "year")]
    pub(crate) listen: Address,
    /// Keep everything in memory in place of SQLite in a temporary folder.
    #[arg(long, requires = "year")]
    pub(crate) memory: bool,
    /// End when the year is over, in place of leaving the page open until Ctrl-C.
    #[arg(long, requires = "year")]
    pub(crate) no_wait: bool,
}

const DEMO: &str = "\
Examples:
  headcount demo
  headcount demo --year
  headcount demo --year --contract all --listen 127.0.0.1:8080
  headcount demo --year --instances 100 --days 90 --no-wait";
