//! A relay runs on a machine whose own name is a canary, in a folder and an environment that are full of it, and none of
//! it is in what it keeps, logs or sends.
#![cfg(target_os = "linux")] // a name for one process: a UTS namespace

use anyhow::ensure;
use headcount_tests::{Capture, Connection, Needles, Relay, Report};
use jiff::{SignedDuration, Timestamp};

const CANARY: &str = "canary-host-5f3a9c";

#[test]
fn neither_its_name_nor_its_environment() -> anyhow::Result<()> {
    let capture = Capture::start()?;
    let folder = tempfile::Builder::new().prefix(CANARY).tempdir()?;
    let relay = Relay::start(folder.path(), ("openfn/2", &capture.endpoint()), |command| {
        // The name is set, then the relay runs under it, with what it was to run with.
        let built = std::mem::replace(command, std::process::Command::new("unshare"));
        command.args(["--map-root-user", "--uts", "--", "sh", "-c"]);
        command.args(["hostname \"$1\" && shift && exec \"$0\" \"$@\""]).arg(built.get_program());
        command.arg(CANARY).args(built.get_args()).current_dir(folder.path());
        for name in ["CI", "DO_NOT_TRACK", "USAGE_TRACKING_ENABLED"] {
            command.env_remove(name);
        }
        for name in ["HOSTNAME", "USER", "LOGNAME", "HOME", "OTEL_SERVICE_NAME", CANARY] {
            command.env(name, CANARY);
        }
        command.env("OTEL_RESOURCE_ATTRIBUTES", format!("host.name={CANARY}"));
        command.env("OTEL_EXPORTER_OTLP_HEADERS", format!("authorization={CANARY}"));
        command.env("RUST_LOG", "trace");
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::piped());
    })?;
    let yesterday = Timestamp::now() - SignedDuration::from_hours(24);
    let mut report = Report::read("openfn-2", yesterday.as_nanosecond().try_into()?)?;
    report.resource.push(("host.name".to_owned(), CANARY.to_owned()));
    let reply = Connection::open(relay.address())?.post(&report.protobuf())?;
    ensure!(reply.acknowledges(), "{reply:?}");
    relay.wait_for("state.json")?;
    relay.operator(&["send"])?;
    let requests = capture.requests();
    ensure!(!requests.is_empty(), "{}", relay.log());
    let mut needles = Needles::default();
    needles.add(CANARY);
    for request in requests {
        let head = format!("{} {:?}", request.path, request.headers);
        assert_eq!(needles.found_in(head.as_bytes()), Vec::<String>::new());
        assert_eq!(needles.found_in(&request.message()), Vec::<String>::new());
        assert!(!request.message().is_empty());
    }
    let files = relay.files()?;
    assert!(files.iter().any(|(name, _)| name.ends_with("held.sqlite")), "what came is kept");
    for (name, content) in files {
        assert_eq!(needles.found_in(&content), Vec::<String>::new(), "{name}");
    }
    let log = relay.log();
    assert!(log.contains("headcount_re"), "it tells all that it does: {log}");
    assert_eq!(needles.found_in(log.as_bytes()), Vec::<String>::new(), "{log}");
    assert_eq!(relay.stop()?, Some(0));
    Ok(())
}
