//! Without consent nothing leaves: not a connection, not a name.

use headcount::contract::Level;
use headcount::{Consent, Outcome};

use crate::server::{Server, http_ok};
use crate::service::{builder, contract, granted, record};

#[test]
fn nothing_connects_until_consent_is_granted() {
    let server = Server::start(http_ok);
    let service = builder(&server.url("")).build().expect("a whole configuration");
    record(&service);
    for consent in [Consent::Unset, Consent::Denied] {
        service.set_consent(consent);
        let error = service.send_now().expect_err("no consent");
        assert!(error.is_consent(), "{error}");
        assert!(error.to_string().contains("acme/1"), "{error}");
    }
    assert_eq!(server.connections(), 0);
    service.set_consent(granted());
    let outcome = service.send_now().expect("consent");
    assert!(matches!(outcome, Outcome::Delivered { rejected: 0, .. }), "{outcome}");
    assert_eq!(server.connections(), 1);
    service.set_consent(Consent::Denied);
    assert!(service.send_now().is_err());
    assert_eq!(server.connections(), 1);
}

#[test]
fn consent_to_another_contract_is_none() {
    let server = Server::start(http_ok);
    let narrower = include_str!("acme.yaml").replace("max_length: 32", "max_length: 16");
    let other = headcount::contract::Contract::parse("other.yaml", &narrower)
        .unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let consent = Consent::Granted { digest: other.digest(), level: Level::Diagnostics };
    let service = builder(&server.url("")).consent(consent).build().expect("a whole configuration");
    record(&service);
    let error = service.send_now().expect_err("consent to another contract");
    assert!(error.is_consent(), "{error}");
    assert!(error.to_string().contains(&contract().digest().to_string()), "{error}");
    assert_eq!(server.connections(), 0);
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
    // The preview asks, whatever the consent, and says what happened.
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
fn a_variable_declines_whatever_was_granted() {
    let server = Server::start(http_ok);
    let environment = |name: &str| (name == "DO_NOT_TRACK").then(|| "1".to_owned());
    let service = builder(&server.url("")).consent(granted()).environment(environment).build();
    let service = service.expect("a whole configuration");
    record(&service);
    let error = service.send_now().expect_err("the operator declines");
    assert!(error.is_consent(), "{error}");
    assert!(error.to_string().contains("DO_NOT_TRACK in the environment declines"), "{error}");
    assert_eq!(server.connections(), 0);
}
