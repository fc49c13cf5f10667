//! A receiver forwards to a real OpenTelemetry Collector: what is stored arrives there and nothing that was stripped, also
//! where the network was cut and the receiver killed.
//!
//! Behind the Collector a second receiver says what came, by the same contracts.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_tests::{
    Cable, Capture, Collector, Encoding, Numbered, Peer, Receiver, Report, Serving, Way, contains,
    post, run,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::expected::yesterday;
use crate::through::{Onward, passing};

const PATIENCE: Duration = Duration::from_mins(1);
const CANARY: &str = "canary-51c7";
const REPORTS: u64 = 200;

/// A Collector that writes down what comes, and passes it on.
fn backend(to: &Receiver) -> anyhow::Result<Collector> {
    let writes = r#"
exporters: { file: { path: "${env:FOLDER}/came.jsonl" } }
service: { pipelines: { metrics: { exporters: [otlp_http, file] } } }
"#;
    passing(to.address(), Onward::Http, &[]).and(writes).start()
}

/// What came to it, each line a request in OTLP's JSON.
fn came(collector: &Collector) -> anyhow::Result<String> {
    Ok(fs::read_to_string(collector.folder().join("came.jsonl"))?)
}

/// A receiver that forwards there.
fn forwarding(folder: &Arc<TempDir>, to: SocketAddr) -> anyhow::Result<Receiver> {
    let endpoint = format!("forward.endpoint=http://{to}");
    let words = [
        "--set",
        &endpoint,
        "--set",
        "forward.first_wait=20ms",
        "--set",
        "forward.longest_wait=200ms",
    ];
    Serving::in_folder(folder).arguments(words).start()
}

fn until(what: &str, mut is: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !is()? {
        ensure!(Instant::now() < deadline, "waited for {what} for {PATIENCE:?}");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The keys of the attributes of all resources that came.
fn attributes(came: &str) -> anyhow::Result<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    for line in came.lines() {
        let request: Value = serde_json::from_str(line)?;
        let resources = request["resourceMetrics"].as_array().context("resources")?;
        let attributes =
            resources.iter().filter_map(|one| one["resource"]["attributes"].as_array());
        keys.extend(attributes.flatten().filter_map(|one| Some(one["key"].as_str()?.to_owned())));
    }
    Ok(keys)
}

/// An SDK that tells everything it can find out.
fn talkative(endpoint: &str) -> anyhow::Result<Command> {
    let mut sdk = Peer::PythonSdk.sends("protobuf", "openfn-2", endpoint)?;
    sdk.args(["--everything", CANARY]).env("OTEL_RESOURCE_ATTRIBUTES", format!("{CANARY}.key=1"));
    Ok(sdk)
}

#[test]
fn what_is_stored_arrives_and_nothing_that_was_stripped() -> anyhow::Result<()> {
    let behind = Receiver::start()?;
    let mut collector = backend(&behind)?;
    let receiver = forwarding(&Arc::new(tempfile::tempdir()?), collector.http())?;
    // There is something to strip.
    let capture = Capture::start()?;
    run(&mut talkative(&capture.endpoint())?)?.success()?;
    assert!(capture.requests().iter().any(|sent| contains(&sent.body, CANARY.as_bytes())));
    run(&mut talkative(&receiver.endpoint())?)?.success()?;
    until("the report", || Ok(!behind.reports(&[])?.is_empty()))?;
    assert_eq!(behind.only_report()?, receiver.only_report()?);
    collector.stop()?;

    let came = came(&collector)?;
    let listed = ["os.type", "service.instance.id", "service.name", "service.version"];
    let expected = listed.iter().copied().chain(["headcount.report.date"]);
    assert_eq!(attributes(&came)?, expected.map(str::to_owned).collect());
    assert!(!came.contains(CANARY), "{came}");
    assert!(came.contains("openfn.workflow.jobs"), "the gauges are there: {came}");
    for (key, id) in Report::read("openfn-2", 0)?.ids() {
        assert!(!contains(came.as_bytes(), id.as_bytes()), "{key} came in clear");
    }
    Ok(())
}

/// Sends the reports of these numbers, which are taken.
fn send(
    receiver: &Receiver,
    numbered: &Numbered,
    numbers: std::ops::Range<u64>,
) -> anyhow::Result<()> {
    for number in numbers {
        let request = numbered.request(&[number]);
        post(receiver.address(), &request, Way::Protobuf, Encoding::Identity)?.success()?;
    }
    Ok(())
}

#[test]
fn nothing_is_lost_where_the_network_is_cut_and_the_receiver_killed() -> anyhow::Result<()> {
    let numbered = Numbered::at(yesterday())?;
    let behind = Receiver::start()?;
    let collector = backend(&behind)?;
    let cable = Cable::cut_off()?;
    let folder = Arc::new(tempfile::tempdir()?);

    let receiver = forwarding(&folder, cable.address())?;
    send(&receiver, &numbered, 0..REPORTS / 2)?;
    until("a connection to be refused", || Ok(cable.refused() > 0))?;
    receiver.kill()?;
    assert_eq!(behind.reports(&[])?.len(), 0);

    let receiver = forwarding(&folder, cable.address())?;
    cable.join(collector.http());
    until("some reports", || Ok(!behind.reports(&[])?.is_empty()))?;
    receiver.kill()?;
    let receiver = forwarding(&folder, cable.address())?;
    cable.cut();
    // Whoever sends does not notice.
    send(&receiver, &numbered, REPORTS / 2..REPORTS)?;
    cable.join(collector.http());
    until("all reports", || Ok(behind.reports(&[])?.len() as u64 >= REPORTS))?;

    for lines in [behind.reports(&[])?, receiver.reports(&[])?] {
        let numbers = lines.iter().map(|line| numbered.number(line));
        assert!(numbers.collect::<Result<BTreeSet<_>, _>>()?.into_iter().eq(0..REPORTS));
        assert_eq!(lines.len() as u64, REPORTS, "each once");
    }

    // An erasure stays here: the other backend keeps what it got, as the documentation says.
    let asked = numbered.erasure(0);
    post(receiver.address(), &asked, Way::Protobuf, Encoding::Identity)?.success()?;
    send(&receiver, &numbered, REPORTS..REPORTS + 1)?;
    until("the last report", || Ok(behind.reports(&[])?.len() as u64 > REPORTS))?;
    assert_eq!(receiver.reports(&[])?.len() as u64, REPORTS);
    Ok(())
}
