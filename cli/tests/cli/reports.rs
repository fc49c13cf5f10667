//! `headcount reports`

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use headcount_contract::{Contract, Document, Library};
use tempfile::TempDir;

use crate::contracts::SHOP;
use crate::running::{Listening, folder, headcount, run_in, write};
use crate::serving::{DAY, date, manyfold, request};

const ID: &str = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";

/// The day of the reports, or so many after it.
fn day(after: u64) -> String {
    date(*DAY + after)
}

/// A store with two days of Manyfold, a part of a report of OpenFn, and a report of a shop. The
/// receiver is still running.
fn store() -> (TempDir, Listening) {
    let folder = folder();
    write(&folder, "shop.yaml", SHOP);
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--contract", "shop.yaml"];
    let serving = Listening::start(folder.path(), &arguments, 1);
    let text = |key: &str, value: &str| {
        format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
    };
    let id = text("service.instance.id", "3cfb674b-e878-470d-b7c0-cfa8f7e003ae");
    let openfn = [
        text("service.name", "openfn"),
        id.clone(),
        text("service.version", "v2.4.2:match:f1bd9ae"),
        text("os.type", "linux"),
    ];
    for request in [
        manyfold("fdb45536-cba8-4204-b352-71fc1062fd95", *DAY),
        manyfold("fdb45536-cba8-4204-b352-71fc1062fd95", *DAY + 1),
        manyfold("0c1d2e3f-cba8-4204-b352-71fc1062fd95", *DAY + 1),
        request(&openfn.join(","), "openfn.users", *DAY),
        request(&[text("service.name", "shop"), id].join(","), "shop.orders", *DAY),
    ] {
        assert_eq!(serving.post(&request), (200, "{}".to_owned()));
    }
    (folder, serving)
}

fn lines(folder: &TempDir, arguments: &[&str]) -> Vec<String> {
    let ended = run_in(folder.path(), &[&["reports"], arguments].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.out.lines().map(str::to_owned).collect()
}

#[test]
fn each_line_is_the_documented_report() {
    let (folder, _serving) = store();
    let manyfold = lines(&folder, &["--contract", "manyfold/0.90", "--date", &day(0)]);
    assert_eq!(
        manyfold,
        [
            r#"{"id":"fdb45536-cba8-4204-b352-71fc1062fd95","version":{"app":"v0.67.0","sha":"f8d09c9be141e9fb367b08099308dd8b93aa92b2","image":null,"arch":"arm-linux-musleabihf"}}"#
        ]
    );
    let shop = lines(&folder, &["--contract", "shop.yaml"]);
    let contract = Contract::parse("shop.yaml", SHOP).expect("a contract");
    let report = Document::parse(&shop[0]).expect("JSON");
    assert_eq!((shop.len(), report.get("orders")), (1, Some(&Document::Int(1))));
    assert_eq!(contract.label(), "shop/1");
}

#[test]
fn what_the_receiver_added_stands_beside_the_report_and_only_if_asked_for() {
    let folder = folder();
    let receiver = "receiver:\n  derives: [received_at, source_address_hash]\n";
    write(&folder, "shop.yaml", &format!("{SHOP}{receiver}"));
    let serve = ["serve", "--listen", "127.0.0.1:0", "--contract", "shop.yaml"];
    let serving = Listening::start(folder.path(), &serve, 1);
    let attributes = [("service.name", "shop"), ("service.instance.id", ID)]
        .map(|(key, value)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#));
    assert_eq!(serving.post(&request(&attributes.join(","), "shop.orders", *DAY)).0, 200);
    let plain = lines(&folder, &["--contract", "shop.yaml"]);
    let both = lines(&folder, &["--contract", "shop.yaml", "--derived"]);
    let line = Document::parse(&both[0]).expect("JSON");
    assert_eq!(line.get("report").map(Document::to_string), Some(plain[0].clone()));
    let derived = line.get("derived").expect("what was added");
    let text = |key| match derived.get(key) {
        Some(Document::Text(text)) => text.clone(),
        other => panic!("expected a text for {key}, got {other:?}"),
    };
    let moment: jiff::Timestamp = text("received_at").parse().expect("a time");
    assert_eq!(moment.subsec_nanosecond(), 0);
    assert_eq!(text("source_address_hash").len(), 64);
}

#[test]
fn filters_choose_by_contract_and_day() {
    let (folder, _serving) = store();
    let count = |arguments: &[&str]| lines(&folder, arguments).len();
    let [date, next, quiet] = [0, 1, 2].map(day);
    assert_eq!(count(&["--contract", "manyfold"]), 3);
    assert_eq!(count(&["--contract", "manyfold", "--date", &next]), 2);
    assert_eq!(count(&["--contract", "manyfold", "--from", &next]), 2);
    assert_eq!(count(&["--contract", "manyfold", "--to", &date]), 1);
    assert_eq!(count(&["--contract", "manyfold", "--from", &date, "--to", &next]), 3);
    assert_eq!(count(&["--contract", "manyfold", "--date", &quiet]), 0);
    assert_eq!(count(&["--contract-file", "shop.yaml"]), 4);
}

#[test]
fn incomplete_reports_are_named_and_left_out_or_printed_alone() {
    let (folder, _serving) = store();
    let arguments = ["reports", "--contract", "openfn"];
    let ended = run_in(folder.path(), &arguments);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{ended:?}");
    let left_out = format!("left out openfn/3 for {}: expected a whole report", day(0));
    assert!(ended.err.contains(&left_out), "{ended:?}");
    assert!(ended.err.contains("left out 1 report, incomplete"), "{ended:?}");
    let ended = run_in(folder.path(), &[&arguments[..], &["--incomplete"]].concat());
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    let line = Document::parse(&ended.out).expect("one line of JSON");
    assert_eq!(line.get("contract"), Some(&Document::Text("openfn/3".to_owned())));
    assert_eq!(line.get("date"), Some(&Document::Text(day(0))));
    let Some(Document::List(missing)) = line.get("missing") else { panic!("{line}") };
    assert!(missing.contains(&Document::Text("instance.no_of_active_users".to_owned())), "{line}");
}

#[test]
fn missing_data_points_are_counted() {
    let (folder, serving) = store();
    let text = |key: &str, value: &str| {
        format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
    };
    let attributes = [
        text("service.name", "shop"),
        text("service.instance.id", "9d1c2b3a-e878-470d-b7c0-cfa8f7e003ae"),
        r#"{"key":"headcount.report.points","value":{"intValue":"3"}}"#.to_owned(),
    ];
    assert_eq!(serving.post(&request(&attributes.join(","), "shop.orders", *DAY)).0, 200);
    let ended = run_in(folder.path(), &["reports", "--contract", "shop.yaml", "--incomplete"]);
    assert!(ended.out.contains(r#""missing":[],"points":{"held":1,"expected":3},"#), "{ended:?}");
    let ended = run_in(folder.path(), &["reports", "--contract", "shop.yaml"]);
    let hint = "1 report had fewer data points than the sender counted";
    assert!(ended.err.contains(hint), "{ended:?}");
}

#[test]
fn a_contract_that_nobody_knows_is_no_quiet_day() {
    let (folder, _serving) = store();
    for meant in ["openfn/9", "Openfn", "bokshelf"] {
        let ended = run_in(folder.path(), &["reports", "--contract", meant]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{ended:?}");
        let begin = "headcount: expected a known contract (openfn/1, ";
        let end = format!(") or one with reports in the store, got {meant}\n");
        assert!(ended.err.starts_with(begin) && ended.err.ends_with(&end), "{ended:?}");
    }
    // Not known here, but there are reports: they are left out by name.
    let ended = run_in(folder.path(), &["reports", "--contract", "shop"]);
    assert!(ended.err.contains("left out 1 report of shop/1"), "{ended:?}");
    assert!(lines(&folder, &["--contract", "openwisp"]).is_empty());
}

#[test]
fn reports_of_unknown_contracts_are_not_lost_in_silence() {
    let (folder, _serving) = store();
    let ended = run_in(folder.path(), &["reports"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert_eq!(ended.out.lines().count(), 3, "{ended:?}");
    assert!(
        ended.err.contains("left out 1 report of shop/1: add it with --contract-file FILE"),
        "{ended:?}"
    );
}

#[test]
fn the_configuration_of_the_receiver_serves_too() {
    let (folder, _serving) = store();
    write(&folder, "headcount.toml", "store = 'sqlite:headcount.db'\ncontracts = ['shop.yaml']");
    assert_eq!(lines(&folder, &["--config", "headcount.toml"]).len(), 4);
}

#[test]
fn a_store_that_is_not_there_is_not_made() {
    let folder = folder();
    let ended = run_in(folder.path(), &["reports"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{ended:?}");
    assert!(ended.err.starts_with("headcount: expected a database in headcount.db"), "{ended:?}");
    assert!(!folder.path().join("headcount.db").exists());
    let ended = run_in(folder.path(), &["reports", "--store", "memory"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("got memory"), "{ended:?}");
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (folder, _serving) = store();
    // More than a pipe holds, so that writing meets the end of reading.
    let request = |instance| {
        let id = format!("0c1d2e3f-{instance:04}-4204-b352-71fc1062fd95");
        manyfold(&id, *DAY + 2).replace('\n', " ")
    };
    write(&folder, "many.jsonl", &(0..600).map(request).collect::<Vec<_>>().join("\n"));
    assert_eq!(run_in(folder.path(), &["store", "import", "many.jsonl"]).code, Some(0));
    let mut command = headcount();
    command.args(["reports", "--contract", "manyfold"]).current_dir(folder.path());
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    let mut out = BufReader::with_capacity(64, child.stdout.take().expect("it is piped"));
    out.read_line(&mut line).expect("UTF-8");
    assert!(line.starts_with("{\"id\":"), "{line}");
    drop(out);
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn the_built_in_contracts_are_those_of_the_library() {
    // The tests above rely on the newest of OpenFn being version 3.
    let library = Library::built_in();
    assert_eq!(library.newest("openfn").expect("it ships").version(), "3");
}
