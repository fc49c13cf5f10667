//! A program reports from a machine whose own name is a canary, run by a user in a folder that is one, and none of
//! it is in what leaves.
#![cfg(target_os = "linux")] // a name for one process: a UTS namespace

use std::fs;
use std::process::Command;

use anyhow::Context as _;
use headcount_tests::{Capture, Needles, example, run};

#[test]
fn neither_its_name_nor_who_runs_it() -> anyhow::Result<()> {
    const CANARY: &str = "canary-host-5f3a9c";
    let capture = Capture::start()?;
    let folder = tempfile::Builder::new().prefix(CANARY).tempdir()?;
    fs::write(folder.path().join(format!("{CANARY}.md")), CANARY)?;
    let state = folder.path().join("answer");
    let program = example("command_line")?;
    let mut agree = example("command_line")?;
    run(agree.args(["--usage", "yes"]).env("TIDY_STATE", &state))?.success()?;
    // The name is set, then shown, then the program runs under it.
    let script = "hostname \"$1\" && hostname && exec \"$0\" .";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--uts", "--", "sh", "-c", script]);
    command.arg(program.get_program()).arg(CANARY).current_dir(folder.path());
    command.env("TIDY_ENDPOINT", capture.endpoint()).env("TIDY_STATE", state);
    for name in ["CI", "DO_NOT_TRACK", "TIDY_USAGE"] {
        command.env_remove(name);
    }
    for name in ["HOSTNAME", "USER", "LOGNAME", "HOME", "OTEL_SERVICE_NAME"] {
        command.env(name, CANARY);
    }
    command.env("OTEL_RESOURCE_ATTRIBUTES", format!("host.name={CANARY}"));
    let finished = run(&mut command).context("unshare and hostname are needed")?.success()?;
    assert!(finished.stdout.starts_with(CANARY), "the machine is renamed: {}", finished.stdout);

    let requests = capture.requests();
    assert_eq!(requests.len(), 1, "{}", finished.stderr);
    let mut needles = Needles::default();
    needles.add(CANARY);
    let head = format!("{} {:?}", requests[0].path, requests[0].headers);
    assert_eq!(needles.found_in(head.as_bytes()), Vec::<String>::new());
    assert_eq!(needles.found_in(&requests[0].message()), Vec::<String>::new());
    assert!(!requests[0].message().is_empty());
    Ok(())
}
