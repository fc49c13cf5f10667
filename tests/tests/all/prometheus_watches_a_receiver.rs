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
    promtool(&["check", "rules", "alerts.yml"])?;
    promtool(&["test", "rules", "alerts.test.yml"])
}

#[test]
fn every_alarm_has_a_page_and_is_about_metrics_that_there_are() -> anyhow::Result<()> {
    let (alerts, tested) =
        (read("deploy/prometheus/alerts.yml")?, read("deploy/prometheus/alerts.test.yml")?);
    let (page, metrics) = (read("deploy/ALERTS.md")?, read("receiver/METRICS.md")?);
    let names: BTreeSet<_> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    ensure!(names.len() > 10, "{names:?}");
    for name in &names {
        ensure!(page.contains(&format!("\n## {name}\n")), "expected {name} in deploy/ALERTS.md");
        let anchor = format!("runbook: ALERTS.md#{}", name.to_lowercase());
        ensure!(alerts.contains(&anchor), "expected {anchor}");
        let both =
            [format!("alertname: {name} }}"), format!("alertname: {name}\n        exp_alerts")];
        for test in both {
            ensure!(tested.contains(&test), "expected a test with `{test}`");
        }
    }
    let pages = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    ensure!(names == pages, "expected a page for each of {names:?}, got {pages:?}");
    for metric in words(&(alerts + &page), &["headcount_receiver_", "process_"]) {
        let family = metric.strip_suffix("_bucket").unwrap_or(metric);
        ensure!(metrics.contains(&format!("`{family}`")), "expected {family} in METRICS.md");
    }
    Ok(())
}

/// A receiver with an operator's interface, whose token is made, and where that interface listens.
fn watched() -> anyhow::Result<(Receiver, String)> {
    let folder = Arc::new(tempfile::tempdir()?);
    let receiver =
        Serving::in_folder(&folder).arguments(["--set", "operator.listen=127.0.0.1:0"]).start()?;
    let log = receiver.log();
    let address = log.lines().find_map(|line| line.split_once("operator's interface on http://"));
    let (_, address) = address.with_context(|| format!("expected an address in {log}"))?;
    Ok((receiver, address.to_owned()))
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
        ("scrape_interval: 30s", "scrape_interval: 100ms"),
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
        let came = prometheus.query(expression)?;
        ensure!(came.len() == 1, "expected one value of {expression}, got {came:?}");
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
