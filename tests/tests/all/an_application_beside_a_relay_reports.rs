//! The programs of `examples/` in other languages than Rust, and the commands of their README.md, each as it stands there:
//! an application with a stock SDK, and a relay beside it, report as OpenFn documents.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::slice;

use anyhow::{Context as _, ensure};
use headcount_contract::Document;
use headcount_tests::{Encoding, Receiver, Sdk, Terminal, Way, at_another_time, blocks, contains};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::stock::{Application, Cell, How, Relays};

/// The ids that the programs tell, in clear.
const IDS: [&str; 3] = [
    "3cfb674b-e878-470d-b7c0-cfa8f7e003ae",
    "cf2f5ed0-c1d6-4ae8-8b5f-1a4a3b1f0d01",
    "71e1c5a2-5d0b-4c6f-8e0a-2b9d4f6a8c11",
];

/// Does what the README.md in that folder says, with the program that lies beside it.
fn check(folder: &str, program: &[&str]) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("../examples").join(folder);
    let document = fs::read_to_string(folder.join("README.md"))?;
    let commands = blocks(&document, "sh");
    let [serve, relay, first_day, next_day] = commands.as_slice() else {
        anyhow::bail!("expected four blocks of commands, got {commands:#?}");
    };
    let files: Vec<_> = program.iter().map(|file| folder.join(file)).collect();
    let terminal = Terminal::with(&files, &[4318, 4319])?;
    // What `npm install` would fetch.
    terminal.link(&root.join("peers/node/node_modules"))?;
    let _receiver = terminal.start(serve, &[])?;
    let relaying = terminal.start(relay, &[])?;
    for command in first_day.lines() {
        let said = terminal.run(command)?.success()?;
        ensure!(said.stdout.is_empty(), "{command} printed {}", said.stdout);
    }
    relaying.stop()?;
    nothing_in_clear(&terminal.folder().join("usage"))?;

    let tomorrow = today().tomorrow()?;
    let then = at_another_time(&format!("{tomorrow} 12:00:00"), 60)?;
    let then = then.each_ref().map(|(name, value)| (*name, OsStr::new(value)));
    let _relaying = terminal.start(relay, &then)?;
    let (history, reports) = next_day.trim_end().split_once('\n').context("two commands")?;
    let told = terminal.until(reports, |printed| !printed.is_empty())?;
    ensure!(told.trim_end() == documented(&document, &told)?, "{told}");
    let history = terminal.run(history)?.success()?.stdout;
    ensure!(history.trim_end().ends_with("delivered, the receipt is right"), "{history}");
    Ok(())
}

/// The report in the document, of the day before the one at whose beginning it stands, which is the day of this test.
fn documented(document: &str, told: &str) -> anyhow::Result<String> {
    let shown = blocks(document, "json");
    let [shown] = shown.as_slice() else { anyhow::bail!("expected one report, got {shown:#?}") };
    let mut expected = Document::parse(shown).map_err(anyhow::Error::msg)?.to_string();
    let [shown, told]: [Value; 2] = [serde_json::from_str(shown)?, serde_json::from_str(told)?];
    let day: Date = told["report_date"].as_str().context("a day")?.parse()?;
    ensure!(day == today() || day.tomorrow()? == today(), "{told}");
    let ends = format!("{}T00:00:00.000000Z", day.tomorrow()?);
    for (key, is) in [("report_date", day.to_string()), ("generated_at", ends)] {
        let was = shown[key].as_str().context("the document's report has both")?;
        expected = expected.replace(was, &is);
    }
    Ok(expected)
}

/// No file of the relay's holds an id as the program tells it.
fn nothing_in_clear(folder: &Path) -> anyhow::Result<()> {
    let mut files = Vec::new();
    walk(folder, &mut files)?;
    ensure!(files.iter().any(|file| file.ends_with("held.sqlite")), "{files:?}");
    for file in files {
        let content = fs::read(&file)?;
        for id in IDS {
            ensure!(!contains(&content, id.as_bytes()), "{} holds {id}", file.display());
        }
    }
    Ok(())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { walk(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

#[test]
fn the_program_in_the_relays_own_readme() -> anyhow::Result<()> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../relay/README.md");
    let readme = fs::read_to_string(readme)?;
    let programs = blocks(&readme, "python");
    let [program] = programs.as_slice() else { anyhow::bail!("expected one, got {programs:#?}") };
    let receiver = Receiver::start()?;
    let terminal = Terminal::with(&[], &[])?;
    fs::write(terminal.folder().join("usage.py"), program)?;
    let how = How { sdk: Sdk::Python, way: Way::Protobuf, encoding: Encoding::Identity };
    let cell = Cell { how, number: 0, application: Application::read("openfn/2")? };
    let mut relays = Relays::start(slice::from_ref(&cell), &receiver.endpoint())?;
    let started = Timestamp::now();
    let endpoint = format!("http://{}", relays.address(&cell)?);
    terminal.run(&format!("OTEL_EXPORTER_OTLP_ENDPOINT={endpoint} python usage.py"))?.success()?;
    relays.report(started, || Ok(!receiver.reports(&[])?.is_empty()))?;
    relays.close()?;
    let report = receiver.only_report()?;
    let users = |of: &Value| (of["no_of_users"].as_u64(), of["no_of_active_users"].as_u64());
    assert_eq!(users(&report["instance"]), (Some(12), Some(7)), "{report}");
    assert_eq!(users(&report["projects"][0]), (Some(3), Some(2)), "{report}");
    Ok(())
}

#[test]
fn in_python() -> anyhow::Result<()> {
    check("python", &["usage.py"])
}

#[test]
fn in_node() -> anyhow::Result<()> {
    check("node", &["usage.mjs"])
}

#[test]
fn in_go() -> anyhow::Result<()> {
    check("go", &["main.go", "go.mod", "go.sum"])
}
