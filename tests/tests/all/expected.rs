//! The reports that must come out, written by hand after the five systems' documents.

use anyhow::{Context as _, ensure};
use headcount_tests::{Peer, Receiver, run};
use jiff::Timestamp;
use serde_json::Value;

/// What `tests/peers/reports/openfn-2.json` becomes. The hashes are from Python:
/// `hashlib.sha256(b"3cfb674b-e878-470d-b7c0-cfa8f7e003ae").hexdigest().upper()`, and so on.
/// Projects and workflows stand in the order of their hashes; one project has no workflow.
pub(crate) fn openfn(generated_at: &str) -> String {
    let line = concat!(
        r#"{"version":"2","generated_at":"TIME","report_date":"DATE","#,
        r#""instance":{"version":"v2.4.2:match:f1bd9ae","#,
        r#""hashed_uuid":"EECF8CFDD120E8DF8D9A12CA92AC3E815908223F95CFB11F19261A3C0EB34AEC","#,
        r#""operating_system":"linux","no_of_users":137,"no_of_active_users":70},"#,
        r#""projects":["#,
        r#"{"hashed_uuid":"C1622BE8CFA56F4ECCF25D277C0F0697ED1AC6AD0C4C97B6D93824F9558CB330","#,
        r#""no_of_users":11,"no_of_active_users":9,"workflows":[]},"#,
        r#"{"hashed_uuid":"C95FBBA63C4C842CD6E7FE17DE6A695CB6A50095D098290D4E9342EA1099E7EF","#,
        r#""no_of_users":6,"no_of_active_users":5,"workflows":["#,
        r#"{"hashed_uuid":"834044EEE38A9BABBFDABC5E25E7D21F2984285E7F96637B23118A6325DE1887","#,
        r#""no_of_jobs":1,"no_of_runs":16,"no_of_steps":18,"no_of_active_jobs":0},"#,
        r#"{"hashed_uuid":"C2EE503FC41E78D4E484A6FB2265ECF54293AD5F23E199C20751268488A574DF","#,
        r#""no_of_jobs":4,"no_of_runs":17,"no_of_steps":24,"no_of_active_jobs":3}]}]}"#,
    );
    let (date, _) = generated_at.split_once('T').expect("a time has a `T` after its date");
    line.replace("TIME", generated_at).replace("DATE", date)
}

/// What `tests/peers/reports/manyfold-0.90.json` becomes: the document's own example.
pub(crate) const MANYFOLD: &str = concat!(
    r#"{"id":"fdb45536-cba8-4204-b352-71fc1062fd95","version":{"app":"v0.67.0","#,
    r#""sha":"f8d09c9be141e9fb367b08099308dd8b93aa92b2","#,
    r#""image":"ghcr.io/manyfold3d/manyfold","arch":"arm-linux-musleabihf"}}"#,
);

/// A day before now, in nanoseconds since the Unix epoch: a day that receivers still take.
pub(crate) fn yesterday() -> u64 {
    let time = Timestamp::now() - jiff::SignedDuration::from_hours(24);
    time.as_nanosecond().try_into().expect("the time is after 1970")
}

/// A time as `openfn` reports write it: UTC, six digits.
pub(crate) fn rfc3339_micros(time: u64) -> String {
    let time = Timestamp::from_nanosecond(time.into()).expect("the time is before the year 9999");
    // What is finer than a microsecond is cut off, not rounded.
    let time = Timestamp::from_microsecond(time.as_microsecond()).expect("the same, less precise");
    format!("{time:.6}")
}

/// Sends a report with a stock SDK to a new receiver, and checks that the SDK had nothing to say, and
/// that the one report stored is the expected one.
pub(crate) fn check(
    peer: Peer,
    protocol: &str,
    compression: &str,
    report: &str,
    flags: &[&str],
) -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let mut command = peer.sends(protocol, report, &receiver.endpoint())?;
    command.args(flags);
    if compression != "none" {
        // Python's gRPC exporter stops at the value `none`, though OTLP names it.
        command.env("OTEL_EXPORTER_OTLP_COMPRESSION", compression);
    }
    let started = Timestamp::now();
    let sent = run(&mut command)?.success()?;
    let ended = Timestamp::now();
    assert_eq!((sent.stdout.as_str(), sent.stderr.as_str()), ("", ""), "{}", receiver.log());

    let lines = receiver.reports(&["--contract", &report.replace('-', "/")])?;
    let [line] = lines.as_slice() else {
        anyhow::bail!("expected one report, got {lines:#?}; the receiver: {}", receiver.log());
    };
    match report {
        "manyfold-0.90" => assert_eq!(line, MANYFOLD),
        _ => assert_eq!(*line, openfn(&generated_between(line, started, ended)?)),
    }
    Ok(())
}

/// The report's `generated_at`, which an SDK takes from the clock: checked against ours.
fn generated_between(line: &str, started: Timestamp, ended: Timestamp) -> anyhow::Result<String> {
    let report: Value = serde_json::from_str(line)?;
    let text = report["generated_at"].as_str().with_context(|| line.to_owned())?;
    let time: Timestamp = text.parse()?;
    // The report has microseconds, the clock has more.
    let microsecond = jiff::SignedDuration::from_micros(1);
    ensure!(started - microsecond <= time && time <= ended, "{started} <= {text} <= {ended}");
    ensure!(text == format!("{time:.6}"), "expected UTC with six digits, got {text}");
    Ok(text.to_owned())
}
