//! `headcount operator send` and `export`, and `headcount send`: reports that waited reach the receiver.

use std::fs;

use headcount_contract::{Document, Level};

use crate::operating::{
    Application, BOOKSHELF, NOWHERE, builder, held, operated, operator, ran_once, receiver,
};
use crate::running::{folder, run_in};

#[test]
fn without_an_application_what_waits_is_sent() {
    let folder = folder();
    let data = folder.path().join("usage");
    {
        let application = Application::built(builder(BOOKSHELF, &data));
        application.exporter.agree(Level::Basic).expect("it can be agreed to");
        application.exporter.send_now().expect("it is made, and waits");
    }
    let ended = operator(&data, &["send", "--wait", "0"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    // The application ran elsewhere last; its receiver is another now.
    let (store, _serving, endpoint) = receiver();
    ran_once(&data, &endpoint);
    let ended = operated(&data, &["send", "--wait", "0"]);
    assert!(ended.out.contains(": delivered"), "{ended:?}");
    assert_eq!(held(&store).len(), 1);
    let ended = operated(&data, &["send", "--wait", "0"]);
    assert!(ended.err.ends_with("headcount: nothing waits\n"), "{ended:?}");
}

#[test]
fn reports_are_carried_out_of_an_air_gap() {
    let folder = folder();
    let data = folder.path().join("usage");
    let application = Application::start(&data, NOWHERE);
    operated(&data, &["agree", "--yes"]);
    application.exporter.send_now().expect("it is made, and waits");
    let bundle = folder.path().join("bundle.jsonl");
    let bundle = bundle.to_str().expect("Unicode");
    fs::write(bundle, "mine").expect("it can be written");
    let ended = operator(&data, &["export", "--to", bundle]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("which is there already"), "{ended:?}");
    assert_eq!(fs::read_to_string(bundle).expect("it is there"), "mine");
    assert_eq!(application.exporter.waiting().expect("readable").len(), 1);

    fs::remove_file(bundle).expect("it was there");
    let ended = operated(&data, &["export", "--to", bundle]);
    assert_eq!(ended.err, format!("headcount: 1 report is in {bundle}\n"));
    assert_eq!(fs::read_to_string(bundle).expect("it was written").lines().count(), 1);
    assert!(application.exporter.waiting().expect("readable").is_empty());
    assert!(operated(&data, &["history"]).out.contains(", daily: exported\n"));
    let again = folder.path().join("again.jsonl");
    let again = again.to_str().expect("Unicode");
    let ended = operated(&data, &["export", "--to", again]);
    assert_eq!(ended.err, "headcount: nothing waits, so no file was written\n");
    assert!(!fs::exists(again).expect("it can be looked for"));

    let (store, _serving, endpoint) = receiver();
    let send = |endpoint: &str, contract: &[&str]| {
        run_in(store.path(), &[&["send", bundle, "--endpoint", endpoint], contract].concat())
    };
    let ended = send(&endpoint, &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.err.contains("line 1 of the bundle"), "{ended:?}");
    let contract = ["--contract", "bookshelf.yaml"];
    let ended = send(NOWHERE, &contract);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.contains(", daily: not delivered"), "{ended:?}");
    assert_eq!(send("usage.example.org", &contract).code, Some(64));
    for _ in 0..2 {
        let ended = send(&endpoint, &contract);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(
            ended.out.starts_with("bookshelf/1 for ") && ended.out.contains(", daily: delivered")
        );
        assert_eq!(held(&store)[0].get("readers"), Some(&Document::Int(3)));
        assert_eq!(held(&store).len(), 1);
    }
    // Or somebody carries it to the receiver itself.
    let arguments =
        ["store", "import", bundle, "--store", "sqlite:carried.db", "--contract", "bookshelf.yaml"];
    let ended = run_in(store.path(), &arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let arguments = ["reports", "--store", "sqlite:carried.db", "--contract", "bookshelf.yaml"];
    let ended = run_in(store.path(), &arguments);
    assert_eq!(Document::parse(&ended.out).expect("one line of JSON"), held(&store)[0]);
}
