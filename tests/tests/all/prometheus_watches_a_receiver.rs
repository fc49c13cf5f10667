//! Prometheus itself checks the alarms, reads a running receiver with the shipped configuration, and finds that points
//! add up.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use headcount_tests::{Encoding, Prometheus, Receiver, Report, Serving, Way, post, run, send};

use crate::expected::yesterday;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> anyhow::Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("expected {path}"))
}

fn promtool(arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("promtool");
    command.args(arguments).current_dir(root().join("deploy/prometheus"));
    run(&mut command).context("expected promtool, which ./test installs")?.success()?;
    Ok(())
}

/// The words of a text that begin so.
fn words<'t>(text: &'t str, beginnings: &[&str]) -> BTreeSet<&'t str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| beginnings.iter().any(|beginning| word.starts_with(beginning))).collect()
}

#[test]
fn every_alarm_sounds_at_what_it_is_for_and_at_nothing_else() -> anyhow::Result<()> {
    promtool(&["check", "rules", "alerts.yml", "figures.rules.yml"])?;
    promtool(&["check", "config", "figures.yml"])?;
    promtool(&["test", "rules", "alerts.test.yml", "figures.test.yml"])
}

#[test]
fn every_alarm_has_a_page_and_is_about_metrics_that_there_are() -> anyhow::Result<()> {
    let page = read("deploy/ALERTS.md")?;
    let receiver = ["headcount_receiver_", "process_"];
    let mut names = alarms("alerts", (&page, "receiver/METRICS.md", &receiver))?;
    names.extend(alarms("figures", (&page, "publish/README.md", &["headcount_figure"]))?);
    ensure!(names.len() > 15, "{names:?}");
    let pages =
        page.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    ensure!(names == pages, "expected a page for each of {names:?}, got {pages:?}");
    Ok(())
}

/// The alarms of one file of rules: each is tested, has a part of the page, and is about metrics that are described.
fn alarms(
    file: &str,
    (page, described, beginnings): (&str, &str, &[&str]),
) -> anyhow::Result<BTreeSet<String>> {
    let rules = if file == "alerts" { "alerts.yml" } else { "figures.rules.yml" };
    let rules = read(&format!("deploy/prometheus/{rules}"))?;
    let tested = read(&format!("deploy/prometheus/{file}.test.yml"))?;
    let metrics = read(described)?;
    let names = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    let names: BTreeSet<_> = names.map(str::to_owned).collect();
    for name in &names {
        ensure!(page.contains(&format!("\n## {name}\n")), "expected {name} in deploy/ALERTS.md");
        let anchor = format!("runbook: ALERTS.md#{}", name.to_lowercase());
        ensure!(rules.contains(&anchor), "expected {anchor}");
        let both =
            [format!("alertname: {name} }}"), format!("alertname: {name}\n        exp_alerts")];
        for test in both {
            ensure!(tested.contains(&test), "expected a test with `{test}`");
        }
    }
    for metric in words(&(rules + page), beginnings) {
        let family = metric.strip_suffix("_bucket").unwrap_or(metric);
        ensure!(metrics.contains(&format!("`{family}`")), "expected {family} in {described}");
    }
    Ok(names)
}

/// A receiver with an operator's interface, whose token is made, and where that interface listens.
fn watched() -> anyhow::Result<(Receiver, String)> {
    let folder = Arc::new(tempfile::tempdir()?);
    let receiver =
        Serving::in_folder(&folder).arguments(["--set", "operator.listen=127.0.0.1:0"]).start()?;
    let address = receiver.operator()?;
    Ok((receiver, address))
}

/// The shipped configuration, for this receiver and in a hurry.
fn configured(receiver: &Receiver, address: &str) -> anyhow::Result<PathBuf> {
    let folder = receiver.folder();
    fs::copy(root().join("deploy/prometheus/alerts.yml"), folder.join("alerts.yml"))?;
    let text = read("deploy/prometheus/prometheus.yml")?;
    let mut hurried = text.clone();
    for (shipped, here) in [
        ("127.0.0.1:9464", address),
        ("headcount.token", "reports.sqlite.token"),
        ("scrape_interval: 30s", "scrape_interval: 1s"),
        ("evaluation_interval: 30s", "evaluation_interval: 100ms"),
    ] {
        ensure!(text.contains(shipped), "expected {shipped} in prometheus.yml");
        hurried = hurried.replace(shipped, here);
    }
    let path = folder.join("prometheus.yml");
    fs::write(&path, hurried)?;
    Ok(path)
}

#[test]
fn prometheus_reads_a_receiver_and_the_points_add_up() -> anyhow::Result<()> {
    let (receiver, address) = watched()?;
    let prometheus = Prometheus::start(&configured(&receiver, &address)?)?;
    prometheus.wait("up{job=\"headcount\"}", |up| up.iter().any(|up| up.value == "1"))?;
    let report = Report::read("openfn-2", yesterday())?;
    for way in Way::ALL {
        send(receiver.address(), &report, way, Encoding::Identity)?.success()?;
    }
    post(receiver.address(), b"nonsense", Way::Protobuf, Encoding::Identity)?;
    let ended = "sum(headcount_receiver_requests_total)";
    prometheus.wait(ended, |ended| ended.iter().any(|ended| ended.value == "4"))?;
    let only = |expression: &str| -> anyhow::Result<u64> {
        // A scrape that took too long leaves nothing until the next one.
        let came = prometheus.wait(expression, |came| came.len() == 1)?;
        Ok(came[0].value.parse()?)
    };
    let sent = only("headcount_receiver_points_sent_total")?;
    let accepted = only("headcount_receiver_points_accepted_total")?;
    ensure!(accepted > 0 && sent == 3 * accepted, "sent {sent}, accepted {accepted}");
    ensure!(only("headcount_receiver_points_duplicate_total")? == 2 * accepted);
    let added =
        "headcount_receiver_reports_total{contract=\"openfn\", version=\"2\", effect=\"added\"}";
    ensure!(only(added)? == 1);
    // All rules run on what is really told, and nothing is wrong.
    let rules = prometheus.get("/api/v1/rules")?;
    let rules = rules["data"]["groups"][0]["rules"].as_array().context("expected rules")?;
    ensure!(rules.len() > 10, "{rules:?}");
    for rule in rules {
        ensure!(rule["health"] != "err" && rule["state"] != "firing", "{rule}");
    }
    Ok(())
}
