//! `headcount operator`: what somebody decides, beside a running application and without one.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use headcount_contract::{Document, Level};

use crate::operating::{
    Application, BOOKSHELF, NOWHERE, WIDER, builder, held, operated, operator, ran_once, receiver,
    until,
};
use crate::running::{folder, write};

#[test]
fn agreeing_and_sending_goes_through_the_running_application() {
    let (store, _serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("usage");
    let _application = Application::start(&data, &endpoint);
    let ended = operator(&data, &["send"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.err.contains("nobody has decided yet"), "{ended:?}");
    assert_eq!(held(&store).len(), 0);

    let ended = operator(&data, &["agree", "--level", "usage"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("expected a terminal to ask on, or --yes"), "{ended:?}");
    let ended = operated(&data, &["agree", "--level", "usage", "--yes"]);
    assert!(
        ended.err.starts_with("headcount: agreed to reports of bookshelf/1 up to level usage\n")
    );
    let ended = operated(&data, &["send"]);
    assert!(ended.out.starts_with("delivered"), "{ended:?}");
    assert_eq!(held(&store)[0].get("readers"), Some(&Document::Int(3)));

    let history = operated(&data, &["history"]).out;
    assert!(history.contains("bookshelf/1 for ") && history.contains(": delivered"), "{history}");
    let reports = operated(&data, &["history", "--reports", "5"]).out;
    assert_eq!(Document::parse(&reports).expect("one line of JSON"), held(&store)[0]);
    let entry = Document::parse(&operated(&data, &["history", "--json"]).out).expect("JSON");
    assert_eq!(entry.get("outcome"), Some(&Document::Text("delivered".to_owned())));
}

#[test]
fn declining_stops_the_running_application_and_removes_what_waits() {
    let folder = folder();
    let data = folder.path().join("usage");
    let application = Application::start(&data, NOWHERE);
    operated(&data, &["agree", "--yes"]);
    application.exporter.send_now().expect("it is made, and waits");
    assert_eq!(application.exporter.waiting().expect("readable").len(), 1);
    let ended = operator(&data, &["decline"]);
    assert!(
        ended.err.starts_with("headcount: declined: no report of bookshelf/1 is made"),
        "{ended:?}"
    );
    assert!(ended.err.contains("the instance's id is deleted"), "{ended:?}");
    assert_eq!(application.exporter.waiting().expect("readable").len(), 0);
    assert!(!data.join("identity").exists() && !data.join("identity.copy").exists());
    let error = application.exporter.send_now().expect_err("it was declined");
    assert!(error.is_consent(), "{error}");
    let ended = operator(&data, &["send"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.err.contains("it was declined"), "{ended:?}");
}

#[test]
fn declining_before_the_first_start_holds() {
    let folder = folder();
    write(&folder, "bookshelf.yaml", BOOKSHELF);
    let contract = folder.path().join("bookshelf.yaml");
    let contract = contract.to_str().expect("Unicode");
    let data = folder.path().join("usage");
    let ended = operated(&data, &["decline", "--contract", contract]);
    assert!(ended.err.contains("declined"), "{ended:?}");
    let application = Application::started(builder(BOOKSHELF, &data));
    let status = application.exporter.status().expect("a status");
    assert_eq!(status.decision, "off: it was declined");
    // It is another application's directory to every other contract.
    ran_once(&folder.path().join("other"), NOWHERE);
    let ended = operator(&folder.path().join("other"), &["status", "--contract", "openfn/2"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("expected the data directory of openfn, got that of bookshelf/1"));
}

#[test]
fn what_a_new_contract_tells_is_shown_before_anybody_agrees() {
    let folder = folder();
    let data = folder.path().join("usage");
    ran_once(&data, NOWHERE);
    let ended = operated(&data, &["diff"]);
    assert!(ended.err.contains("nobody has agreed to a contract yet"), "{ended:?}");
    operated(&data, &["agree", "--yes"]);
    let ended = operated(&data, &["diff"]);
    assert_eq!(ended.err, "headcount: bookshelf/1 tells nothing that was not agreed to\n");
    let application = Application::built(builder(WIDER, &data));
    application.exporter.run_due(std::time::SystemTime::now()).expect("a turn");
    let ended = operator(&data, &["diff"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.contains("books"), "{ended:?}");
    assert!(ended.err.contains("bookshelf/2 tells more than was agreed to"), "{ended:?}");
    operated(&data, &["agree", "--yes"]);
    operated(&data, &["diff"]);
}

#[test]
fn a_lost_or_damaged_identity_is_made_anew_on_purpose() {
    let folder = folder();
    let data = folder.path().join("usage");
    let application = Application::built(builder(BOOKSHELF, &data));
    application.exporter.agree(Level::Basic).expect("it can be agreed to");
    let id = || {
        application.exporter.send_now().expect("it is made, and waits");
        let preview = application.exporter.preview().expect("a preview");
        preview.document().get("instance").cloned().expect("it has an id")
    };
    let first = id();
    assert_eq!(id(), first);
    for file in ["identity", "identity.copy"] {
        fs::write(data.join(file), "damaged").expect("it can be written");
    }
    let error = application.exporter.send_now().expect_err("nobody knows who it is");
    assert!(error.is_storage(), "{error}");
    let ended = operator(&data, &["renew"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("or --yes"), "{ended:?}");
    operated(&data, &["renew", "--yes"]);
    let aside = fs::read_dir(data.join("damaged")).expect("a folder").count();
    assert_eq!(aside, 2);
    let second = id();
    assert_ne!(second, first);

    for file in ["identity", "identity.copy"] {
        fs::remove_file(data.join(file)).expect("it was there");
    }
    let error = application.exporter.send_now().expect_err("nobody knows who it was");
    assert!(error.to_string().contains("headcount operator renew"), "{error}");
    operated(&data, &["renew", "--yes"]);
    let third = id();
    // A copy of a machine has a whole identity, which is that of another.
    operated(&data, &["renew", "--yes"]);
    assert!(third != second && id() != third);
}

#[test]
fn declining_holds_whatever_is_damaged() {
    let folder = folder();
    write(&folder, "bookshelf.yaml", BOOKSHELF);
    let contract = folder.path().join("bookshelf.yaml");
    let contract = contract.to_str().expect("Unicode");
    for (file, arguments) in [
        ("identity", &["decline", "--wait", "0"][..]),
        ("state.json", &["decline", "--contract", contract]),
    ] {
        let data = folder.path().join(file);
        let application = Application::built(builder(BOOKSHELF, &data));
        application.exporter.agree(Level::Basic).expect("it can be agreed to");
        application.exporter.send_now().expect("it is made, and waits");
        for damaged in fs::read_dir(&data).expect("a folder").flatten() {
            if damaged.file_name().to_string_lossy().starts_with(file) {
                fs::write(damaged.path(), "damaged").expect("it can be written");
            }
        }
        operated(&data, arguments);
        let status = application.exporter.status().expect("a status");
        assert_eq!(status.decision, "off: it was declined", "{file}");
        assert!(application.exporter.send_now().expect_err("it was declined").is_consent());
        let turn = application.exporter.run_due(std::time::SystemTime::now()).expect("a turn");
        assert!(turn.sent.is_empty() && turn.failed.is_none(), "{turn:?}");
    }
}

#[test]
fn what_only_the_application_knows_is_asked_of_it() {
    let folder = folder();
    let data = folder.path().join("usage");
    let id = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";
    {
        let application = Application::built(builder(BOOKSHELF, &data).instance_id(id));
        application.exporter.agree(Level::Basic).expect("it can be agreed to");
        application.exporter.run_due(std::time::SystemTime::now()).expect("a turn");
    }
    let ended = operator(&data, &["erase", "--yes", "--wait", "0"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("expected an answer of the running application"), "{ended:?}");
    let ended = operator(&data, &["renew", "--yes"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("the application brings its own"), "{ended:?}");

    let (store, _serving, endpoint) = receiver();
    let application =
        Application::started(builder(BOOKSHELF, &data).instance_id(id).endpoint(endpoint));
    operated(&data, &["send"]);
    assert_eq!(held(&store).len(), 1);
    operated(&data, &["erase", "--yes"]);
    until("the receiver holds nothing", || held(&store).is_empty());
    operated(&data, &["send"]);
    assert_eq!(held(&store).len(), 1);
    operated(&data, &["decline"]);
    until("the receiver holds nothing", || held(&store).is_empty());
    assert!(!application.exporter.status().expect("a status").reporting);
}

#[test]
fn the_receiver_erases_where_the_operator_asks() {
    let (store, _serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("usage");
    let application = Application::start(&data, &endpoint);
    operated(&data, &["agree", "--yes"]);
    operated(&data, &["send"]);
    assert_eq!(held(&store).len(), 1);
    let ended = operated(&data, &["erase", "--yes"]);
    assert!(ended.out.contains(", erase: delivered"), "{ended:?}");
    assert!(held(&store).is_empty());
    assert_eq!(operated(&data, &["history", "--reports", "9"]).out, "");
    assert!(application.exporter.status().expect("a status").reporting);

    operated(&data, &["send"]);
    assert_eq!(held(&store).len(), 1);
    let ended = operated(&data, &["decline"]);
    assert!(ended.out.contains(", erase: delivered"), "{ended:?}");
    assert!(held(&store).is_empty());
}

/// Runs `headcount operator ARGUMENTS DIRECTORY` on a terminal, on which somebody answers.
fn on_a_terminal(data: &Path, arguments: &str, answer: &str) -> (Option<i32>, String) {
    let binary = env!("CARGO_BIN_EXE_headcount");
    let command = format!("'{binary}' operator {arguments} '{}'", data.display());
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &command, "/dev/null"]).env("TERM", "dumb");
    let script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut script = script.expect("`script` of util-linux starts");
    let mut keyboard = script.stdin.take().expect("it is piped");
    writeln!(keyboard, "{answer}").expect("it reads");
    let ended = script.wait_with_output().expect("it ends");
    (ended.status.code(), String::from_utf8(ended.stdout).expect("UTF-8").replace("\r\n", "\n"))
}

#[test]
fn on_a_terminal_the_notice_comes_before_the_question() {
    let folder = folder();
    let data = folder.path().join("usage");
    ran_once(&data, NOWHERE);
    let question = "Agree to reports of bookshelf/1 up to level usage? [y/N] ";
    let (code, said) = on_a_terminal(&data, "agree --level usage", "n");
    assert_eq!(code, Some(1), "{said}");
    let notice = said.find("Usage reports of bookshelf").expect("the notice");
    assert!(notice < said.find(question).expect("the question"), "{said}");
    assert!(said.ends_with("headcount: nothing was changed\n"), "{said}");
    let (code, said) = on_a_terminal(&data, "agree --level usage", "y");
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("headcount: agreed to reports of bookshelf/1 up to level usage\n"),
        "{said}"
    );
    let (code, said) = on_a_terminal(&data, "renew", "y");
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = on_a_terminal(&data, "status --wait 1", "");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("asking the running application, for at most 1 s …"), "{said}");
}
