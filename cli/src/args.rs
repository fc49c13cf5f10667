//! What a person can ask for. These texts are the help, and `cli/README.md` is made of them.

mod collector;
mod demo;
mod figures;
pub(crate) mod operator;
mod relay;
mod serve;
mod store;
mod value;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use headcount_receiver::Location;
use jiff::civil::Date;

pub(crate) use collector::Collector;
pub(crate) use demo::{Demo, Year};
pub(crate) use figures::Figures;
pub(crate) use relay::Relay;
pub(crate) use serve::Serve;
pub(crate) use store::{
    Backup, Check as StoreCheck, Erase as StoreErase, Import, Show, Stats, StoreCommand, Whose,
};
pub(crate) use value::{Address, Selection};

/// Usage reports over OpenTelemetry, by contract and with consent.
///
/// A contract says what an application reports about itself. The application records it
/// as OpenTelemetry gauges, an exporter sends what the contract lists over OTLP, and a
/// receiver keeps it as the documented JSON report.
#[derive(Debug, Parser)]
#[command(name = "headcount", version, verbatim_doc_comment)]
#[command(arg_required_else_help = true, after_help = BEGIN)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const BEGIN: &str = "\
Begin with:
  headcount demo                           see it all work in seconds, without any set-up
  headcount contract notice manyfold/0.90  what an operator is told

Exit codes:
  0   done
  1   failed, or the answer is no: `contract diff` where the new contract widens
  2   wrong usage
  64  a configuration or a contract is wrong";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See the main job: five applications report, a receiver stores what they document.
    ///
    /// It starts a receiver with SQLite in a temporary folder, and one instance of each of five
    /// applications, which report to it over the loopback. Nothing leaves this machine, and
    /// nothing stays behind. With --year, hundreds of instances report for a year of days, and the
    /// page of the figures is left open to look at.
    #[command(verbatim_doc_comment)]
    Demo(Demo),
    /// Receive reports and keep them.
    ///
    /// Each address speaks OTLP/gRPC and OTLP/HTTP, with TLS where it has a certificate. The
    /// built-in contracts are known. SIGTERM, SIGHUP and Ctrl-C end it, after the requests in
    /// flight are answered.
    #[command(verbatim_doc_comment)]
    Serve(Serve),
    /// Keep what applications tell, and report it once a day.
    ///
    /// Applications in any language send it their OpenTelemetry metrics at any interval, themselves or
    /// through a Collector. Of these it keeps what one contract lists, ids hashed, and sends one report
    /// a day for each instance, with one operator's consent. It listens like a receiver: OTLP/gRPC and
    /// OTLP/HTTP on each address. SIGTERM, SIGHUP and Ctrl-C end it.
    #[command(verbatim_doc_comment)]
    Relay(Relay),
    /// Print stored reports as JSON lines.
    ///
    /// Each line is one report, exactly as the application documents it. It works while a receiver
    /// runs on the same database. Reports that lack something are left out, and named on standard
    /// error.
    #[command(verbatim_doc_comment)]
    Reports(Reports),
    /// Show the published figures of an application: tables, bars, curves.
    ///
    /// They are those of the page: of frozen days only, and hidden where too few instances are behind
    /// them. From a database they are read beside a running receiver.
    #[command(verbatim_doc_comment)]
    Stats(Figures),
    /// Look into the store, and erase in it.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Receive reports and show what a receiver would store. Stores nothing.
    ///
    /// Point an exporter or any OpenTelemetry SDK at it. For each request it shows the reports, what
    /// was stripped, and what was rejected and where.
    #[command(verbatim_doc_comment)]
    Inspect(Inspect),
    /// Send reports that `headcount operator export` wrote on a machine without a network.
    ///
    /// Each line is checked by its contract before any is sent. Exits with 1 where one was not
    /// delivered; what is sent a second time counts once.
    #[command(verbatim_doc_comment)]
    Send(Send),
    /// Work on usage contracts.
    ///
    /// A contract is named by the label of a built-in one, such as openfn/2 (or openfn for the
    /// newest), or by the path of a file.
    #[command(subcommand, verbatim_doc_comment)]
    Contract(Contract),
    /// See and decide about the usage reports of an application that runs here.
    ///
    /// Works on the directory in which the application keeps what belongs to its reports, for
    /// every application that uses the library. Where only the application can tell, it is asked:
    /// it looks every two seconds. Run this as the application's user.
    ///
    /// In the directory of `headcount relay`, notice, agree, decline and diff are about all
    /// instances behind it; every other command does its work for each of them, under a heading
    /// where they are several (as JSON: in a list, each with its label as `instance`).
    #[command(subcommand, verbatim_doc_comment)]
    Operator(operator::Operator),
}

/// Where reports are kept.
#[derive(Debug, Args)]
pub(crate) struct Store {
    /// Where reports are kept [default: sqlite:headcount.db].
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<Location>,
    /// Read this configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = REPORTS)]
pub(crate) struct Reports {
    /// Only reports of this contract; a file need not be known otherwise.
    #[arg(long, value_name = "NAME[/VERSION]|FILE.yaml")]
    pub(crate) contract: Option<Selection>,
    /// Only reports for this UTC day.
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["from", "to"])]
    pub(crate) date: Option<Date>,
    /// Only reports for this UTC day and later.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<Date>,
    /// Only reports for this UTC day and earlier.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: Option<Date>,
    /// Print what lacks in incomplete reports, instead of the complete ones.
    #[arg(long)]
    pub(crate) incomplete: bool,
    /// Print for each report what the receiver added to it, too, as {"report": …, "derived": …}.
    #[arg(long, conflicts_with = "incomplete")]
    pub(crate) derived: bool,
    #[command(flatten)]
    pub(crate) store: Store,
    /// Know this contract, beside the built-in ones.
    #[arg(long = "contract-file", value_name = "FILE")]
    pub(crate) contracts: Vec<PathBuf>,
}

const REPORTS: &str = "\
The configuration is that of `headcount serve`: its store and its contracts, from the file
and from variables such as HEADCOUNT_STORE.

Examples:
  headcount reports
  headcount reports --contract openfn/2 --from 2026-11-01 | jq .instance.no_of_users
  headcount reports --store sqlite:shop.db --contract shop.yaml --date 2026-11-01
  headcount reports --store sqlite:shop.db --contract-file shop.yaml --incomplete";

#[derive(Debug, Args)]
#[command(after_help = INSPECT)]
pub(crate) struct Inspect {
    /// Listen here; port 0 picks one [default: 127.0.0.1:4317 and 127.0.0.1:4318].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Vec<Address>,
    /// Know this contract, beside the built-in ones.
    #[arg(long = "contract", visible_alias = "contract-file", value_name = "FILE")]
    pub(crate) contracts: Vec<PathBuf>,
}

const INSPECT: &str = "\
Example, in two terminals:
  headcount inspect --contract shop.yaml
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 python shop.py";

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The bundle: lines of OTLP/JSON.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where to send it: the URL of a receiver, a relay or an OpenTelemetry Collector.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: String,
    /// Know this contract, beside the built-in ones.
    #[arg(long = "contract", visible_alias = "contract-file", value_name = "FILE")]
    pub(crate) contracts: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contract {
    /// Check contracts: all mistakes of all files at once, with file, line and column.
    Check {
        /// Files, or built-in contracts such as openfn/2.
        #[arg(required = true, value_name = "CONTRACT")]
        files: Vec<PathBuf>,
    },
    /// List the built-in contracts.
    List,
    /// Print the contract itself, with its digest: a start for your own.
    Show(Named),
    /// Print the JSON Schema (2020-12) of the report.
    Schema(Named),
    /// Print the documentation page, as Markdown.
    Docs(Named),
    /// Print the notice that an operator reads before anything is sent.
    Notice(Notice),
    /// Print an example report.
    Example(Named),
    /// Print a configuration for the OpenTelemetry Collector that forwards these reports only.
    ///
    /// A pipeline of its own takes a copy of what a receiver of your Collector gets, drops and
    /// strips whatever the contract does not list, and sends the rest. Your pipelines stay as they
    /// are. What a rule does not name, or cannot decide, does not pass.
    #[command(verbatim_doc_comment)]
    Collector(Collector),
    /// Print a Grafana dashboard of the published figures, as JSON.
    ///
    /// It shows what a Prometheus reads from a receiver's /NAME/metrics, whichever Prometheus is chosen
    /// where it is imported. `deploy/grafana` has those of the built-in contracts.
    #[command(verbatim_doc_comment)]
    Grafana(Named),
    /// Print a semantic-convention registry, or write it.
    ///
    /// It is for OpenTelemetry's own tool, Weaver: metrics, attributes and the instance as an
    /// entity, in files of `definition/2`. It stands alone: nothing has to be fetched to read it.
    #[command(verbatim_doc_comment)]
    Weaver(Weaver),
    /// Compare two contracts; exits with 1 where the new one widens.
    ///
    /// A contract widens where it lets more leave than operators agreed to. Exits with 0 where it
    /// narrows or only words change, and with 1 where a single change widens.
    #[command(verbatim_doc_comment)]
    Diff {
        /// What operators agreed to.
        #[arg(value_name = "OLD")]
        old: String,
        /// What is to replace it.
        #[arg(value_name = "NEW")]
        new: String,
    },
}

/// One contract.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// A built-in contract, such as openfn/2, or a file.
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: String,
}

#[derive(Debug, Args)]
pub(crate) struct Notice {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Where reports go [default: the contract's endpoint, else a made-up one].
    #[arg(long, value_name = "URL")]
    pub(crate) destination: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = WEAVER)]
pub(crate) struct Weaver {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Write all its files here [default: print contract.yaml].
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) to: Option<PathBuf>,
}

const WEAVER: &str = "\
Example:
  headcount contract weaver openfn/2 --to registry
  weaver registry check --registry registry
  weaver registry live-check --registry registry";

impl Arguments {
    /// Reads the command line; ends the process with 2 where it makes no sense.
    pub(crate) fn read() -> Self {
        let arguments = Self::parse();
        if let Command::Reports(Reports { from: Some(from), to: Some(to), .. }) = &arguments.command
            && from > to
        {
            let text = format!("expected --from not to be after --to, got {from} and {to}");
            let mut command = Self::command();
            command.build();
            let reports = command.find_subcommand_mut("reports");
            let reports = reports.expect("its arguments were read a moment ago");
            reports.error(ErrorKind::ValueValidation, text).exit();
        }
        arguments
    }
}
