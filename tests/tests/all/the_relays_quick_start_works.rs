//! The application in Python that the relay's documentation shows, run as it stands there: its report is the documented
//! one, and nothing that the SDK adds is in it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use headcount_tests::{Peer, Receiver, Relay, run};
use jiff::Timestamp;

/// The block of a language that a page shows first.
fn block(page: &str, language: &str) -> anyhow::Result<String> {
    let (_, rest) = page.split_once(&format!("```{language}\n")).context("there is a block")?;
    Ok(rest.split_once("```").context("it ends")?.0.to_owned())
}

#[test]
fn as_it_stands_in_its_readme() -> anyhow::Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../relay/README.md");
    let (receiver, folder) = (Receiver::start()?, tempfile::tempdir()?);
    let script = folder.path().join("application.py");
    fs::write(&script, block(&fs::read_to_string(page)?, "python")?)?;
    let relay = Relay::start(folder.path(), ("openfn/2", &receiver.endpoint()), |_| {})?;
    let mut application = Peer::Python.command()?;
    application.arg(script);
    application.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", relay.address()));
    let ran = run(&mut application)?.success()?;
    ensure!(ran.stderr.is_empty(), "the SDK warns: {}", ran.stderr);

    relay.wait_for("state.json")?;
    let preview: serde_json::Value = serde_json::from_str(&relay.operator(&["preview"])?)?;
    let instance = &preview["instance"];
    assert_eq!(instance["no_of_users"], 12, "{preview}");
    let hash = "EECF8CFDD120E8DF8D9A12CA92AC3E815908223F95CFB11F19261A3C0EB34AEC";
    assert_eq!(instance["hashed_uuid"], hash, "{preview}");
    assert_eq!(preview["projects"][0]["no_of_users"], 3, "{preview}");

    // The day is not over, so there is no report yet of this contract.
    let status = relay.operator(&["status"])?;
    assert!(status.contains("on: nobody declined after the notice was shown"), "{status}");
    assert_eq!(receiver.reports(&[])?, Vec::<String>::new());
    relay.operator(&["decline"])?;
    let held = |relay: &Relay| {
        Ok::<_, anyhow::Error>(relay.files()?.iter().any(|(name, _)| name.contains("held")))
    };
    let deadline = Timestamp::now() + jiff::SignedDuration::from_mins(1);
    while held(&relay)? {
        ensure!(Timestamp::now() < deadline, "it is held still: {}", relay.log());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(relay.stop()?, Some(0));
    Ok(())
}
