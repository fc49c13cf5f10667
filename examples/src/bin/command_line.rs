//! A command-line tool that counts files, and reports what it did where its user agreed.
//!
//! ```text
//! command_line [DIRECTORY]         counts files; reports, where the answer was yes
//! command_line --usage yes|no      keeps the answer
//! command_line --usage notice      says what is reported, and how to decline
//! command_line --usage show        shows what a report of this directory would say
//! ```
//!
//! `TIDY_ENDPOINT` says where reports go, `TIDY_STATE` in which directory the answer is kept.
//! `TIDY_USAGE=false` declines, whatever the answer was.
#![expect(clippy::print_stdout, reason = "its output is for people")]
#![expect(clippy::print_stderr, reason = "its output is for people")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use headcount::Exporter;
use headcount::contract::{Contract, Level, NoticeFacts};
use headcount::opentelemetry::KeyValue;

/// The extensions that are told apart.
const KINDS: [&str; 5] = ["md", "rs", "toml", "txt", "yaml"];

type Counts = BTreeMap<&'static str, u64>;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => run(Path::new(".")),
        ["--usage", answer @ ("yes" | "no")] => keep(answer),
        ["--usage", "notice"] => notice(),
        ["--usage", "show"] => show(Path::new(".")),
        [directory] if !directory.starts_with('-') => run(Path::new(directory)),
        _ => bail!("expected a directory, or --usage yes|no|notice|show, got {arguments:?}"),
    }
}

/// The tool's own work; the report comes after it, and cannot make it fail.
fn run(directory: &Path) -> Result<()> {
    let counts = count(directory)?;
    for (extension, files) in &counts {
        println!("{files:6} {extension}");
    }
    let exporter = exporter(counts)?;
    let status = exporter.status()?;
    if status.reporting {
        match exporter.send_now() {
            Ok(outcome) => eprintln!("usage report: {outcome}"),
            Err(error) => eprintln!("usage report: {error}"),
        }
    } else if status.declined_by.is_none() {
        eprintln!("usage report? read --usage notice, then say --usage yes or no");
    }
    Ok(())
}

fn notice() -> Result<()> {
    println!("{}", exporter(Counts::new())?.notice()?);
    Ok(())
}

fn show(directory: &Path) -> Result<()> {
    println!("{}", exporter(count(directory)?)?.preview()?);
    Ok(())
}

fn count(directory: &Path) -> Result<Counts> {
    let mut counts = BTreeMap::new();
    let entries = fs::read_dir(directory).with_context(|| format!("{}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            let extension = path.extension().and_then(|extension| extension.to_str());
            let known = extension.and_then(|found| KINDS.iter().find(|kind| **kind == found));
            *counts.entry(*known.unwrap_or(&"other")).or_default() += 1;
        }
    }
    Ok(counts)
}

fn exporter(counts: Counts) -> Result<Exporter> {
    let contract = Contract::parse("tidy.yaml", include_str!("../../contracts/tidy.yaml"))?;
    let endpoint = env::var("TIDY_ENDPOINT").unwrap_or_else(|_| "http://127.0.0.1:4318".to_owned());
    let facts = NoticeFacts {
        application: Some("the option --usage yes|no"),
        preview: Some("--usage show"),
        ..NoticeFacts::default()
    };
    let exporter = Exporter::builder(contract, data_directory())
        .endpoint(endpoint)
        .attribute("service.version", env!("CARGO_PKG_VERSION"))
        .attribute("os.type", env::consts::OS)
        .notice_facts(facts)
        // Nobody waits longer than this for a tool to end.
        .timeout(Duration::from_secs(2))
        .build()?;
    let meter = exporter.meter();
    meter.u64_gauge("tidy.files").build().record(counts.values().sum(), &[]);
    let kinds = meter.u64_gauge("tidy.extension.files").build();
    for (extension, files) in counts {
        kinds.record(files, &[KeyValue::new("tidy.extension", extension)]);
    }
    Ok(exporter)
}

fn keep(answer: &str) -> Result<()> {
    let exporter = exporter(Counts::new())?;
    match answer {
        "yes" => exporter.agree(Level::Basic)?,
        _ => exporter.decline()?,
    }
    Ok(())
}

fn data_directory() -> PathBuf {
    env::var_os("TIDY_STATE").map_or_else(|| ".tidy-usage".into(), PathBuf::from)
}
