//! `headcount store show` and `erase`: one instance, for the person who runs the receiver.

use std::io::Write as _;
use std::process::Stdio;

use headcount_contract::Document;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::running::{Ended, Listening, folder, headcount, run_in};
use crate::serving::manyfold;

const MINE: &str = "fdb45536-cba8-4204-b352-71fc1062fd95";
const OTHER: &str = "0c1d2e3f-cba8-4204-b352-71fc1062fd95";

/// Today, as receivers count days.
fn today() -> u64 {
    u64::try_from(Timestamp::now().as_second() / 86_400).expect("it is after 1970")
}

/// A running receiver that holds two reports of one instance and one of another.
fn receiver() -> (TempDir, Listening) {
    let folder = folder();
    let serving = Listening::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"], 1);
    for request in [manyfold(MINE, today() - 1), manyfold(MINE, today()), manyfold(OTHER, today())]
    {
        assert_eq!(serving.post(&request), (200, "{}".to_owned()));
    }
    (folder, serving)
}

fn store(folder: &TempDir, arguments: &[&str]) -> Ended {
    run_in(folder.path(), &[&["store"], arguments].concat())
}

fn shown(folder: &TempDir, id: &str) -> Vec<Document> {
    let ended = store(folder, &["show", "manyfold", id]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.out.lines().map(|line| Document::parse(line).expect("JSON")).collect()
}

#[test]
fn all_of_one_instance_is_shown_beside_a_running_receiver() {
    let (folder, _serving) = receiver();
    let lines = shown(&folder, MINE);
    assert_eq!(lines.len(), 2);
    for line in &lines {
        assert_eq!(line.get("contract"), Some(&Document::Text("manyfold/0.90".to_owned())));
        let Some(Document::Text(receipt)) = line.get("receipt") else { panic!("{line}") };
        assert_eq!(receipt.len(), 64);
        let report = line.get("report").expect("it is whole");
        assert_eq!(report.get("id"), Some(&Document::Text(MINE.to_owned())));
        assert_eq!(line.get("lacks"), None);
    }
    assert_eq!(shown(&folder, OTHER).len(), 1);
}

#[test]
fn what_is_erased_stays_so_and_others_stay() {
    let (folder, serving) = receiver();
    let refused = store(&folder, &["erase", "manyfold", MINE]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("expected a terminal to ask on, or --yes"), "{refused:?}");
    assert_eq!(shown(&folder, MINE).len(), 2);

    let mut command = headcount();
    command.args(["store", "erase", "manyfold", "-", "--yes"]).current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut erasing = command.spawn().expect("it starts");
    let mut stdin = erasing.stdin.take().expect("it is piped");
    writeln!(stdin, "{MINE}").expect("it reads");
    drop(stdin);
    let output = erasing.wait_with_output().expect("it ends");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success() && said.starts_with("erased 2 reports, remembered until 20"));

    assert!(shown(&folder, MINE).is_empty());
    assert_eq!(shown(&folder, OTHER).len(), 1);
    assert_eq!(serving.post(&manyfold(MINE, today() - 1)), (200, "{}".to_owned()));
    let late = store(&folder, &["show", "manyfold", MINE]);
    assert_eq!(late.out, "", "what a Collector held back is not kept");
    assert!(late.err.contains("an erasure is remembered until 20"), "{late:?}");
}

#[test]
fn a_slip_of_the_hand_is_no_instance_without_reports() {
    let (folder, _serving) = receiver();
    for command in [&["show"][..], &["erase", "--yes"]] {
        let ended = store(&folder, &[command, &["manifold", MINE]].concat());
        assert_eq!(ended.code, Some(64), "{ended:?}");
        assert!(ended.err.contains("expected the name of a known contract (openfn, "), "{ended:?}");
    }
    let ended = store(&folder, &["show", "openfn", "not-a-uuid"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("at instance.raw"), "{ended:?}");
    let ended = store(&folder, &["show", "manyfold", "11111111-cba8-4204-b352-71fc1062fd95"]);
    assert_eq!((ended.code, &*ended.out), (Some(0), ""), "{ended:?}");
    assert!(ended.err.contains("nothing is held about this instance"), "{ended:?}");

    let empty = crate::running::folder();
    let ended = store(&empty, &["show", "manyfold", MINE]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("expected a database in headcount.db, there is none"), "{ended:?}");
    assert_eq!(std::fs::read_dir(empty.path()).expect("a folder").count(), 0, "nothing is made");
}
