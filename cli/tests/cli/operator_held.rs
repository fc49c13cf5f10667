//! What the receiver holds, by the operator's word and by the receiver's.

use headcount_contract::Document;

use crate::operating::{
    Application, BOOKSHELF, builder, held, operated, operator, receiver, until,
};
use crate::running::{folder, run_in};

#[test]
fn an_operator_sees_that_the_receiver_holds_what_was_sent() {
    let (store, _serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("usage");
    let application = Application::start(&data, &endpoint);
    operated(&data, &["agree", "--yes"]);
    let ended = operated(&data, &["held"]);
    assert!(ended.out.ends_with("holds no report of this instance\n"), "{ended:?}");
    operated(&data, &["send"]);
    let today = application.exporter.history().expect("a history")[0].date;
    let ended = operated(&data, &["held"]);
    assert_eq!(ended.out, format!("bookshelf/1 for {today}: as sent\n"));

    let reports = ["reports", "--contract", "bookshelf.yaml"];
    let stored = run_in(store.path(), &reports).out;
    operated(&data, &["erase", "--yes"]);
    let ended = operated(&data, &["held"]);
    let gone = "holds no report of this instance\nan erasure is remembered until ";
    assert!(ended.out.contains(gone), "{ended:?}");
    assert!(!stored.is_empty() && held(&store).is_empty());
}

#[test]
fn an_operator_sees_what_the_receiver_lost() {
    let (_store, serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("usage");
    {
        let _application = Application::start(&data, &endpoint);
        operated(&data, &["agree", "--yes"]);
        operated(&data, &["send"]);
    }
    // Another receiver, which has never heard of the instance.
    drop(serving);
    let (_other, _serving, other) = receiver();
    let _application = Application::start(&data, &other);
    until("it says that it reports elsewhere", || {
        operator(&data, &["status", "--wait", "0"]).out.contains(&other)
    });
    let ended = operator(&data, &["held", "--json"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let told = Document::parse(&ended.out).expect("JSON");
    let Some(Document::List(reports)) = told.get("reports") else { panic!("{ended:?}") };
    assert_eq!(reports[0].get("verdict"), Some(&Document::Text("not_held".to_owned())));
}

#[test]
fn an_application_with_an_id_of_its_own_asks_itself() {
    let (_store, _serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("usage");
    let id = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";
    let own = builder(BOOKSHELF, &data).instance_id(id).endpoint(endpoint);
    let application = Application::started(own);
    until("it introduces itself", || data.join("state.json").exists());
    operated(&data, &["agree", "--yes"]);
    operated(&data, &["send"]);
    assert!(operated(&data, &["held"]).out.ends_with(": as sent\n"));
    drop(application);
    let ended = operator(&data, &["held", "--wait", "0"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("expected an answer of the running application"), "{ended:?}");
}

#[test]
fn who_has_no_id_any_more_is_told_so() {
    let (store, _serving, endpoint) = receiver();
    let folder = folder();
    let data = folder.path().join("usage");
    let _application = Application::start(&data, &endpoint);
    operated(&data, &["agree", "--yes"]);
    operated(&data, &["send"]);
    operated(&data, &["decline"]);
    assert!(held(&store).is_empty());
    let ended = operator(&data, &["held"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("expected an id to ask by"), "{ended:?}");
}
