use std::fs::{self, File};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use headcount_contract::Library;
use tempfile::TempDir;

use super::*;
use crate::Exporter;

const DEADLINE: Duration = Duration::from_mins(1);
const PATIENT: Patience = Patience { taken: DEADLINE, answered: DEADLINE };
const ID: &str = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";

/// An application that was told nothing, with a gauge that panics where it is asked.
fn application(folder: &TempDir) -> Exporter {
    let library = Library::built_in();
    let contract = library.get("openfn", "2").expect("it ships").clone();
    let exporter = Exporter::builder(contract, folder.path())
        .endpoint("http://127.0.0.1:9")
        .environment(|_| None)
        .show_notice(|_| {})
        .attribute("service.version", "v2.4.2:match:f1bd9ae")
        .attribute("os.type", "linux")
        .instance_id(ID)
        .build();
    exporter.expect("everything is right")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Asks while the application looks, as its thread does.
fn asked(exporter: &Exporter, question: Question) -> Reply {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                exporter.instance().answer_requests();
                thread::yield_now();
            }
        });
        let reply = ask(&exporter.instance().directory, &question, PATIENT);
        done.store(true, Ordering::Relaxed);
        reply.expect("it can be asked").expect("it answers")
    })
}

/// What the application answers to these bytes.
fn answer_to(exporter: &Exporter, folder: &TempDir, bytes: &[u8]) -> String {
    fs::create_dir_all(folder.path().join(FOLDER)).expect("a folder can be made");
    fs::write(folder.path().join(path(ID, ASK)), bytes).expect("it can be written");
    exporter.instance().answer_requests();
    assert!(!folder.path().join(path(ID, ASK)).exists());
    fs::read_to_string(folder.path().join(path(ID, ANSWER))).expect("an answer")
}

fn left(folder: &TempDir) -> usize {
    fs::read_dir(folder.path().join(FOLDER)).map_or(0, Iterator::count)
}

#[test]
fn an_application_answers_and_nothing_is_left() {
    let folder = folder();
    let exporter = application(&folder);
    let Reply::Status(status) = asked(&exporter, Question::Status {}) else {
        panic!("another answer")
    };
    assert_eq!(*status, exporter.status().expect("a status"));
    let question = Question::Preview { reason: Reason::Daily, now: Timestamp::UNIX_EPOCH };
    let Reply::Preview(preview) = asked(&exporter, question) else { panic!("another answer") };
    let now = SystemTime::UNIX_EPOCH;
    let own = exporter.preview_of(Reason::Daily, now).expect("a preview");
    assert_eq!(preview.document(), own.document());
    assert_eq!(preview.missing(), own.missing());
    assert_eq!(preview.otlp().len(), own.otlp().len());
    assert_eq!(left(&folder), 0);
}

#[test]
fn a_no_is_answered_as_one() {
    let folder = folder();
    let exporter = application(&folder);
    exporter.decline().expect("it can be declined");
    let question = Question::Send { reason: Reason::Daily, now: Timestamp::UNIX_EPOCH };
    let Reply::Refused(refusal) = asked(&exporter, question) else { panic!("another answer") };
    assert_eq!(refusal.kind, Kind::Consent);
    assert!(refusal.why.contains("it was declined"), "{refusal}");
    let Reply::Status(status) = asked(&exporter, Question::Status {}) else {
        panic!("another answer")
    };
    assert!(!status.reporting);
}

#[test]
fn where_nobody_answers_the_question_is_taken_back() {
    let folder = folder();
    let directory = Directory::at(folder.path());
    let patience = Patience { taken: Duration::from_millis(1), answered: DEADLINE };
    assert!(ask(&directory, &Question::Status {}, patience).expect("it can be asked").is_none());
    assert_eq!(left(&folder), 0);
    // A directory that is not there is not made to ask in.
    let missing = folder.path().join("missing");
    let asked = ask(&Directory::at(&missing), &Question::Status {}, PATIENT);
    assert!(asked.expect("it can be asked").is_none());
    assert!(!missing.exists());
}

#[test]
fn an_application_that_goes_away_is_told() {
    let folder = folder();
    let directory = Directory::at(folder.path());
    let patience = Patience { taken: DEADLINE, answered: Duration::ZERO };
    let error = thread::scope(|scope| {
        let asking = scope.spawn(|| ask(&directory, &Question::Status {}, patience));
        while !asking.is_finished() {
            for file in directory.list(FOLDER).expect("a folder") {
                claim(&directory, &format!("{FOLDER}/{}", file.name)).expect("it can be taken");
            }
            thread::yield_now();
        }
        asking.join().expect("no panic").expect_err("no answer")
    });
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn of_several_processes_one_answers() {
    let folder = folder();
    let exporter = application(&folder);
    fs::create_dir(folder.path().join(FOLDER)).expect("a folder can be made");
    for _ in 0..100 {
        fs::write(folder.path().join(path(ID, ASK)), br#"{"ask":"turn"}"#).expect("written");
        let turns: usize = thread::scope(|scope| {
            let look = || usize::from(exporter.instance().answer_requests());
            let looks: Vec<_> = (0..4).map(|_| scope.spawn(look)).collect();
            looks.into_iter().map(|look| look.join().expect("no panic")).sum()
        });
        assert_eq!(turns, 1);
    }
}

#[test]
fn what_is_no_question_is_answered_and_harms_nobody() {
    let folder = folder();
    let exporter = application(&folder);
    let long = format!(r#"{{"ask":"status"{}}}"#, " ".repeat(5000));
    for bytes in [
        &b""[..],
        b"status",
        b"\xff\xfe",
        br#"{"ask":"everything"}"#,
        br#"{"ask":"status","of":"/etc/passwd"}"#,
        br#"{"ask":"preview","reason":"whim","now":"2026-01-01T00:00:00Z"}"#,
        br#"{"ask":"preview","reason":"daily","now":"yesterday"}"#,
        long.as_bytes(),
    ] {
        let answer = answer_to(&exporter, &folder, bytes);
        assert!(
            answer.starts_with(r#"{"refused":{"kind":"other","why":"expected a question"#),
            "{answer}"
        );
        assert!(answer.len() < 400, "{answer}");
    }
    assert_eq!(answer_to(&exporter, &folder, b"{\"ask\":\"turn\"}\n"), r#""done""#);
}

#[test]
fn other_files_are_not_questions() {
    let folder = folder();
    let exporter = application(&folder);
    let names = ["x.ask", "status.ask", ".ask", &format!("{ID}.answer"), &format!("{ID}.ask.ask")];
    let requests = folder.path().join(FOLDER);
    fs::create_dir(&requests).expect("a folder can be made");
    for name in names {
        fs::write(requests.join(name), br#"{"ask":"turn"}"#).expect("it can be written");
    }
    assert!(!exporter.instance().answer_requests());
    assert_eq!(left(&folder), names.len());
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let folder = folder();
    let exporter = application(&folder);
    fs::create_dir(folder.path().join(FOLDER)).expect("a folder can be made");
    fs::write(folder.path().join("elsewhere"), br#"{"ask":"turn"}"#).expect("it can be written");
    let link = folder.path().join(path(ID, ASK));
    std::os::unix::fs::symlink("../elsewhere", &link).expect("a link can be made");
    assert!(!exporter.instance().answer_requests());
    assert!(!folder.path().join(path(ID, ANSWER)).exists());
}

#[test]
fn what_nobody_comes_back_for_is_removed() {
    let folder = folder();
    let exporter = application(&folder);
    let requests = folder.path().join(FOLDER);
    fs::create_dir(&requests).expect("a folder can be made");
    let (old, new) = (requests.join("old.answer"), requests.join("new.answer"));
    for (file, age) in [(&old, STALE + DEADLINE), (&new, DEADLINE)] {
        let then = SystemTime::now() - age;
        File::create(file).and_then(|file| file.set_modified(then)).expect("a file of that time");
    }
    exporter.instance().answer_requests();
    assert!(!old.exists() && new.exists());
}

#[test]
fn looking_writes_nothing() {
    let folder = folder();
    let data = folder.path().join("usage");
    let library = Library::built_in();
    let contract = library.get("openfn", "2").expect("it ships").clone();
    let builder = Exporter::builder(contract, &data).endpoint("http://127.0.0.1:9");
    let exporter = builder.build().expect("everything is right");
    assert!(!exporter.instance().answer_requests());
    assert!(!data.exists());
}

#[test]
fn questions_and_answers_keep_their_form() {
    let now = Timestamp::UNIX_EPOCH;
    for (question, line) in [
        (
            Question::Preview { reason: Reason::Daily, now },
            r#"{"ask":"preview","reason":"daily","now":"1970-01-01T00:00:00Z"}"#,
        ),
        (
            Question::Send { reason: Reason::Daily, now },
            r#"{"ask":"send","reason":"daily","now":"1970-01-01T00:00:00Z"}"#,
        ),
        (Question::Status {}, r#"{"ask":"status"}"#),
        (Question::Erase {}, r#"{"ask":"erase"}"#),
        (Question::Turn {}, r#"{"ask":"turn"}"#),
    ] {
        assert_eq!(serde_json::to_string(&question).expect("JSON"), line);
        assert_eq!(serde_json::from_str::<Question>(line).expect("a question"), question);
    }
    for outcome in [
        Outcome::Delivered { rejected: 1, message: "a".to_owned(), receipt: None },
        Outcome::Retry { after: Some(Duration::from_secs(3)), reason: "b".to_owned() },
        Outcome::Rejected { reason: "c".to_owned() },
    ] {
        let line = serde_json::to_string(&Reply::Sent(outcome.clone())).expect("JSON");
        let Ok(Reply::Sent(read)) = serde_json::from_str(&line) else { panic!("{line}") };
        assert_eq!(read, outcome);
    }
}

#[cfg(unix)]
#[test]
fn question_and_answer_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let exporter = application(&folder);
    let mode = |name: &str| {
        let metadata = fs::metadata(folder.path().join(name)).expect("it is there");
        metadata.permissions().mode() & 0o777
    };
    let directory = &exporter.instance().directory;
    thread::scope(|scope| {
        let asking = scope.spawn(|| ask(directory, &Question::Status {}, PATIENT));
        let asked = loop {
            if let Some(file) = directory.list(FOLDER).expect("a folder").first() {
                break format!("{FOLDER}/{}", file.name);
            }
            thread::yield_now();
        };
        assert_eq!((mode(FOLDER), mode(&asked)), (0o700, 0o600));
        while !asking.is_finished() {
            exporter.instance().answer_requests();
            thread::yield_now();
        }
        asking.join().expect("no panic").expect("it can be asked").expect("it answers");
    });
    answer_to(&exporter, &folder, br#"{"ask":"status"}"#);
    assert_eq!(mode(&path(ID, ANSWER)), 0o600);
}
