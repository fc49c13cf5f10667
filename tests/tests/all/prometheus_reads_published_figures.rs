//! A real Prometheus reads the published figures of a receiver with the shipped configuration, has nothing against them,
//! and answers every query of every dashboard.
//!
//! The figures are those of `headcount demo --year`: synthetic instances whose reports are sent to a real receiver, on a
//! clock that is turned from day to day.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use headcount_contract::Library;
use headcount_publish::{Brand, Site, sample};
use headcount_tests::{Prometheus, Year, get, run};
use serde_json::Value;
use tempfile::TempDir;

use crate::served::serve;

const APPLICATIONS: [&str; 5] = ["openfn", "openwisp", "flowforge", "flowfuse", "manyfold"];

/// So many that every figure has enough instances behind it, and so many days that two months are finished among them.
const WORLD: (u32, u32) = (200, 75);

/// The most series of an application: `publish/README.md` promises it.
const SERIES: usize = 500;

fn deploy(file: &str) -> anyhow::Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(file);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// The shipped configuration, for this receiver and in a hurry.
fn configured(address: &str, folder: &TempDir) -> anyhow::Result<PathBuf> {
    let shipped = deploy("prometheus/figures.yml")?;
    let target = "      - { targets: [usage.example.org], labels: { contract: ";
    ensure!(shipped.contains(target), "expected `{target}` in figures.yml");
    let kept = shipped.lines().filter(|line| !line.starts_with(target)).map(str::to_owned);
    let targets = APPLICATIONS.map(|name| {
        format!("      - {{ targets: [\"{address}\"], labels: {{ contract: {name} }} }}")
    });
    let mut text = kept.chain(targets).collect::<Vec<_>>().join("\n");
    for (shipped, here) in [
        ("scrape_interval: 1h", "scrape_interval: 1s"),
        ("scheme: https", "scheme: http"),
        ("evaluation_interval: 5m", "evaluation_interval: 1s"),
    ] {
        ensure!(text.contains(shipped), "expected `{shipped}` in figures.yml");
        text = text.replace(shipped, here);
    }
    fs::write(folder.path().join("figures.rules.yml"), deploy("prometheus/figures.rules.yml")?)?;
    let path = folder.path().join("figures.yml");
    fs::write(&path, text)?;
    Ok(path)
}

/// What is told of an application, as Prometheus' text.
fn told(address: &str, name: &str) -> anyhow::Result<String> {
    let answer = get(address.parse()?, &format!("/{name}/metrics"))?.success()?;
    Ok(String::from_utf8(answer.body.to_vec())?)
}

/// Prometheus' own check of a text has nothing to say.
fn linted(text: &str, folder: &TempDir) -> anyhow::Result<()> {
    let file = folder.path().join("metrics");
    fs::write(&file, text)?;
    let mut promtool = Command::new("sh");
    promtool.args(["-c", "promtool check metrics < \"$1\"", "sh"]).arg(&file);
    let said = run(&mut promtool)?.success()?;
    ensure!(said.stderr.is_empty() && said.stdout.is_empty(), "{}{}", said.stdout, said.stderr);
    Ok(())
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// The series that a text tells: each line without its value.
fn series(text: &str) -> BTreeSet<&str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect()
}

/// Whether the receiver may tell nothing of what a query is about: a bucket with too few instances leaves a gap between
/// the bars of a panel; and retention shows nobody where in a month too few joined or left, which depends on the months
/// that the days of the world fall into.
fn may_be_hidden(selector: &str) -> bool {
    selector.contains("{from=") || selector.ends_with("_retention")
}

/// Whether the receiver tells what a query is about.
fn is_told(selector: &str, told: &BTreeSet<&str>) -> bool {
    told.contains(selector) || told.iter().any(|told| told.split('{').next() == Some(selector))
}

/// What a query looks for.
fn selector(query: &str) -> anyhow::Result<&str> {
    let rest = query.split_once("last_over_time(").and_then(|(_, rest)| rest.split_once('['));
    Ok(rest.with_context(|| format!("expected last_over_time in {query}"))?.0)
}

/// The queries of a dashboard, each with the title of its panel.
fn queries(name: &str) -> anyhow::Result<Vec<(String, String)>> {
    let dashboard = deploy(&format!("grafana/headcount-{name}.json"))?;
    let dashboard: Value = serde_json::from_str(&dashboard)?;
    let mut queries = Vec::new();
    for panel in list(&dashboard, "panels").iter().filter(|panel| panel["type"] != "row") {
        let title = panel["title"].as_str().context("expected a title")?;
        let targets = list(panel, "targets");
        ensure!(!targets.is_empty(), "{name}, {title}: expected a query");
        for target in targets {
            let query = target["expr"].as_str().context("expected a query")?;
            queries.push((title.to_owned(), query.to_owned()));
        }
    }
    Ok(queries)
}

/// Every query of a dashboard has an answer, unless it is about what is hidden. Gives the number of panels.
fn answered(name: &str, told: &BTreeSet<&str>, prometheus: &Prometheus) -> anyhow::Result<usize> {
    let (mut panels, mut shown) = (BTreeSet::new(), BTreeSet::new());
    for (title, query) in queries(name)? {
        let selector = selector(&query)?;
        let expected = !may_be_hidden(selector) || is_told(selector, told);
        let answer = prometheus.query(&query)?;
        ensure!(expected != answer.is_empty(), "{name}, {title}: {query} gives {answer:?}");
        if expected || selector.ends_with("_retention") {
            shown.insert(title.clone());
        }
        panels.insert(title);
    }
    let empty: Vec<_> = panels.difference(&shown).collect();
    ensure!(empty.is_empty(), "{name}: nothing in {empty:?}");
    Ok(panels.len())
}

/// Every rule runs on what is really told, and no alarm sounds.
fn quiet(prometheus: &Prometheus) -> anyhow::Result<()> {
    // The rules run one after the other: this one needs what another one recorded.
    prometheus
        .wait("contract:headcount_figure_instances:max", |of| of.len() == APPLICATIONS.len())?;
    let rules = prometheus.get("/api/v1/rules")?;
    let rules: Vec<_> =
        list(&rules["data"], "groups").iter().flat_map(|g| list(g, "rules")).collect();
    ensure!(rules.len() == 10, "expected 10 rules, got {rules:?}");
    for rule in rules {
        ensure!(rule["health"] == "ok" && rule["state"] != "firing", "{rule}");
    }
    let alarms = prometheus.query("ALERTS{alertstate=\"firing\"}")?;
    ensure!(alarms.is_empty(), "{alarms:?}");
    Ok(())
}

#[test]
fn every_panel_of_every_dashboard_shows_something_and_no_alarm_sounds() -> anyhow::Result<()> {
    let (instances, days) = WORLD;
    let year = Year::live(&APPLICATIONS, instances, days)?;
    let address = year.url().strip_prefix("http://").context("expected an address of HTTP")?;
    let folder = tempfile::tempdir()?;
    let prometheus = Prometheus::start(&configured(address, &folder)?)?;
    prometheus.wait("up == 1", |up| up.len() == APPLICATIONS.len())?;
    let mut panels = 0;
    for name in APPLICATIONS {
        let text = told(address, name)?;
        linted(&text, &folder)?;
        let told = series(&text);
        ensure!((20..=SERIES).contains(&told.len()), "{name}: {} series", told.len());
        // What Prometheus adds about the scrape itself, such as `up`, has no figure.
        let scraped = format!("scrape_samples_post_metric_relabeling{{contract=\"{name}\"}}");
        let wanted = told.len().to_string();
        prometheus.wait(&scraped, |of| of.iter().any(|series| series.value == wanted))?;
        panels += answered(name, &told, &prometheus)?;
    }
    ensure!(panels > 90, "{panels} panels");
    quiet(&prometheus)
}

/// Retention as well, and every bucket: numbers that are made up hide nothing of the shipped contracts.
#[test]
fn nothing_of_a_dashboard_is_empty_where_nothing_is_hidden() -> anyhow::Result<()> {
    let applications = APPLICATIONS.map(|name| sample::built_in(name, 120));
    let site = Site::build(&applications, &Brand::default(), None);
    let pages = APPLICATIONS.map(|name| {
        let path = format!("/{name}/metrics");
        let page = site.get(&path).expect("it is served").representations[0].clone();
        (path, page)
    });
    let address = serve(pages.into_iter().collect())?.to_string();
    let folder = tempfile::tempdir()?;
    let prometheus = Prometheus::start(&configured(&address, &folder)?)?;
    for name in APPLICATIONS {
        let figures = format!("headcount_figures_frozen{{contract=\"{name}\"}}");
        prometheus.wait(&figures, |of| !of.is_empty())?;
        for (title, query) in queries(name)? {
            let answer = prometheus.query(&query)?;
            ensure!(!answer.is_empty(), "{name}, {title}: {query} gives nothing");
        }
    }
    Ok(())
}

#[test]
fn every_application_that_ships_is_read() {
    let library = Library::built_in();
    assert!(library.iter().all(|contract| APPLICATIONS.contains(&contract.name())));
}
