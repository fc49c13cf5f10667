//! `headcount store import`

use std::io::Write as _;
use std::process::Stdio;

use headcount_contract::{Header, InstanceId, Library, Reason, Secret, erasure};
use tempfile::TempDir;

use crate::contracts::SHOP;
use crate::running::{Ended, Listening, folder, headcount, run_in, write};
use crate::serving::{DAY, date, manyfold, request};

const IDS: [&str; 3] = [
    "fdb45536-cba8-4204-b352-71fc1062fd95",
    "0c1d2e3f-cba8-4204-b352-71fc1062fd95",
    "9d1c2b3a-e878-470d-b7c0-cfa8f7e003ae",
];

/// A report of Manyfold on one line.
fn line(instance: usize, day: u64) -> String {
    manyfold(IDS[instance], day).replace('\n', " ")
}

/// What an instance of Manyfold sends to be forgotten, at the end of that day.
fn ask(instance: usize, day: u64) -> String {
    let library = Library::built_in();
    let contract = library.find("manyfold").expect("it ships");
    let time_unix_nano = (day + 1) * 86_400_000_000_000;
    let header = Header {
        report_id: Header::report_id_at(time_unix_nano, 0, [1; 8]),
        date: date(day).parse().expect("a date"),
        time_unix_nano,
        reason: Reason::Erase,
        dropped: 0,
    };
    let id = InstanceId::Raw(IDS[instance], &Secret::new([0; 32]));
    let otlp = erasure(contract, id, &header).expect("it has an identity").otlp();
    headcount_proto::to_json(&otlp).expect("OTLP")
}

fn import(folder: &TempDir, arguments: &[&str]) -> Ended {
    run_in(folder.path(), &[&["store", "import"], arguments].concat())
}

fn reports(folder: &TempDir) -> usize {
    let ended = run_in(folder.path(), &["reports"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.out.lines().count()
}

#[test]
fn reports_are_added_once() {
    let folder = folder();
    write(&folder, "monday.jsonl", &[line(0, *DAY), line(1, *DAY)].join("\n"));
    write(&folder, "tuesday.jsonl", &format!("\n{}\n\n{}\n", line(0, *DAY), line(0, *DAY + 1)));
    let ended = import(&folder, &["monday.jsonl", "tuesday.jsonl"]);
    let out = "monday.jsonl: 2 reports added, 0 duplicate, 0 data points rejected\n\
               tuesday.jsonl: 1 report added, 1 duplicate, 0 data points rejected\n";
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), out), "{ended:?}");
    assert_eq!(ended.err, "headcount: made the store sqlite:headcount.db: there was none\n");
    assert_eq!(reports(&folder), 3);
    let ended = import(&folder, &["monday.jsonl"]);
    let out = "monday.jsonl: 0 reports added, 2 duplicate, 0 data points rejected\n";
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(0), out, ""));
    assert_eq!(reports(&folder), 3);
}

#[test]
fn what_is_wrong_is_named_by_its_line_and_the_rest_is_kept() {
    let folder = folder();
    let unlisted = line(1, *DAY).replace("headcount.report", "some.gauge");
    let lines = [
        line(0, *DAY),
        "no JSON".to_owned(),
        String::new(),
        unlisted,
        r#"{"resourceMetrics":1}"#.to_owned(),
        line(1, *DAY),
    ];
    write(&folder, "some.jsonl", &lines.join("\n"));
    write(&folder, "next.jsonl", &line(2, *DAY));
    let ended = import(&folder, &["some.jsonl", "next.jsonl"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let out: Vec<_> = ended.out.lines().collect();
    let begin = "some.jsonl: 2 reports added, 0 duplicate, 1 data point rejected, 2 lines left out; \
                 the first at some.jsonl:4: expected a metric of manyfold/0.90, got one that";
    assert!(out[0].starts_with(begin), "{ended:?}");
    assert!(out[0].ends_with(", at resourceMetrics[0].scopeMetrics[0].metrics[0]"), "{ended:?}");
    assert_eq!(out[1..], ["next.jsonl: 1 report added, 0 duplicate, 0 data points rejected"]);
    let said: Vec<_> = ended.err.lines().skip(1).collect();
    assert!(said[0].starts_with("some.jsonl:2: malformed JSON: "), "{ended:?}");
    assert_eq!(
        said[1..],
        ["some.jsonl:5: expected an array, got a number, at resourceMetrics (column 20)"]
    );
    assert_eq!(reports(&folder), 3);
}

#[test]
fn a_file_of_something_else_does_not_fill_the_screen() {
    let folder = folder();
    write(&folder, "letter.txt", &"Dear friend,\n".repeat(500));
    let ended = import(&folder, &["letter.txt"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let out =
        "letter.txt: 0 reports added, 0 duplicate, 0 data points rejected, 500 lines left out\n";
    assert_eq!(ended.out, out);
    assert_eq!(ended.err.matches("letter.txt:").count(), 11, "{ended:?}");
    assert!(ended.err.ends_with("letter.txt: and 490 lines more\n"), "{ended:?}");
}

#[test]
fn standard_input_is_a_file_too() {
    let folder = folder();
    let mut command = headcount();
    command.args(["store", "import", "--store", "sqlite:other.db", "-"]).current_dir(folder.path());
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it starts");
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(line(0, *DAY).as_bytes()).expect("it reads");
    drop(input);
    let ended = child.wait_with_output().expect("it ends");
    let out = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(out, "stdin: 1 report added, 0 duplicate, 0 data points rejected\n");
    assert_eq!(ended.status.code(), Some(0));
    assert!(folder.path().join("other.db").exists());
}

#[test]
fn it_shares_the_database_with_a_receiver() {
    let folder = folder();
    write(&folder, "shop.yaml", SHOP);
    write(&folder, "headcount.toml", "store = 'sqlite:shared.db'\ncontracts = ['shop.yaml']");
    let serve = ["serve", "--config", "headcount.toml", "--listen", "127.0.0.1:0"];
    let serving = Listening::start(folder.path(), &serve, 1);
    assert_eq!(serving.post(&manyfold(IDS[0], *DAY)).0, 200);
    let text = |key: &str, value: &str| {
        format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
    };
    let shop = [text("service.name", "shop"), text("service.instance.id", IDS[2])].join(",");
    let shop = request(&shop, "shop.orders", *DAY).replace('\n', " ");
    write(&folder, "bundle.jsonl", &[line(0, *DAY), line(1, *DAY), shop].join("\n"));
    let ended = import(&folder, &["--config", "headcount.toml", "bundle.jsonl"]);
    let out = "bundle.jsonl: 2 reports added, 1 duplicate, 0 data points rejected\n";
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), out), "{ended:?}");
    // The instance is one, whichever way its reports came: so is its erasure.
    write(&folder, "asked.jsonl", &ask(0, *DAY));
    let ended = import(&folder, &["--config", "headcount.toml", "asked.jsonl"]);
    let out =
        "asked.jsonl: 0 reports added, 0 duplicate, 0 data points rejected, 1 instance erased\n";
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), out), "{ended:?}");
    let reports = run_in(folder.path(), &["reports", "--config", "headcount.toml"]);
    assert_eq!(reports.out.lines().count(), 2, "{reports:?}");
    assert!(!reports.out.contains(IDS[0]), "{reports:?}");
    assert_eq!(serving.post(&manyfold(IDS[0], *DAY)).0, 200);
    let reports = run_in(folder.path(), &["reports", "--config", "headcount.toml"]);
    assert!(!reports.out.contains(IDS[0]), "a duplicate from before: {reports:?}");
}

#[test]
fn nothing_is_imported_where_a_name_is_wrong() {
    let folder = folder();
    write(&folder, "monday.jsonl", &line(0, *DAY));
    let ended = import(&folder, &["monday.jsonl", "tusday.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{ended:?}");
    assert!(ended.err.starts_with("headcount: expected a file in tusday.jsonl: "), "{ended:?}");
    assert!(!folder.path().join("headcount.db").exists());
    let ended = import(&folder, &["--store", "memory", "monday.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{ended:?}");
    assert!(ended.err.contains("got memory, which would forget"), "{ended:?}");
    let ended = import(&folder, &["--store", "sqlite:none/a.db", "monday.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{ended:?}");
    assert_eq!(import(&folder, &[]).code, Some(2));
}

#[test]
fn a_store_that_stops_working_ends_it_at_the_line() {
    let folder = folder();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    assert_eq!(Listening::start(folder.path(), &serve, 1).end("-TERM").0, Some(0));
    let mut command = headcount();
    command.args(["store", "import", "-"]).current_dir(folder.path());
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut input = child.stdin.take().expect("it is piped");
    // More than one group, so that the first one is done when the database goes.
    let line = |instance| {
        let id = format!("0c1d2e3f-{instance:04}-4204-b352-71fc1062fd95");
        manyfold(&id, *DAY).replace('\n', " ")
    };
    let more: Vec<_> = (0..100).map(line).collect();
    input.write_all(more.join("\n").as_bytes()).expect("it reads");
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while reports(&folder) < 64 {
        assert!(std::time::Instant::now() < deadline, "the first group is stored in time");
    }
    std::fs::rename(folder.path().join("headcount.db"), folder.path().join("away.db"))
        .expect("it is there");
    drop(input);
    let ended = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("headcount: stdin:65: expected a store to keep the report in"), "{said}");
    assert!(said.contains("importing it again changes nothing"), "{said}");
}
