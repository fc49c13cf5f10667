//! `headcount operator`: what somebody sees, beside a running application and without one.

use std::fs;

use headcount_contract::{Contract, Document, Level};

use crate::operating::{Application, BOOKSHELF, NOWHERE, builder, operated, operator, ran_once};
use crate::running::folder;

#[test]
fn the_running_application_tells_its_status() {
    let folder = folder();
    let data = folder.path().join("usage");
    ran_once(&data, NOWHERE);
    let variable = |name: &str| (name == "BOOKSHELF_TELEMETRY").then(|| "false".to_owned());
    let _application = Application::started(builder(BOOKSHELF, &data).environment(variable));
    let ended = operated(&data, &["status"]);
    let decision = "off: BOOKSHELF_TELEMETRY in the environment declines";
    assert!(
        ended.out.starts_with(&format!("usage reports of bookshelf/1: {decision}\n")),
        "{ended:?}"
    );
    assert_eq!(ended.err, "headcount: the running application answered\n");
    let ended = operated(&data, &["status", "--json"]);
    let status = Document::parse(&ended.out).expect("JSON");
    assert_eq!(status.get("answered"), Some(&Document::Bool(true)));
    assert_eq!(status.get("decision"), Some(&Document::Text(decision.to_owned())));
}

#[test]
fn without_an_application_the_files_tell() {
    let folder = folder();
    let data = folder.path().join("usage");
    ran_once(&data, NOWHERE);
    let ended = operated(&data, &["status", "--wait", "0"]);
    let begin = "usage reports of bookshelf/1: nothing is sent yet: somebody has to agree\n";
    assert!(ended.out.starts_with(begin), "{ended:?}");
    assert!(ended.err.starts_with("headcount: no running application answered"), "{ended:?}");
    let status = Document::parse(&operated(&data, &["status", "--wait", "0", "--json"]).out);
    assert_eq!(status.expect("JSON").get("answered"), Some(&Document::Bool(false)));
    let notice = operated(&data, &["notice"]).out;
    assert!(notice.contains("Usage reports of bookshelf") && notice.contains(NOWHERE), "{notice}");
}

#[test]
fn the_preview_is_the_running_applications() {
    let folder = folder();
    let data = folder.path().join("usage");
    let application = Application::start(&data, NOWHERE);
    let ended = operated(&data, &["preview"]);
    let report = Document::parse(&ended.out).expect("JSON");
    assert_eq!(report.get("readers"), Some(&Document::Int(3)));
    assert_eq!(ended.err, "headcount: the running application would send this now\n");

    let otlp = folder.path().join("preview.bin");
    let path = otlp.to_str().expect("Unicode");
    let ended = operated(&data, &["preview", "--json", "--otlp", path]);
    let shown = Document::parse(&ended.out).expect("JSON");
    assert_eq!(shown.get("from"), Some(&Document::Text("application".to_owned())));
    assert_eq!(shown.get("missing"), Some(&Document::List(Vec::new())));
    let own = application.exporter.preview().expect("a preview");
    assert_eq!(fs::read(&otlp).expect("it was written").len(), own.otlp().len());
    assert_eq!(fs::read_dir(data.join("requests")).expect("a folder").count(), 0);
}

#[test]
fn a_preview_without_an_application_says_what_it_is() {
    let folder = folder();
    let data = folder.path().join("usage");
    let application = Application::built(builder(BOOKSHELF, &data));
    application.exporter.run_due(std::time::SystemTime::now()).expect("a turn");
    let previewed = || operator(&data, &["preview", "--wait", "0"]);
    let ended = previewed();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.err.ends_with("no report was made yet: this is the contract's example\n"),
        "{ended:?}"
    );
    let contract = Contract::parse("bookshelf.yaml", BOOKSHELF).expect("a contract");
    assert_eq!(Document::parse(&ended.out).expect("JSON"), contract.example());
    let path = folder.path().join("preview.bin");
    let bytes = ["preview", "--wait", "0", "--otlp", path.to_str().expect("Unicode")];
    let ended = operator(&data, &bytes);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");

    application.exporter.agree(Level::Basic).expect("it can be agreed to");
    application.exporter.send_now().expect("it is made, and waits");
    let ended = previewed();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.ends_with("this is the newest report that waits to be sent\n"), "{ended:?}");
    assert!(ended.out.contains(r#""readers": 3"#), "{ended:?}");
    let ended = operator(&data, &bytes);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(
        fs::read(&path).expect("it was written"),
        application.exporter.waiting().expect("readable")[0].otlp()
    );
}

#[test]
fn directories_that_cannot_be_meant_are_named() {
    let folder = folder();
    let missing = folder.path().join("missing");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder can be made");
    for arguments in [&["status"][..], &["decline"], &["history"], &["renew", "--yes"]] {
        let ended = operator(&missing, arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{ended:?}");
        let expected =
            format!("headcount: expected a directory, there is none: {}\n", missing.display());
        assert_eq!(ended.err, expected);
        let ended = operator(&empty, arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{ended:?}");
        let expected = "headcount: expected the data directory of an application that has run with headcount, got ";
        assert!(ended.err.starts_with(expected), "{ended:?}");
    }
    assert!(!missing.exists());
    assert_eq!(fs::read_dir(&empty).expect("a folder").count(), 0);
    fs::write(empty.join("state.json"), "{").expect("it can be written");
    let ended = operator(&empty, &["status"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("expected the state of an exporter in state.json"), "{ended:?}");
    assert!(ended.err.ends_with("or here with its contract named as well\n"), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn a_directory_that_is_read_only_can_be_looked_at() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let data = folder.path().join("usage");
    ran_once(&data, NOWHERE);
    let allow = |mode| {
        let allowed = fs::set_permissions(&data, fs::Permissions::from_mode(mode));
        allowed.expect("it is ours");
    };
    allow(0o500);
    let status = operator(&data, &["status", "--wait", "1"]);
    let preview = operator(&data, &["preview", "--wait", "1"]);
    let diff = operator(&data, &["diff"]);
    let decline = operator(&data, &["decline", "--wait", "1"]);
    allow(0o700);
    assert_eq!(status.code, Some(0), "{status:?}");
    assert!(
        status.out.starts_with("usage reports of bookshelf/1: nothing is sent yet"),
        "{status:?}"
    );
    assert!(preview.err.ends_with("this is the contract's example\n"), "{preview:?}");
    assert_eq!(diff.code, Some(0), "{diff:?}");
    let told = decline.err.contains("expected to read and write the data directory");
    // Root may write everywhere.
    assert!(decline.code == Some(0) || (decline.code == Some(1) && told), "{decline:?}");
}
