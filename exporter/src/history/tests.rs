use std::fs::OpenOptions;

use headcount_contract::Document;
use tempfile::TempDir;

use super::*;
use crate::spool::Head;
use crate::spool::tests::{MADE_AT, contract, report, time};

fn history() -> (TempDir, Directory, History) {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = Directory::at(folder.path().join("data"));
    let history = History::new(&directory);
    (folder, directory, history)
}

fn sent(id: usize) -> Sent {
    let report = report(&contract("One"), 1, 1);
    let head = Head::of(&report, time(MADE_AT));
    let at = time("2024-04-26T01:30:02Z");
    let sent = Sent::new(&head, at, "https://usage.example.org", SentOutcome::Delivered);
    Sent { report_id: id.to_string(), report: report.report().ok(), ..sent }
}

/// An entry whose report has a text of so many bytes.
fn long(id: usize, bytes: usize) -> Sent {
    let text = Document::Text("x".repeat(bytes));
    Sent { report: Some(Document::Object(vec![("text".to_owned(), text)])), ..sent(id) }
}

fn entries(history: &History) -> Entries {
    history.entries().expect("read")
}

fn ids(entries: &Entries) -> Vec<usize> {
    entries.sent.iter().map(|sent| sent.report_id.parse().expect("a number")).collect()
}

fn length(directory: &Directory) -> usize {
    directory.read(FILE).expect("read").expect("there").len()
}

#[test]
fn entries_are_read_as_they_were_added() {
    let (_folder, directory, history) = history();
    assert_eq!(entries(&history), Entries::default());
    assert!(!directory.exists());
    let plain = sent(1);
    let receipt = Some(report(&contract("One"), 1, 1).receipt());
    let message = "a \"line\"\nand another".to_owned();
    let full = Sent {
        outcome: SentOutcome::Rejected,
        message,
        rejected_points: 3,
        receipt,
        receipt_matches: Some(false),
        report: None,
        ..sent(2)
    };
    history.append(&plain).expect("added");
    history.append(&full).expect("added");
    assert_eq!(entries(&history), Entries { sent: vec![plain, full], damaged: 0 });
}

#[test]
fn a_person_can_read_it() {
    let (_folder, directory, history) = history();
    let report = Document::parse(r#"{"users":12,"date":"2024-04-25"}"#).expect("JSON");
    let added = Sent { report: Some(report), ..sent(1) };
    let receipt = added.sent_receipt.expect("a new entry has it");
    history.append(&added).expect("added");
    let text = String::from_utf8(directory.read(FILE).expect("read").expect("there"));
    let digest = contract("One").digest();
    assert_eq!(
        text.expect("text"),
        format!(
            concat!(
                r#"{{"at":"2024-04-26T01:30:02Z","report_id":"1","date":"2024-04-25","reason":"daily","#,
                r#""contract":"acme/1","digest":"{}","destination":"https://usage.example.org","#,
                r#""outcome":"delivered","message":"","rejected_points":0,"sent_receipt":"{}","receipt":null,"#,
                r#""receipt_matches":null,"report":{{"users":12,"date":"2024-04-25"}}}}"#,
                "\n"
            ),
            digest, receipt
        )
    );
}

#[test]
fn every_outcome_is_read_by_its_name() {
    let all = [
        SentOutcome::Delivered,
        SentOutcome::Rejected,
        SentOutcome::Dropped,
        SentOutcome::Exported,
    ];
    for outcome in all {
        let json = serde_json::to_string(&outcome).expect("JSON");
        assert_eq!(json, format!("\"{outcome}\""));
        assert_eq!(serde_json::from_str::<SentOutcome>(&json).expect("read"), outcome);
    }
}

#[test]
fn torn_and_damaged_lines_are_passed_over() {
    let (_folder, directory, history) = history();
    history.append(&sent(1)).expect("added");
    let whole = directory.read(FILE).expect("read").expect("there");
    for length in 0..whole.len() - 1 {
        directory.write(FILE, &whole[..length]).expect("torn");
        history.append(&sent(2)).expect("added");
        let entries = entries(&history);
        assert_eq!((ids(&entries), entries.damaged), (vec![2], u64::from(length > 0)));
    }
    let mut damaged = whole.clone();
    damaged[0] = 0xff;
    directory.write(FILE, &[damaged, whole].concat()).expect("damaged");
    assert_eq!((ids(&entries(&history)), entries(&history).damaged), (vec![1], 1));
}

#[test]
fn the_newest_four_hundred_stay() {
    let (_folder, directory, history) = history();
    let lines: String = (0..399).map(|id| line(&sent(id)) + "\n").collect();
    directory.write(FILE, lines.as_bytes()).expect("written");
    for id in 399..405 {
        history.append(&sent(id)).expect("added");
    }
    assert_eq!(ids(&entries(&history)), (5..405).collect::<Vec<_>>());
}

#[test]
fn the_oldest_lose_their_reports_before_any_entry_is_dropped() {
    let (_folder, directory, history) = history();
    for id in 0..5 {
        history.append(&long(id, 3_000_000)).expect("added");
        assert!(length(&directory) <= BYTES);
    }
    let read = entries(&history);
    assert_eq!(ids(&read), [0, 1, 2, 3, 4]);
    let kept: Vec<bool> = read.sent.iter().map(|sent| sent.report.is_some()).collect();
    assert_eq!(kept, [false, false, false, true, true]);
}

#[test]
fn an_entry_longer_than_the_history_loses_its_report() {
    let (_folder, directory, history) = history();
    history.append(&sent(1)).expect("added");
    history.append(&long(2, BYTES)).expect("added");
    let entries = entries(&history);
    assert_eq!(ids(&entries), [1, 2]);
    assert_eq!(entries.sent[1].report, None);
    assert!(length(&directory) < 10_000);
}

#[test]
fn lines_that_are_none_make_room() {
    let (_folder, directory, history) = history();
    directory.write(FILE, &[vec![b'x'; BYTES - 100], b"\n".to_vec()].concat()).expect("written");
    history.append(&sent(1)).expect("added");
    assert_eq!(entries(&history), Entries { sent: vec![sent(1)], damaged: 0 });
}

#[test]
fn a_history_of_a_gigabyte_is_set_aside() {
    let (_folder, directory, history) = history();
    history.append(&sent(1)).expect("added");
    let file = OpenOptions::new().write(true).open(directory.path_of(FILE));
    file.and_then(|file| file.set_len(1 << 30)).expect("a sparse file");
    assert_eq!(entries(&history), Entries::default());
    history.append(&sent(2)).expect("added");
    assert_eq!(ids(&entries(&history)), [2]);
    assert_eq!(directory.list("damaged").expect("listed")[0].name, "history.jsonl-1");
}

#[test]
fn what_reports_said_can_be_forgotten() {
    let (_folder, directory, history) = history();
    history.forget_reports().expect("nothing to forget");
    assert!(!directory.exists());
    history.append(&sent(1)).expect("added");
    directory.append(FILE, r#"{"report":{"readers":3"#).expect("a damaged line");
    history.append(&Sent { report: None, ..sent(2) }).expect("added");
    history.forget_reports().expect("forgotten");
    let kept = entries(&history);
    assert_eq!((ids(&kept), kept.damaged), (vec![1, 2], 0));
    assert!(kept.sent.iter().all(|sent| sent.report.is_none()));
    assert_eq!(kept.sent[0], Sent { report: None, ..sent(1) });
}
