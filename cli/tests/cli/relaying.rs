//! `headcount relay`: what it says when it starts, and why it does not start.

use crate::running::{Listening, folder, run_in, write};

const TO: [&str; 6] =
    ["relay", "--upstream", "http://127.0.0.1:9", "--data", "usage", "--listen=127.0.0.1:0"];

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    TO.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn it_says_what_it_does_and_how_to_decide() {
    let folder = folder();
    let relay = Listening::start(folder.path(), &arguments(&["--contract", "manyfold/0.90"]), 1);
    let said = &relay.announced;
    for line in [
        "Nothing is sent unless you agree.",
        "headcount: contract manyfold/0.90, reports go to http://127.0.0.1:9/v1/metrics\n",
        "headcount: usage reports: nothing is sent yet: somebody has to agree\n",
        "headcount: values are held in memory only, and nothing is sent\n",
        "headcount: to decide: headcount operator notice|preview|agree|decline usage\n",
        "headcount: listening on http://127.0.0.1:",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    // One relay works on a directory, and the second is told which.
    let second = run_in(folder.path(), &arguments(&["--contract", "manyfold/0.90"]));
    assert_eq!(second.code, Some(64), "{second:?}");
    assert!(second.err.contains("in use by another relay (process "), "{second:?}");
    let (code, rest) = relay.end("-TERM");
    assert_eq!(code, Some(0), "{rest}");
    assert!(rest.ends_with("headcount: stopped\n"), "{rest}");

    let agreed = run_in(folder.path(), &["operator", "agree", "usage", "--yes"]);
    assert_eq!(agreed.code, Some(0), "{agreed:?}");
    let relay = Listening::start(folder.path(), &arguments(&["--contract", "manyfold/0.90"]), 1);
    let said = &relay.announced;
    assert!(!said.contains("Nothing is sent unless"), "the notice was shown: {said}");
    assert!(said.contains("on: the operator agreed\n"), "{said}");
    assert!(said.contains("values are held in usage, on the disk before they are"), "{said}");
    assert!(said.contains("headcount: the first report follows what comes first\n"), "{said}");
}

#[test]
fn it_does_not_start_without_what_it_needs_and_says_what_that_is() {
    let folder = folder();
    write(&folder, "relay.toml", "contract = 'shop.yaml'\nlisten = ['0.0.0.0:4318']\n");
    for (arguments, expected) in [
        (vec!["relay", "--data", "usage"], "expected a contract (--contract), such as openfn/2"),
        (vec!["relay", "--contract", "openfn/2"], "expected a directory (--data) to keep"),
        (vec!["relay", "--contract", "openfn/9", "--data", "usage"], "got openfn/9"),
        (arguments(&["--contract", "openfn/2", "--set", "held.byte=1"]), "got `byte`"),
        (
            vec!["relay", "--config", "relay.toml"],
            "relay.toml:2:10: expected TLS on 0.0.0.0:4318, which is not the loopback, got none",
        ),
        (
            vec!["relay", "--config", "relay.toml", "--plain-on-the-network", "--data", "usage"],
            "got shop.yaml",
        ),
        (
            vec!["relay", "--contract", "openfn/2", "--data", "usage", "--upstream", "nowhere"],
            "expected an endpoint that begins with http:// or https://",
        ),
    ] {
        let ended = run_in(folder.path(), &arguments);
        assert_eq!(ended.code, Some(64), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(expected), "{arguments:?}: {ended:?}");
    }
    assert!(!folder.path().join("usage/state.json").exists());
}
