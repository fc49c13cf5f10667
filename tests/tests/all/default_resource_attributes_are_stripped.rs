//! What the stock SDKs send of the host, the user and the command line is nowhere afterwards: not in
//! the store and its files, not in the log at its finest, not in the reports. A relay lets none of it out, and keeps none.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use headcount_receiver::{Filter, Location};
use headcount_tests::{
    Capture, Captured, Encoding, Needles, Peer, Receiver, Report, Sdk, Way, contains, database, run,
};
use jiff::Timestamp;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use prost::Message as _;

use crate::stock::{Application, Cell, How, Relays};

const ARGUMENT: &str = "--canary-7f3a-argument";
const ATTRIBUTE: &str = "canary-7f3a-attribute";
const KEY: &str = "canary.7f3a.key";
const HEADER: &str = "canary-7f3a-header";

/// What both SDKs detect on every machine. (A host id there is only where the machine has one.)
const DETECTED: [&str; 7] = [
    "host.name",
    "host.arch",
    "process.pid",
    "process.owner",
    "process.executable.path",
    "process.command_args",
    KEY,
];

/// An SDK that tells everything it can find out.
fn talkative(peer: Peer, protocol: &str, endpoint: &str) -> anyhow::Result<Command> {
    let mut command = peer.sends(protocol, "openfn-2", endpoint)?;
    command
        .args(["--everything", ARGUMENT])
        .env("OTEL_RESOURCE_ATTRIBUTES", format!("{KEY}={ATTRIBUTE}"))
        .env("OTEL_EXPORTER_OTLP_HEADERS", format!("x-canary={HEADER}"));
    Ok(command)
}

/// The resource attributes of a captured request.
fn attributes(captured: &Captured) -> anyhow::Result<Vec<KeyValue>> {
    let request = ExportMetricsServiceRequest::decode(captured.message())?;
    let resource = request.resource_metrics.into_iter().next().and_then(|first| first.resource);
    Ok(resource.context("the request has a resource")?.attributes)
}

/// The texts in a value.
fn texts(value: &AnyValue) -> Vec<&str> {
    match &value.value {
        Some(any_value::Value::StringValue(text)) => vec![text],
        Some(any_value::Value::ArrayValue(list)) => list.values.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// All that is told beyond the report, which must not be kept: names, and every text of some length.
/// (A short one, such as `root` or a process id, stands by chance in any file.)
fn unlisted(attributes: &[KeyValue], report: &Report) -> Needles {
    let listed = |key: &str| report.resource.iter().any(|(listed, _)| listed == key);
    // These name the SDK itself, and the path of OTLP's gRPC method has the same word in it.
    let public = |key: &str| key.starts_with("telemetry.");
    let mut needles = Needles::default();
    for KeyValue { key, value, .. } in attributes {
        if listed(key) || public(key) {
            continue;
        }
        needles.add(key);
        let texts = value.iter().flat_map(texts).filter(|text| text.len() >= 8);
        texts.for_each(|text| needles.add(text));
    }
    needles
}

/// What the SDK sends, shown by a server that keeps every byte.
fn told(peer: Peer, protocol: &str) -> anyhow::Result<Needles> {
    let capture = Capture::start()?;
    run(&mut talkative(peer, protocol, &capture.endpoint())?)?.success()?;
    let requests = capture.requests();
    let [captured] = requests.as_slice() else {
        anyhow::bail!("expected one request, got {requests:?}");
    };
    let header = captured.headers.get("x-canary").context("the SDK sends its headers")?;
    ensure!(header == HEADER, "{header:?}");
    let attributes = attributes(captured)?;
    for key in DETECTED {
        ensure!(attributes.iter().any(|sent| sent.key == key), "{key} is not in {attributes:?}");
    }
    let mut needles = unlisted(&attributes, &Report::read("openfn-2", 0)?);
    for canary in [ARGUMENT, ATTRIBUTE, KEY] {
        ensure!(
            needles.iter().any(|needle| needle == canary),
            "{canary} was not sent: {needles:?}"
        );
    }
    needles.add(HEADER);
    Ok(needles)
}

/// What the store holds of reports, without the seal.
fn unsealed(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let (reader, _) = Location::Sqlite(database(folder)).read(None)?;
    let mut bytes = Vec::new();
    for row in reader.reports(Filter::default()) {
        bytes.extend_from_slice(&row?.part?.stored());
    }
    Ok(bytes)
}

fn check_nothing_kept(receiver: &Receiver, needles: &Needles) -> anyhow::Result<()> {
    let mut places = receiver.files()?;
    ensure!(places.iter().any(|(name, _)| name.ends_with(".sqlite")), "no store in {places:?}");
    let version = b"v2.4.2:match:f1bd9ae";
    for (name, content) in &places {
        ensure!(!contains(content, version), "{name} holds a report that is not sealed");
    }
    // What the contract lists is within the seal: this is the report, and a text in it can be found.
    let unsealed = unsealed(receiver.folder())?;
    ensure!(contains(&unsealed, version), "no report in the store");
    places.push(("the store".to_owned(), unsealed));
    for (name, content) in &places {
        for (key, id) in Report::read("openfn-2", 0)?.ids() {
            ensure!(!contains(content, id.as_bytes()), "{name} holds {key} in clear");
        }
    }
    places.push(("the log".to_owned(), receiver.log().into_bytes()));
    places.push(("the reports".to_owned(), receiver.reports(&[])?.join("\n").into_bytes()));
    for (name, content) in &places {
        let found = needles.found_in(content);
        ensure!(found.is_empty(), "{name} holds {found:#?}");
    }
    Ok(())
}

fn check(peer: Peer, protocol: &str) -> anyhow::Result<()> {
    let needles = told(peer, protocol)?;
    let mut receiver = Receiver::start_with(|command| {
        command.env("RUST_LOG", "trace");
    })?;
    run(&mut talkative(peer, protocol, &receiver.endpoint())?)?.success()?;
    receiver.only_report()?;
    ensure!(receiver.log().contains(" DEBUG "), "the log is not a fine one: {}", receiver.log());
    // While the write-ahead log is there, and after the store was closed.
    check_nothing_kept(&receiver, &needles)?;
    assert_eq!(receiver.stop()?, Some(0));
    check_nothing_kept(&receiver, &needles)
}

#[test]
fn of_python_over_grpc() -> anyhow::Result<()> {
    check(Peer::PythonSdk, "grpc")
}

#[test]
fn of_python_in_protobuf() -> anyhow::Result<()> {
    check(Peer::PythonSdk, "protobuf")
}

#[test]
fn of_node_in_protobuf() -> anyhow::Result<()> {
    check(Peer::NodeSdk, "protobuf")
}

#[test]
fn of_node_over_grpc() -> anyhow::Result<()> {
    check(Peer::NodeSdk, "grpc")
}

/// What a relay sends on, and what it keeps until then.
fn check_a_relay(peer: Peer, sdk: Sdk) -> anyhow::Result<()> {
    let needles = told(peer, "protobuf")?;
    let upstream = Capture::start()?;
    let how = How { sdk, way: Way::Protobuf, encoding: Encoding::Identity };
    let cell = Cell { how, number: 0, application: Application::read("openfn/2")? };
    let mut relays = Relays::start(std::slice::from_ref(&cell), &upstream.endpoint())?;
    let started = Timestamp::now();
    let endpoint = format!("http://{}", relays.address(&cell)?);
    run(&mut talkative(peer, "protobuf", &endpoint)?)?.success()?;
    let mut places = relays.files()?;
    ensure!(places.iter().any(|(name, _)| name.ends_with("held.sqlite")), "{places:?}");
    relays.report(started, || Ok(!upstream.requests().is_empty()))?;
    places.extend(relays.files()?);
    relays.close()?;
    let requests = upstream.requests();
    let [request] = requests.as_slice() else { anyhow::bail!("expected one, got {requests:?}") };
    let mut head = request.headers.clone();
    ensure!(!request.headers.contains_key("content-encoding"), "{:?}", request.headers);
    ensure!(contains(&request.body, b"v2.4.2:match:f1bd9ae"), "the report is not sent");
    places.push(("the request".to_owned(), request.body.to_vec()));
    // An argument of the program is the word for the transport, which is here as well.
    head.remove("content-type");
    places.push(("its head".to_owned(), format!("{head:?}").into_bytes()));
    for (name, content) in &places {
        let found = needles.found_in(content);
        ensure!(found.is_empty(), "{name} holds {found:#?}");
        for (key, id) in Report::read("openfn-2", 0)?.ids() {
            ensure!(!contains(content, id.as_bytes()), "{name} holds {key} in clear");
        }
    }
    Ok(())
}

#[test]
fn of_python_by_a_relay() -> anyhow::Result<()> {
    check_a_relay(Peer::PythonSdk, Sdk::Python)
}

#[test]
fn of_node_by_a_relay() -> anyhow::Result<()> {
    check_a_relay(Peer::NodeSdk, Sdk::Node)
}
