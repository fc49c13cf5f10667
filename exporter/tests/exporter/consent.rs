//! Without consent nothing leaves: not a connection, not a name.

use headcount::contract::Level;
use headcount::{Outcome, Switch};

use crate::server::{Server, http_ok};
use crate::service::{builder, consenting, record};

#[test]
fn nothing_connects_until_somebody_agrees_nor_after_somebody_declined() {
    let server = Server::start(http_ok);
    let service = builder(&server.url("")).build().expect("a whole configuration");
    record(&service);
    let error = service.send_now().expect_err("nobody agreed");
    assert!(error.is_consent(), "{error}");
    assert!(error.to_string().contains("acme/1"), "{error}");
    assert_eq!(server.connections(), 0);
    service.agree(Level::Diagnostics).expect("a directory to keep it in");
    let outcome = service.send_now().expect("consent");
    assert!(matches!(outcome, Outcome::Delivered { rejected: 0, .. }), "{outcome}");
    assert_eq!(server.connections(), 1);
    service.decline().expect("a choice");
    let error = service.send_now().expect_err("declined");
    assert!(error.is_consent() && error.to_string().contains("declined"), "{error}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn gauges_are_not_asked_for_a_report_that_may_not_be_sent() {
    let service = builder("http://127.0.0.1:9").build().expect("a whole configuration");
    let _ = service
        .meter()
        .u64_observable_gauge("acme.users")
        .with_callback(|_| panic!("asked without consent"))
        .build();
    assert!(service.send_now().expect_err("no consent").is_consent());
    // The preview asks, whatever was decided, and says what happened.
    let preview = service.preview().expect("a report with a hole");
    assert_eq!(preview.withheld(), ["acme.users: its callback panicked"]);
    assert_eq!(preview.missing(), ["users"]);
}

#[test]
fn a_preview_needs_no_consent() {
    let service = builder("http://127.0.0.1:9").build().expect("a whole configuration");
    record(&service);
    assert!(service.preview().expect("a whole report").to_string().contains("\"users\": 12"));
}

#[test]
fn a_variable_declines_whatever_was_agreed_to() {
    let server = Server::start(http_ok);
    let environment = |name: &str| (name == "DO_NOT_TRACK").then(|| "1".to_owned());
    let service = consenting(builder(&server.url("")).environment(environment));
    let error = service.send_now().expect_err("the operator declines");
    assert!(error.is_consent(), "{error}");
    assert!(error.to_string().contains("DO_NOT_TRACK in the environment declines"), "{error}");
    let status = service.status().expect("a directory to read");
    assert_eq!(status.declined_by, Some(Switch::Variable("DO_NOT_TRACK".to_owned())));
    assert_eq!(server.connections(), 0);
}
