//! `smallest`: one report, over either protocol.

use std::process::Command;

use crate::receiver::Receiver;

fn reports(url: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_smallest"));
    let output = command
        .arg(url)
        .arg(folder.path())
        .env_remove("CI")
        .env_remove("DO_NOT_TRACK")
        .env_remove("BOOKSHELF_TELEMETRY")
        .output()
        .expect("the example runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn what_it_shows_is_what_is_stored() {
    let receiver = Receiver::start();
    let shown = reports(&receiver.url());
    let stored = receiver.reports("bookshelf");
    assert_eq!(stored.len(), 1);
    assert_eq!(shown, format!("{}\ndelivered\n", stored[0].pretty()));
    assert!(shown.contains("\"readers\": 3"), "{shown}");
}

#[test]
fn without_a_receiver_it_says_so_and_ends_well() {
    let shown = reports("http://127.0.0.1:1");
    assert!(shown.contains("not delivered: expected to connect to 127.0.0.1:1: "), "{shown}");
}
