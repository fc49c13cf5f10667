//! Whoever holds an instance's id sees what is held about it, and erases it: with Python's gRPC and with Node's `fetch`,
//! after stock SDKs have reported.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use headcount_tests::{Needles, Peer, Receiver, run};
use prost::Message as _;
use serde_json::{Value, json};

/// The instance in `tests/peers/reports/openfn-2.json`, which travels hashed, and the one in `manyfold-0.90.json`, which
/// travels in clear. The hash is from Python, as those in `expected.rs`.
const OPENFN: &str = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";
const HASH: &str = "EECF8CFDD120E8DF8D9A12CA92AC3E815908223F95CFB11F19261A3C0EB34AEC";
const MANYFOLD: &str = "fdb45536-cba8-4204-b352-71fc1062fd95";

/// A receiver to which both have reported, and the folder of the descriptors that Python needs.
fn reported() -> anyhow::Result<(Receiver, tempfile::TempDir)> {
    let receiver = Receiver::start_with(|command| {
        command.env("RUST_LOG", "trace");
    })?;
    run(&mut Peer::PythonSdk.sends("grpc", "openfn-2", &receiver.endpoint())?)?.success()?;
    run(&mut Peer::NodeSdk.sends("json", "manyfold-0.90", &receiver.endpoint())?)?.success()?;
    let folder = tempfile::tempdir()?;
    let protos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto");
    let descriptors = protox::compile([protos.join("headcount/v1/instances.proto")], [protos])?;
    fs::write(folder.path().join("descriptors"), descriptors.encode_to_vec())?;
    Ok((receiver, folder))
}

/// What Python is answered over gRPC, as protobuf's own JSON.
fn over_grpc(
    (receiver, folder): &(Receiver, tempfile::TempDir),
    call: &str,
    request: &Value,
) -> anyhow::Result<String> {
    let mut command = Peer::PythonGrpc.command()?;
    command.arg(receiver.address().to_string()).arg(folder.path().join("descriptors"));
    Ok(run(command.args([call, &request.to_string()]))?.success()?.stdout)
}

/// What Node is answered over HTTP.
fn over_http(receiver: &Receiver, call: &str, request: &Value) -> anyhow::Result<String> {
    let mut command = Peer::NodeFetch.command()?;
    command.arg(receiver.address().to_string()).args([call, &request.to_string()]);
    Ok(run(&mut command)?.success()?.stdout)
}

/// What both are told, which has to be the same.
fn shown(asked: &(Receiver, tempfile::TempDir), instance: &Value) -> anyhow::Result<Value> {
    let request = json!({"instance": instance});
    let [python, node] =
        [over_grpc(asked, "Show", &request)?, over_http(&asked.0, "show", &request)?];
    let [python, node]: [Value; 2] =
        [serde_json::from_str(&python).context(python)?, serde_json::from_str(&node)?];
    assert_eq!(python, node);
    Ok(node)
}

fn reports(shown: &Value) -> &[Value] {
    shown["reports"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn in_either_form_of_its_id_and_over_either_protocol() -> anyhow::Result<()> {
    let asked = reported()?;
    for (name, instance) in [
        ("openfn", json!({"contract": "openfn", "raw": OPENFN})),
        ("openfn", json!({"contract": "openfn", "asItTravels": HASH})),
        ("manyfold", json!({"contract": "manyfold", "raw": MANYFOLD})),
        ("manyfold", json!({"contract": "manyfold", "asItTravels": MANYFOLD})),
    ] {
        let shown = shown(&asked, &instance)?;
        let [held] = reports(&shown) else { panic!("one report: {shown}") };
        let stored = asked.0.reports(&["--contract", name])?;
        assert_eq!(held["report"].as_str(), Some(stored[0].as_str()), "{shown}");
        assert_eq!(held["receipt"].as_str().map(str::len), Some(64), "{shown}");
    }
    let stranger = json!({"contract": "openfn", "raw": MANYFOLD});
    assert_eq!(shown(&asked, &stranger)?, json!({}));
    Ok(())
}

#[test]
fn what_cannot_be_meant_is_refused_alike() -> anyhow::Result<()> {
    let asked = reported()?;
    let request = json!({"instance": {"contract": "openfn", "raw": "canary"}});
    let python = over_grpc(&asked, "Show", &request)?;
    let (code, text) = python.trim().split_once(' ').context(python.clone())?;
    assert_eq!(code, "INVALID_ARGUMENT");
    let node = over_http(&asked.0, "show", &request)?;
    let (status, body) = node.split_once(' ').context(node.clone())?;
    assert_eq!(status, "400");
    assert_eq!(serde_json::from_str::<Value>(body)?, json!({"code": 3, "message": text}));
    assert!(text.ends_with("at instance.raw"), "{text}");
    Ok(())
}

#[test]
fn what_it_erases_is_nowhere_any_more() -> anyhow::Result<()> {
    let asked = reported()?;
    let openfn = json!({"instance": {"contract": "openfn", "asItTravels": HASH}});
    let manyfold = json!({"instance": {"contract": "manyfold", "raw": MANYFOLD}});
    for answer in [over_grpc(&asked, "Erase", &openfn)?, over_http(&asked.0, "erase", &manyfold)?] {
        let answer: Value = serde_json::from_str(&answer).context(answer)?;
        assert_eq!(answer["reports"], "1");
        assert!(answer["rememberedUntil"].as_str().is_some_and(|until| until.ends_with('Z')));
    }
    for request in [&openfn, &manyfold] {
        let shown = shown(&asked, &request["instance"])?;
        assert!(reports(&shown).is_empty(), "{shown}");
        assert_eq!(shown["erasures"].as_array().map(Vec::len), Some(1), "{shown}");
    }
    let (mut receiver, _) = asked;
    assert_eq!(receiver.reports(&[])?, [""; 0]);
    let mut needles = Needles::default();
    for text in [OPENFN, HASH, MANYFOLD] {
        needles.add(text);
    }
    let mut places = receiver.files()?;
    assert_eq!(receiver.stop()?, Some(0));
    places.extend(receiver.files()?);
    places.push(("the log".to_owned(), receiver.log().into_bytes()));
    for (name, content) in places {
        assert_eq!(needles.found_in(&content), [""; 0], "in {name}");
    }
    Ok(())
}
