//! `headcount operator` on a relay's data directory.

use std::fs;

use headcount_contract::Document;

use crate::operating::{NOWHERE, held, operated, operator, receiver, until};
use crate::relayed::{FIRST, Relay, SECOND, built};
use crate::running::{Ended, folder};

/// What each instance under its heading says.
fn sections(out: &str) -> Vec<(&str, &str)> {
    let sections = out.split("instance ").skip(1);
    sections.filter_map(|section| section.split_once('\n')).collect()
}

fn list(ended: &Ended) -> Vec<Document> {
    match Document::parse(&ended.out) {
        Ok(Document::List(list)) => list,
        other => panic!("expected a list, got {other:?}"),
    }
}

fn text<'d>(document: &'d Document, key: &str) -> &'d str {
    match document.get(key) {
        Some(Document::Text(text)) => text,
        other => panic!("expected a text, got {other:?}"),
    }
}

#[test]
fn what_is_decided_in_its_directory_holds_for_every_instance() {
    let (store, _serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("relay");
    let _relay = Relay::start(&data, &endpoint, &[FIRST, SECOND]);
    until("it introduces itself", || data.join("state.json").exists());
    let notice = operated(&data, &["notice"]).out;
    assert!(notice.contains("Usage reports of bookshelf"), "{notice}");
    let ended = operated(&data, &["agree", "--yes"]);
    assert!(ended.err.ends_with("headcount: a running relay goes by it at once\n"), "{ended:?}");
    let label = |label: &str| data.join("instances").join(label).join("state.json").exists();
    until("both begin", || label(FIRST.0) && label(SECOND.0));
    let ended = operated(&data, &["diff"]);
    assert_eq!(ended.err, "headcount: bookshelf/1 tells nothing that was not agreed to\n");

    let ended = operated(&data, &["send"]);
    let told: Vec<_> = sections(&ended.out).into_iter().map(|(label, _)| label).collect();
    assert_eq!(told, [FIRST.0, SECOND.0]);
    assert!(
        sections(&ended.out).iter().all(|(_, said)| said.starts_with("delivered")),
        "{ended:?}"
    );
    let mut readers: Vec<_> =
        held(&store).iter().map(|report| report.get("readers").map(ToString::to_string)).collect();
    readers.sort();
    assert_eq!(readers, [Some("3".to_owned()), Some("4".to_owned())]);
    let ids: Vec<_> =
        held(&store).iter().map(|report| text(report, "instance").to_owned()).collect();
    assert!(ids.iter().any(|id| id == FIRST.1) && ids.iter().any(|id| id == SECOND.1), "{ids:?}");

    let ended = operated(&data, &["held"]);
    assert_eq!(ended.out.matches(": as sent").count(), 2, "{ended:?}");
    let told = list(&operated(&data, &["held", "--json"]));
    assert_eq!(
        told.iter().map(|one| text(one, "instance")).collect::<Vec<_>>(),
        [FIRST.0, SECOND.0]
    );
    operated(&data, &["erase", "--yes", "--instance", FIRST.0]);
    until("one is gone", || held(&store).len() == 1);
    assert_eq!(text(&held(&store)[0], "instance"), SECOND.1);

    let ended = operated(&data, &["decline"]);
    assert!(ended.err.starts_with("headcount: declined: no report of bookshelf/1 is made"));
    let said = "headcount: instance 2e:\nheadcount: the receiver is asked to erase what it holds\n";
    assert!(ended.err.contains(said), "{ended:?}");
    until("both are gone", || held(&store).is_empty());
    let ended = operator(&data, &["send"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.err.starts_with("headcount: no report is made: off: it was declined\n"),
        "{ended:?}"
    );
    assert!(held(&store).is_empty());
    let report = Document::parse(&operated(&data, &["preview"]).out).expect("JSON");
    assert_eq!(report.get("readers"), Some(&Document::Int(0)), "the relay's own");
}

#[test]
fn its_status_tells_the_decision_and_then_each_instance() {
    let folder = folder();
    let data = folder.path().join("relay");
    let both = [FIRST, SECOND];
    let relay = Relay::start(&data, NOWHERE, &both);
    until("it introduces itself", || data.join("state.json").exists());
    operated(&data, &["agree", "--yes"]);
    until("it begins", || data.join("instances/2e/state.json").exists());
    let ended = operator(&data, &["send", "--instance", "2e"]);
    assert_eq!(ended.code, Some(1), "nobody listens: {ended:?}");
    let ended = operated(&data, &["status"]);
    assert!(
        ended.out.starts_with("usage reports of bookshelf/1: on: the operator agreed\n  to "),
        "{ended:?}"
    );
    assert!(ended.err.ends_with("headcount: the running application answered\n"), "{ended:?}");
    let [(one, first), (other, second)] = sections(&ended.out)[..] else { panic!("{ended:?}") };
    assert_eq!((one, other), (FIRST.0, SECOND.0));
    assert!(first.contains("  last        nothing was sent yet") && !first.contains("waiting"));
    assert!(second.contains("  waiting     1\n  not sent    "), "{second}");
    let told = list(&operated(&data, &["status", "--json"]));
    assert_eq!(
        told.iter().map(|one| text(one, "instance")).collect::<Vec<_>>(),
        [FIRST.0, SECOND.0]
    );
    assert!(told.iter().all(|one| one.get("answered") == Some(&Document::Bool(true))));
    assert_eq!(told[1].get("waiting"), Some(&Document::Int(1)));

    // Without the relay the files tell.
    drop(relay);
    let ended = operated(&data, &["status", "--wait", "1"]);
    assert!(ended.out.contains("  waiting     1\n"), "{ended:?}");
    assert!(ended.err.contains("no running application answered"), "{ended:?}");
    let ended = operated(&data, &["status", "--wait", "0", "--instance", "2e", "--json"]);
    let told = Document::parse(&ended.out).expect("JSON");
    assert_eq!(told.get("waiting"), Some(&Document::Int(1)));
    fs::write(data.join("instances/1f/state.json"), "damaged").expect("it can be written");
    let ended = operated(&data, &["status", "--wait", "0"]);
    let [(_, first), (_, second)] = sections(&ended.out)[..] else { panic!("{ended:?}") };
    assert!(first.contains("  damaged     ") && second.contains("  waiting     1\n"), "{ended:?}");
    let ended = operator(&data, &["status", "--instance", "../1f"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("expected an instance in "), "{ended:?}");
}

#[test]
fn one_instance_looks_as_any_other_data_directory() {
    let (store, _serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("relay");
    let _relay = Relay::start(&data, &endpoint, &[FIRST]);
    until("it introduces itself", || data.join("state.json").exists());
    operated(&data, &["agree", "--yes"]);
    until("it begins", || data.join("instances/1f/state.json").exists());
    assert!(operated(&data, &["send"]).out.starts_with("delivered"));
    let report = Document::parse(&operated(&data, &["preview"]).out).expect("JSON");
    assert_eq!(report.get("readers"), Some(&Document::Int(3)));
    assert_eq!(text(&report, "instance"), FIRST.1);
    let shown = Document::parse(&operated(&data, &["preview", "--json"]).out).expect("JSON");
    assert_eq!(text(&shown, "from"), "application");
    let status = Document::parse(&operated(&data, &["status", "--json"]).out).expect("JSON");
    assert_eq!(status.get("reporting"), Some(&Document::Bool(true)));
    let entry = Document::parse(&operated(&data, &["history", "--json"]).out).expect("JSON");
    assert_eq!(entry.get("instance"), None);
    assert_eq!(held(&store).len(), 1);
    for arguments in [&["status"][..], &["history"], &["held"], &["erase", "--yes"], &["decline"]] {
        let ended = operated(&data, arguments);
        assert!(!ended.out.contains("instance 1f") && !ended.err.contains("1f:"), "{ended:?}");
    }
    until("it is gone", || held(&store).is_empty());
}

#[test]
fn before_anything_came_the_relay_itself_is_asked() {
    let folder = folder();
    let data = folder.path().join("relay");
    let _relay = Relay::start(&data, NOWHERE, &[FIRST]);
    until("it introduces itself", || data.join("state.json").exists());
    let ended = operated(&data, &["preview"]);
    let report = Document::parse(&ended.out).expect("JSON");
    assert_eq!(report.get("readers"), Some(&Document::Int(0)));
    let status = operated(&data, &["status"]).out;
    assert!(status.contains("nothing is sent yet: somebody has to agree"), "{status}");
    let ended = operator(&data, &["send"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("no report is made: nothing is sent yet: somebody"), "{ended:?}");
    let ended = operator(&data, &["erase", "--yes"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("expected an instance that reports"), "{ended:?}");
    assert!(operated(&data, &["decline"]).err.contains("declined"));
    assert!(!data.join("instances").exists());
}

#[test]
fn without_the_relay_a_withdrawal_begins_and_it_goes_on_when_it_runs() {
    let (store, _serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("relay");
    let all = [FIRST, SECOND, ("own", "", 5)];
    {
        let _relay = Relay::start(&data, &endpoint, &all);
        until("it introduces itself", || data.join("state.json").exists());
        operated(&data, &["agree", "--yes"]);
        until("they begin", || {
            ["1f", "2e", "own"]
                .iter()
                .all(|one| data.join("instances").join(one).join("state.json").exists())
        });
        operated(&data, &["send"]);
    }
    assert_eq!(held(&store).len(), 3);
    let ended = operated(&data, &["decline", "--wait", "1"]);
    // The relay's own id is in its files.
    assert!(ended.out.contains(", erase: delivered"), "{ended:?}");
    assert_eq!(held(&store).len(), 2);
    let relay = built(&data, &endpoint, &all);
    for instance in &relay[1..] {
        let error = instance.send_now().expect_err("it was declined");
        assert!(error.is_consent(), "{error}");
    }
    drop(relay);
    Relay::once(&data, &endpoint, &all);
    assert!(held(&store).is_empty());
}

#[test]
fn one_that_the_relay_let_go_is_seen_and_not_asked() {
    let (store, _serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("relay");
    let begun = |label: &str| {
        let state = fs::read_to_string(data.join("instances").join(label).join("state.json"));
        state.is_ok_and(|state| state.contains("reportable_from"))
    };
    {
        let _relay = Relay::start(&data, &endpoint, &[FIRST, SECOND]);
        until("it introduces itself", || data.join("state.json").exists());
        operated(&data, &["agree", "--yes"]);
        until("both begin", || begun(FIRST.0) && begun(SECOND.0));
        operated(&data, &["send"]);
        operated(&data, &["decline"]);
        until("both are gone", || held(&store).is_empty());
    }
    let _relay = Relay::start(&data, &endpoint, &[FIRST]);
    operated(&data, &["agree", "--yes"]);
    until("one begins anew", || begun(FIRST.0));
    let ended = operated(&data, &["send"]);
    assert!(ended.out.starts_with("delivered") && !ended.err.contains("2e"), "{ended:?}");
    let ended = operated(&data, &["status"]);
    let [_, (label, second)] = sections(&ended.out)[..] else { panic!("{ended:?}") };
    assert!(label == SECOND.0 && second.contains("  last  ") && !second.contains("  next"));
    let ended = operated(&data, &["decline"]);
    assert!(!ended.err.contains("2e"), "{ended:?}");
    assert_eq!(sections(&operated(&data, &["history"]).out).len(), 2);
}

#[test]
fn what_waits_of_all_is_carried_in_one_file() {
    let folder = folder();
    let data = folder.path().join("relay");
    {
        let _relay = Relay::start(&data, NOWHERE, &[FIRST, SECOND]);
        until("it introduces itself", || data.join("state.json").exists());
        operated(&data, &["agree", "--yes"]);
        until("it begins", || data.join("instances/2e/state.json").exists());
        assert_eq!(operator(&data, &["send"]).code, Some(1));
    }
    let bundle = folder.path().join("bundle.jsonl");
    let ended = operated(&data, &["export", "--to", bundle.to_str().expect("Unicode")]);
    assert!(ended.err.starts_with("headcount: 2 reports are in "), "{ended:?}");
    let lines = fs::read_to_string(&bundle).expect("it was written");
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.contains(FIRST.1) && lines.contains(SECOND.1), "{lines}");
    let history = operated(&data, &["history"]).out;
    assert_eq!(sections(&history).len(), 2);
    assert_eq!(history.matches(": exported").count(), 2, "{history}");
    let lines = operated(&data, &["history", "--json"]).out;
    let labels: Vec<_> = lines.lines().map(|line| Document::parse(line).expect("JSON")).collect();
    assert_eq!(
        labels.iter().map(|one| text(one, "instance")).collect::<Vec<_>>(),
        [FIRST.0, SECOND.0]
    );
    assert_eq!(operated(&data, &["history", "--reports", "1"]).out.lines().count(), 2);
}

#[test]
fn only_the_relay_s_own_id_can_be_renewed_and_nothing_is_decided_for_one() {
    let folder = folder();
    let data = folder.path().join("relay");
    {
        let _relay = Relay::start(&data, NOWHERE, &[FIRST, ("own", "", 5)]);
        until("it introduces itself", || data.join("state.json").exists());
        operated(&data, &["agree", "--yes"]);
        until("it begins", || data.join("instances/own/state.json").exists());
        assert_eq!(operator(&data, &["send"]).code, Some(1));
    }
    assert!(data.join("instances/own/identity").exists());
    assert!(!data.join("instances/1f/identity").exists());
    operated(&data, &["renew", "--yes"]);
    assert!(!data.join("instances/own/identity").exists());
    let ended = operator(&data, &["renew", "--yes", "--instance", "1f"]);
    assert!(ended.err.contains("the application brings its own"), "{ended:?}");
    for command in [&["agree", "--yes"][..], &["decline", "--wait", "0"]] {
        let ended = operator(&data.join("instances/1f"), command);
        assert_eq!(ended.code, Some(64), "{ended:?}");
        assert!(ended.err.contains("expected a decision for the relay in "), "{ended:?}");
    }
    let ended = operated(&data.join("instances/1f"), &["status", "--wait", "0"]);
    assert!(ended.out.contains("on: the operator agreed"), "{ended:?}");
}
