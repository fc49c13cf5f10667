//! The log of `headcount serve` as JSON: one object a line, and no word of a sender's.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::running::{Listening, folder, headcount, run_in};
use crate::serving::request;

/// Neither letters nor digits of it are elsewhere.
const CANARY: &str = "Zq7vKw9x";

/// Sends bytes, and waits for the end of the answer.
fn send(serving: &Listening, bytes: &str) {
    let mut stream = TcpStream::connect(serving.addresses[0]).expect("it listens");
    stream.write_all(bytes.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    // A connection that is cut is an answer, too.
    let _ = stream.read_to_end(&mut answer);
}

#[test]
fn every_line_is_an_object_and_holds_nothing_of_a_sender() {
    let folder = folder();
    let mut command = headcount();
    command.env("RUST_LOG", "trace").env("HEADCOUNT_LOG__FORMAT", "json");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--set", "operator.listen=127.0.0.1:0"];
    let serving = Listening::of(command, folder.path(), &arguments, 1);
    let attribute = format!(r#"{{"key":"{CANARY}","value":{{"stringValue":"{CANARY}"}}}}"#);
    serving.post(&request(&attribute, CANARY, 20_000));
    serving.post(&format!(r#"{{"{CANARY}":["#));
    for head in [
        format!("GET /{CANARY}?{CANARY} HTTP/1.1\r\nhost: {CANARY}\r\nconnection: close\r\n\r\n"),
        format!(
            "POST /v1/metrics HTTP/1.1\r\nhost: a\r\ncontent-type: {CANARY}\r\nuser-agent: {CANARY}\r\n\
                 content-encoding: {CANARY}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        ),
        format!("{CANARY} {CANARY} {CANARY}\r\n\r\n"),
        format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{CANARY}{CANARY}{CANARY}"),
    ] {
        send(&serving, &head);
    }
    let announced = serving.announced.clone();
    let (code, said) = serving.end("-TERM");
    let said = announced + &said;
    assert_eq!(code, Some(0), "{said}");
    let mut messages = Vec::new();
    for line in said.lines() {
        let event: Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no object: {line}"));
        for field in ["timestamp", "level", "target"] {
            assert!(event[field].is_string(), "{line}");
        }
        messages.push(event["message"].as_str().unwrap_or_default().to_owned());
    }
    for expected in ["listening on http://", "operator's token in ", "stopped", "refused a request"]
    {
        assert!(messages.iter().any(|message| message.contains(expected)), "{expected}: {said}");
    }
    for form in [CANARY.to_owned(), CANARY.to_lowercase(), bytes(CANARY)] {
        assert!(!said.contains(&form), "{form}: {said}");
    }
}

/// As Rust shows bytes.
fn bytes(text: &str) -> String {
    let bytes: Vec<_> = text.bytes().map(|byte| byte.to_string()).collect();
    bytes.join(", ")
}

#[test]
fn what_every_start_tells_is_told_without_being_asked_for() {
    let folder = folder();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--set", "log.format=json"];
    let serving = Listening::start(folder.path(), &arguments, 1);
    assert!(serving.announced.lines().all(|line| line.starts_with('{')), "{}", serving.announced);
    let (_, said) = serving.end("-TERM");
    assert!(said.contains(r#""message":"stopped""#), "{said}");
    let ended = run_in(folder.path(), &["serve", "--set", "log.format=xml"]);
    assert_eq!(ended.code, Some(64));
    assert!(ended.err.contains("expected text or json, got `xml`"), "{ended:?}");
}
