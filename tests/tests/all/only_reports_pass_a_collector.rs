//! Beside an operator's own pipelines, a generated configuration lets reports through to us, and nothing else: not a
//! byte of other telemetry is in what arrives at our endpoint, and all of it is in what arrives at the operator's backend.

mod everything;
#[path = "../../../receiver/tests/all/canary/fields.rs"]
#[allow(dead_code, unreachable_pub, reason = "the receiver's tests use all of it")]
mod fields;
mod listed;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use headcount_tests::{Capture, Captured, Collector, Encoding, Needles, Way, contains, post};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Sum, metric::Data};
use prost::Message as _;

use crate::expected::yesterday;
use crate::forwarding::{beside, plain, printed};
use everything::{CANARY, Everything, UNLISTED, points};
use fields::Fields;
use listed::Listed;

/// A Collector, what arrives at the operator's backend, and what arrives at us.
struct Observed {
    collector: Collector,
    backend: Capture,
    ours: Capture,
}

impl Observed {
    fn start(transport: &str) -> anyhow::Result<Self> {
        let [backend, ours] = [Capture::start()?, Capture::start()?];
        let to = ["--receiver", &ours.endpoint(), "--protocol", transport];
        let configuration = printed(&[&["openfn/2"], &to[..]].concat())?;
        let collector = beside("operator.yaml", &backend, &configuration)?.start()?;
        Ok(Self { collector, backend, ours })
    }

    fn post(&self, request: &[u8]) -> anyhow::Result<()> {
        post(self.collector.http(), request, Way::Protobuf, Encoding::Identity)?.success()?;
        Ok(())
    }

    /// What arrived, when the Collector has sent all that it took.
    fn end(mut self) -> anyhow::Result<Arrived> {
        self.collector.stop()?;
        for captured in self.ours.requests() {
            let headers = format!("{} {:?}", captured.path, captured.headers);
            ensure!(!headers.contains(CANARY), "in the headers: {headers}");
            let metrics = ["/v1/metrics", METRICS_SERVICE].contains(&captured.path.as_str());
            ensure!(metrics, "we are sent {}", captured.path);
        }
        let bodies = |capture: &Capture| -> anyhow::Result<Vec<_>> {
            capture.requests().iter().map(plain).collect()
        };
        Ok(Arrived { backend: bodies(&self.backend)?, ours: bodies(&self.ours)? })
    }
}

/// The bodies of requests.
struct Arrived {
    backend: Vec<Vec<u8>>,
    ours: Vec<Vec<u8>>,
}

const METRICS_SERVICE: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// The text that is looked for, in the forms that a program might write it in.
fn needles() -> Needles {
    let mut needles = Needles::default();
    needles.add(CANARY);
    needles
}

/// A day of an application's telemetry: its metrics, traces and logs, and those of another service.
#[test]
fn of_all_that_an_application_sends() -> anyhow::Result<()> {
    for transport in ["grpc", "http"] {
        let observed = Observed::start(transport)?;
        let everything = Everything::at(yesterday())?;
        observed.post(&everything.metrics().encode_to_vec())?;
        Everything::traces_and_logs(observed.collector.http())?;
        let Arrived { backend, ours } = observed.end()?;
        let told: Vec<u8> = backend.concat();
        for place in Everything::PLACES {
            let canary = format!("{CANARY} {place}");
            ensure!(contains(&told, canary.as_bytes()), "the backend was not told {place}");
        }
        ensure!(contains(&told, b"host.name"), "the operator's own processors work");
        let [report] = ours.as_slice() else {
            anyhow::bail!("expected one request, got {}", ours.len());
        };
        assert_eq!(needles().found_in(report), Vec::<String>::new());
        let unlisted: Vec<_> =
            UNLISTED.iter().filter(|name| contains(report, name.as_bytes())).collect();
        assert_eq!(unlisted, Vec::<&&str>::new());
        let request = ExportMetricsServiceRequest::decode(report.as_slice())?;
        assert_eq!(request, everything.report());
    }
    Ok(())
}

#[test]
fn and_what_receivers_take_for_gauges() -> anyhow::Result<()> {
    use AggregationTemporality::{Cumulative, Delta};
    for (temporality, is_monotonic, passes) in
        [(Cumulative, false, true), (Cumulative, true, false), (Delta, false, false)]
    {
        let observed = Observed::start("http")?;
        let mut request = Everything::at(yesterday())?.report();
        let metric = &mut request.resource_metrics[0].scope_metrics[0].metrics[0];
        let points = points(metric).context("it is a gauge")?;
        let data_points = std::mem::take(points);
        let aggregation_temporality = temporality.into();
        let sum = Sum { data_points, aggregation_temporality, is_monotonic };
        metric.data = Some(Data::Sum(sum));
        observed.post(&request.encode_to_vec())?;
        if !passes {
            request.resource_metrics[0].scope_metrics[0].metrics.remove(0);
        }
        let Arrived { ours, .. } = observed.end()?;
        let [arrived] = &ours[..] else { anyhow::bail!("expected one request") };
        assert_eq!(ExportMetricsServiceRequest::decode(arrived.as_slice())?, request);
    }
    Ok(())
}

/// What an operator's own Collector sends to their backend, alone or with another configuration beside it.
fn at_the_backend(other: &str) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let backend = Capture::start()?;
    let mut collector = beside("operator.yaml", &backend, other)?.start()?;
    let metrics = Everything::at(yesterday() / DAY * DAY)?.metrics().encode_to_vec();
    post(collector.http(), &metrics, Way::Protobuf, Encoding::Identity)?.success()?;
    Everything::traces_and_logs(collector.http())?;
    collector.stop()?;
    let sent = |captured: &Captured| anyhow::Ok((captured.path.clone(), plain(captured)?));
    let mut sent = backend.requests().iter().map(sent).collect::<anyhow::Result<Vec<_>>>()?;
    sent.sort();
    Ok(sent)
}

const DAY: u64 = 86_400_000_000_000;

#[test]
fn and_the_operators_pipelines_send_what_they_sent_before() -> anyhow::Result<()> {
    let ours = Capture::start()?;
    let alone = at_the_backend("{}")?;
    let paths: Vec<_> = alone.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["/v1/logs", "/v1/metrics", "/v1/traces"]);
    assert_eq!(at_the_backend(&printed(&["openfn/2", "--receiver", &ours.endpoint()])?)?, alone);
    assert_eq!(ours.requests().len(), 1);
    Ok(())
}

/// Where a canary reaches us. A value under a name that the contract lists is the receiver's to check; entity references
/// the Collector cannot take away, as the comment in the configuration says.
const REACH_US: [&str; 9] = [
    "data_points.attributes[openfn.project.id].value",
    "data_points.attributes[openfn.workflow.id].value",
    "resource.attributes[os.type].value",
    "resource.attributes[service.instance.id].value",
    "resource.attributes[service.version].value",
    "resource.entity_refs.description_keys",
    "resource.entity_refs.id_keys",
    "resource.entity_refs.schema_url",
    "resource.entity_refs.type",
];

/// The time of points that stands for another: it is found in the bytes.
const TIME: u64 = 0x7e57_71fe_7e57_71fe;

#[test]
fn of_every_field_that_otlp_has() -> anyhow::Result<()> {
    let observed = Observed::start("http")?;
    let listed = Listed::at(TIME)?;
    let places = Fields::of_a_request().requests(&listed.bytes(), CANARY);
    ensure!(places.len() > 500, "{} places are too few", places.len());
    // The time of its points tells which request is meant: it passes as it is.
    let (mut time, mut sent, mut refused) = (yesterday(), BTreeMap::new(), BTreeSet::new());
    for (place, request) in places {
        time += 1;
        if observed.post(&with_time(request, time)).is_ok() {
            sent.insert(time, place);
        } else {
            refused.insert(place.rsplit('.').next().unwrap_or_default().to_owned());
        }
    }
    // These have a fixed length.
    assert_eq!(refused, ["span_id", "trace_id"].map(str::to_owned).into());
    let Arrived { backend, ours } = observed.end()?;
    let there = backend.iter().map(|message| count(message, CANARY)).sum::<usize>();
    // Resource detection replaces what the application says of its system.
    let replaced = sent.values().filter(|place| listed.named(place).contains("[os.type]")).count();
    ensure!(
        there + replaced >= sent.len(),
        "{there} canaries of {} reached the backend",
        sent.len()
    );
    ensure!(ours.len() > sent.len() / 2, "{} reports of {} reached us", ours.len(), sent.len());
    let mut reached = BTreeSet::new();
    for message in ours.iter().filter(|message| !needles().found_in(message).is_empty()) {
        let request = ExportMetricsServiceRequest::decode(message.as_slice())?;
        let time = newest(&request).context("a request has points")?;
        reached.insert(listed.named(&sent[&time]));
    }
    assert_eq!(reached, REACH_US.map(str::to_owned).into());
    Ok(())
}

/// The request with another time in each of its points.
fn with_time(mut request: Vec<u8>, time: u64) -> Vec<u8> {
    let stand_in = TIME.to_le_bytes();
    for at in 0..request.len().saturating_sub(stand_in.len() - 1) {
        if request[at..].starts_with(&stand_in) {
            request[at..at + stand_in.len()].copy_from_slice(&time.to_le_bytes());
        }
    }
    request
}

/// The time of the newest gauge's point.
fn newest(request: &ExportMetricsServiceRequest) -> Option<u64> {
    let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let gauges = scopes.flat_map(|scope| &scope.metrics).filter_map(|metric| match &metric.data {
        Some(Data::Gauge(gauge)) => Some(&gauge.data_points),
        _ => None,
    });
    gauges.flatten().map(|point| point.time_unix_nano).max()
}

fn count(hay: &[u8], needle: &str) -> usize {
    hay.windows(needle.len()).filter(|window| *window == needle.as_bytes()).count()
}
