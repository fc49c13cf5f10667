//! Synthetic instances report for some weeks to the receiver of `headcount demo --year`; the figures are those of the
//! reports that it stored, and a terminal shows them at every width.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, ensure};
use headcount_tests::{Finished, Year, headcount, run};
use jiff::civil::Date;
use serde_json::Value;

/// Groups of fewer are not shown, by OpenFn's contract.
const MIN_COUNT: f64 = 5.0;

/// What `headcount stats` says of its figures.
fn told(year: &Year, arguments: &[&str]) -> anyhow::Result<Finished> {
    let mut command = headcount()?;
    command.arg("stats").args(arguments).args(["--from", year.url()]);
    run(&mut command)?.success()
}

/// The latest report of each instance within so many days that end with this one.
fn latest(reports: &[Value], last: Date, window: i32) -> anyhow::Result<Vec<&Value>> {
    let first = last.checked_sub(jiff::Span::new().days(window - 1))?;
    let mut latest = BTreeMap::<&str, (Date, &Value)>::new();
    for report in reports {
        let date: Date = report["report_date"].as_str().context("a date")?.parse()?;
        let instance = report["instance"]["hashed_uuid"].as_str().context("an id")?;
        let newer = latest.get(instance).is_none_or(|(known, _)| *known < date);
        if (first..=last).contains(&date) && newer {
            latest.insert(instance, (date, report));
        }
    }
    Ok(latest.into_values().map(|(_, report)| report).collect())
}

/// What OpenFn's impact figures come to in a report.
fn impact(figure: &str, report: &Value) -> f64 {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let projects = list(&report["projects"]);
    let workflows = projects.iter().flat_map(|project| list(&project["workflows"]));
    match figure {
        "projects" => projects.iter().map(|_| 1.0).sum(),
        "workflows" => workflows.map(|_| 1.0).sum(),
        "runs" => workflows.filter_map(|workflow| workflow["no_of_runs"].as_f64()).sum(),
        "users" => report["instance"]["no_of_users"].as_f64().unwrap_or_default(),
        _ => 1.0,
    }
}

#[test]
fn openfns_impact_is_that_of_the_stored_reports() -> anyhow::Result<()> {
    let year = Year::of(&["--instances", "40", "--days", "40"])?;
    let mut command = headcount()?;
    let store = format!("sqlite:{}", year.behind("stored in")?);
    command.args(["reports", "--contract", "openfn", "--store", &store]);
    let reports = run(&mut command)?.success()?.stdout;
    let reports = reports.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    ensure!(reports.len() > 500, "{}", reports.len());

    let stats: Value = serde_json::from_str(&told(&year, &["openfn", "--json"])?.stdout)?;
    for (figure, window) in
        [("instances", 7), ("projects", 7), ("workflows", 7), ("users", 7), ("runs", 1)]
    {
        let shown = &stats["figures"][figure];
        let as_of = shown["as_of"].as_str().context("a day")?.parse()?;
        let latest = latest(&reports, as_of, window)?;
        let expected: f64 = latest.iter().map(|report| impact(figure, report)).sum();
        assert_eq!(shown["total"].as_f64(), Some(expected), "{figure}: {shown}");
        ensure!(expected >= MIN_COUNT, "{figure}: {expected}");
    }
    let groups = stats["figures"]["versions"]["groups"].as_array().context("groups")?;
    ensure!(groups.iter().all(|group| group["value"].as_f64() >= Some(MIN_COUNT)), "{groups:?}");

    // From the database itself it says the same.
    let mut command = headcount()?;
    command.args(["stats", "openfn", "--json", "--store", &store]);
    let own: Value = serde_json::from_str(&run(&mut command)?.success()?.stdout)?;
    assert_eq!(own, stats);
    Ok(())
}

#[test]
fn a_terminal_shows_them_at_every_width_and_memory_forgets() -> anyhow::Result<()> {
    let arguments = ["--instances", "30", "--days", "35", "--contract", "manyfold", "--memory"];
    let year = Year::of(&arguments)?;
    let stats: Value = serde_json::from_str(&told(&year, &["manyfold", "--json"])?.stdout)?;
    let instances = stats["instances"].as_i64().context("a number")?.to_string();
    for columns in [60, 120] {
        for (locale, ascii) in [("C", true), ("C.UTF-8", false)] {
            let shown = in_a_terminal(&year, columns, locale)?;
            ensure!(shown.contains('\u{1b}'), "a terminal has colours");
            let shown = plain(&shown);
            for line in shown.lines() {
                ensure!(line.chars().count() <= columns, "{columns}: {line}");
            }
            assert_eq!(shown.is_ascii(), ascii, "{shown}");
            let total =
                shown.lines().find(|line| line.starts_with("instances ")).context("a total")?;
            assert_eq!(total.split_whitespace().nth(1), Some(instances.as_str()), "{total}");
            ensure!(shown.contains("Instances by release"), "{shown}");
            // Broken where the line is full.
            let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            ensure!(words.contains("forgotten when the receiver restarts"), "{shown}");
        }
    }
    let piped = told(&year, &["manyfold"])?.stdout;
    ensure!(!piped.contains('\u{1b}'), "no terminal, no colours: {piped}");

    let mut command = headcount()?;
    command.args(["stats", "nothing", "--from", year.url()]);
    let missing = run(&mut command)?;
    assert_eq!(missing.code()?, 1);
    ensure!(
        missing.stderr.contains("/nothing/data.json")
            && missing.stderr.contains("is the name right"),
        "{missing:?}"
    );
    forgets(year)
}

/// After a restart there are no figures.
fn forgets(year: Year) -> anyhow::Result<()> {
    let address = year.url().trim_start_matches("http://").to_owned();
    let url = year.url().to_owned();
    drop(year);
    let arguments = [
        "--instances",
        "1",
        "--days",
        "1",
        "--contract",
        "manyfold",
        "--memory",
        "--listen",
        &address,
    ];
    let again = Year::of(&arguments)?;
    assert_eq!(again.url(), url);
    let stats: Value = serde_json::from_str(&told(&again, &["manyfold", "--json"])?.stdout)?;
    ensure!(stats["instances"].as_i64() <= Some(1), "{stats}");
    Ok(())
}

/// What `headcount stats` writes to a terminal of so many columns.
fn in_a_terminal(year: &Year, columns: usize, locale: &str) -> anyhow::Result<String> {
    let program = headcount()?.get_program().to_string_lossy().into_owned();
    let url = year.url();
    let inside = format!("stty cols {columns} rows 40; '{program}' stats manyfold --from {url}");
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &inside, "/dev/null"]);
    for variable in ["CI", "NO_COLOR", "LANG", "LC_CTYPE", "COLUMNS"] {
        terminal.env_remove(variable);
    }
    terminal.env("LC_ALL", locale).env("TERM", "xterm-256color");
    Ok(run(&mut terminal)?.success()?.stdout.replace("\r\n", "\n"))
}

/// The text without what only sets colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}
