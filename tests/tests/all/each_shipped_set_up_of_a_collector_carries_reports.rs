//! The set-ups of `deploy/collector/`, as they are shipped but for their addresses: what the application recorded comes out
//! as it documents it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use headcount_tests::{
    Capture, Collecting, Collector, Encoding, Receiver, Report, Serving, Way, contains,
    free_address, headcount, hex, post, run,
};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use crate::expected::{openfn, rfc3339_micros, yesterday};
use crate::forwarding::{beside, plain, shipped, until};

/// Lays what differs on this machine over our part of a set-up: a directory, and where it sends.
const OUR_ADDRESSES: &str = r#"
extensions: { file_storage/headcount-openfn: { directory: "${env:FOLDER}/queue" } }
exporters:
  otlp_http/headcount-openfn:
    metrics_endpoint: "http://${env:TO}/v1/metrics"
    retry_on_failure: { initial_interval: 100ms, max_interval: 1s }
"#;

/// An operator's own configuration with the files of a set-up beside it, which send to this address.
fn set_up(
    own: &str,
    ours: &[&str],
    backend: &Capture,
    to: SocketAddr,
) -> anyhow::Result<Collecting> {
    let mut collecting = beside(own, backend, &shipped(ours[0])?)?;
    for other in &ours[1..] {
        collecting = collecting.and(&shipped(other)?);
    }
    Ok(collecting.and(OUR_ADDRESSES).set("TO", &to.to_string()))
}

fn send(collector: &Collector, report: &Report) -> anyhow::Result<()> {
    post(collector.grpc(), &report.protobuf(), Way::Grpc, Encoding::Gzip)?.success()?;
    Ok(())
}

#[test]
fn from_a_collector_to_the_receiver() -> anyhow::Result<()> {
    let (backend, receiver) = (Capture::start()?, Receiver::start()?);
    let files = ["direct/headcount-openfn.yaml"];
    let collector = set_up("operator.yaml", &files, &backend, receiver.address())?.start()?;
    let time = yesterday();
    send(&collector, &Report::read("openfn-2", time)?)?;
    until(|| Ok(!receiver.reports(&[])?.is_empty()))?;
    assert_eq!(receiver.reports(&[])?, [openfn(&rfc3339_micros(time))]);
    until(|| Ok(backend.requests().iter().any(|request| request.path == "/v1/metrics")))
}

#[test]
fn through_a_receiver_that_is_away_and_a_collector_that_is_killed() -> anyhow::Result<()> {
    let (backend, address) = (Capture::start()?, free_address()?);
    let files = ["direct/headcount-openfn.yaml"];
    let mut collector = set_up("operator.yaml", &files, &backend, address)?.start()?;
    let time = yesterday();
    send(&collector, &Report::read("openfn-2", time)?)?;
    collector.kill()?;
    let folder = Arc::new(tempfile::tempdir()?);
    let listen = ["--listen".to_owned(), address.to_string()];
    let receiver = Serving::in_folder(&folder).arguments(listen).start()?;
    collector.restart()?;
    until(|| Ok(!receiver.reports(&[])?.is_empty()))?;
    assert_eq!(receiver.reports(&[])?, [openfn(&rfc3339_micros(time))]);
    Ok(())
}

/// Instances that are told apart by their ids.
const INSTANCES: u32 = 40;

fn instance(number: u32) -> String {
    format!("3cfb674b-e878-470d-b7c0-{number:012x}")
}

/// The report of an instance, and the line that must come of it.
fn numbered(number: u32, time: u64) -> anyhow::Result<(Report, String)> {
    let mut report = Report::read("openfn-2", time)?;
    let id = report.resource.iter_mut().find(|(key, _)| key == "service.instance.id");
    let (_, id) = id.context("the report has an id")?;
    let hash = |id: &str| hex(&Sha256::digest(id)).to_uppercase();
    let line = openfn(&rfc3339_micros(time)).replace(&hash(id), &hash(&instance(number)));
    *id = instance(number);
    Ok((report, line))
}

#[test]
fn from_many_instances_through_a_gateway() -> anyhow::Result<()> {
    let (backend, receiver, time) = (Capture::start()?, Receiver::start()?, yesterday());
    let files = ["gateway/headcount-openfn.yaml", "gateway/batch.yaml"];
    let gateway = set_up("gateway/gateway.yaml", &files, &backend, receiver.address())?.start()?;
    let mut lines = BTreeSet::new();
    for number in 0..INSTANCES {
        let (report, line) = numbered(number, time)?;
        send(&gateway, &report)?;
        lines.insert(line);
    }
    // While parts of a report are under way, it is not complete, and not among the lines.
    until(|| Ok(receiver.reports(&[])?.len() == lines.len()))?;
    assert_eq!(receiver.reports(&[])?.into_iter().collect::<BTreeSet<_>>(), lines);
    Ok(())
}

#[test]
fn a_gateway_puts_several_instances_into_a_request() -> anyhow::Result<()> {
    let [backend, ours] = [Capture::start()?, Capture::start()?];
    let files = ["gateway/headcount-openfn.yaml", "gateway/batch.yaml"];
    let to = ours.endpoint().trim_start_matches("http://").parse()?;
    let gateway = set_up("gateway/gateway.yaml", &files, &backend, to)?.start()?;
    let mut sent = 0;
    for number in 0..INSTANCES {
        let (report, _) = numbered(number, yesterday())?;
        sent += report.gauges.iter().map(|gauge| gauge.points.len()).sum::<usize>();
        send(&gateway, &report)?;
    }
    let arrived = || -> anyhow::Result<Vec<usize>> {
        ours.requests().iter().map(|it| points(&plain(it)?)).collect()
    };
    until(|| Ok(arrived()?.iter().sum::<usize>() >= sent))?;
    let arrived = arrived()?;
    ensure!(arrived.iter().all(|points| *points <= 64), "{arrived:?}");
    ensure!(arrived.len() < usize::try_from(INSTANCES)?, "{} requests", arrived.len());
    Ok(())
}

/// How many points of gauges a request has.
fn points(message: &[u8]) -> anyhow::Result<usize> {
    let request = ExportMetricsServiceRequest::decode(message)?;
    let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let metrics = scopes.flat_map(|scope| &scope.metrics);
    Ok(metrics
        .map(|metric| match &metric.data {
            Some(Data::Gauge(gauge)) => gauge.data_points.len(),
            _ => 0,
        })
        .sum())
}

/// A `headcount relay`, which is killed when this is dropped.
struct Relay(Child);

impl Relay {
    fn start(listen: SocketAddr, upstream: &str, data: &Path) -> anyhow::Result<Self> {
        let mut command = headcount()?;
        command.args(["relay", "--contract", "openfn/2", "--upstream", upstream]);
        command.args(["--listen", &listen.to_string(), "--data"]).arg(data);
        let quiet = command.env_remove("CI").env_remove("DO_NOT_TRACK").stdin(Stdio::null());
        Ok(Self(quiet.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lets a report travel from a Collector over a relay to an upstream, and asks the relay to report until it has arrived.
fn relayed(upstream: &str, arrived: impl Fn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let (backend, address) = (Capture::start()?, free_address()?);
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let _relay = Relay::start(address, upstream, &data)?;
    let files = ["relay/headcount-openfn.yaml"];
    let collector = set_up("operator.yaml", &files, &backend, address)?.start()?;
    send(&collector, &Report::read("openfn-2", yesterday())?)?;
    let mut ask: Command = headcount()?;
    ask.args(["operator", "send"]).arg(&data).env_remove("CI");
    until(|| {
        // It fails while the relay has not been told anything.
        run(&mut ask)?;
        arrived()
    })
}

#[test]
fn from_a_collector_over_a_relay_to_the_receiver() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    relayed(&receiver.endpoint(), || Ok(!receiver.reports(&[])?.is_empty()))?;
    let today = jiff::Timestamp::now().to_string();
    let end = format!("{}T00:00:00.000000Z", today.split('T').next().context("a date")?);
    let time = rfc3339_micros(yesterday());
    let [line] = &receiver.reports(&[])?[..] else { anyhow::bail!("expected one report") };
    // A relay reports a finished day at its end.
    assert_eq!(*line, openfn(&time).replace(&time, &end));
    Ok(())
}

#[test]
fn a_relay_behind_a_collector_hashes_ids_before_they_leave() -> anyhow::Result<()> {
    let upstream = Capture::start()?;
    relayed(&upstream.endpoint(), || Ok(!upstream.requests().is_empty()))?;
    let told = upstream.requests().iter().map(plain).collect::<anyhow::Result<Vec<_>>>()?.concat();
    assert!(contains(&told, b"openfn.project.users"), "no report left");
    for (key, id) in Report::read("openfn-2", 0)?.ids() {
        assert!(!contains(&told, id.as_bytes()), "{key} left in clear");
        let hash = hex(&Sha256::digest(id)).to_uppercase();
        assert!(contains(&told, hash.as_bytes()), "no hash of {key}");
    }
    Ok(())
}
