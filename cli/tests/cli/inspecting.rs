//! `headcount inspect`

use std::io::{BufRead as _, BufReader};
use std::process::ChildStdout;

use crate::running::{Listening, folder};
use crate::serving::{manyfold, request};

/// What is printed for one request: up to the empty line behind it.
fn shown(out: &mut BufReader<ChildStdout>) -> String {
    let mut text = String::new();
    loop {
        let before = text.len();
        out.read_line(&mut text).expect("UTF-8");
        assert!(text.len() > before, "it ended, having printed: {text}");
        if text[before..].trim().is_empty() {
            return text;
        }
    }
}

#[test]
fn it_shows_what_would_be_stored_and_what_not_and_stores_nothing() {
    let folder = folder();
    let mut inspecting =
        Listening::start(folder.path(), &["inspect", "--listen", "127.0.0.1:0"], 1);
    let mut out = inspecting.output();
    inspecting.post(&manyfold("fdb45536-cba8-4204-b352-71fc1062fd95", 20_000));
    let text = shown(&mut out);
    assert!(text.starts_with("# manyfold/0.90 for 2024-10-04\n{\n  \"id\": "), "{text}");
    assert!(text.contains("# 1 data point: 1 accepted, 0 duplicate, 0 rejected\n"), "{text}");
    assert!(text.contains("# stripped resource attributes: host.name\n"), "{text}");
    assert!(!text.contains("printer-in-the-basement"), "{text}");

    let name = r#"{"key":"service.name","value":{"stringValue":"nobody"}}"#;
    inspecting.post(&request(name, "some.gauge", 20_000));
    let text = shown(&mut out);
    assert!(text.contains("0 accepted, 0 duplicate, 1 rejected; the first: expected "), "{text}");
    assert!(text.contains("at resourceMetrics[0]"), "{text}");
    let metrics = "# rejected metrics that the contract does not list: some.gauge\n";
    assert!(text.contains(metrics), "{text}");
    let (code, said) = inspecting.end("-TERM");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

#[test]
fn names_cannot_steer_the_terminal_and_refusals_are_told() {
    let folder = folder();
    let mut inspecting =
        Listening::start(folder.path(), &["inspect", "--listen", "127.0.0.1:0"], 1);
    let mut out = inspecting.output();
    let steering = manyfold("fdb45536-cba8-4204-b352-71fc1062fd95", 20_000)
        .replace("host.name", "host\\u001b[2Jname\\u202e");
    inspecting.post(&steering);
    let text = shown(&mut out);
    assert!(text.contains(r"# stripped resource attributes: host\u{1b}[2Jname\u{202e}"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");

    assert_eq!(inspecting.post(r#"{"resourceMetrics": 7}"#).0, 400);
    let (_, said) = inspecting.end("-TERM");
    let refused = "refused a request: expected an array, got a number, at resourceMetrics";
    assert!(said.lines().any(|line| line.starts_with(refused)), "{said}");
    assert!(!said.contains("label"), "{said}");
}
