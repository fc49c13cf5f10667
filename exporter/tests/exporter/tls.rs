//! Encrypted endpoints: trusted where the system trusts them, or the roots that were given.

pub(crate) mod server;

use std::env;
use std::fs;
use std::process::Command;

use headcount::{Outcome, Protocol};

use crate::service::{builder, consenting};
use server::{Encryption, SOUND};

/// Set in the process whose roots are the test's certificate.
const MARK: &str = "HEADCOUNT_TEST_TRUSTED_PORT";

/// Sends a report, by the system's roots or by these.
fn send(url: &str, protocol: Protocol, roots: Option<&str>) -> Outcome {
    let service = builder(url).protocol(protocol);
    let service = match roots {
        Some(pem) => service.root_certificates(pem),
        None => service,
    };
    consenting(service).send_now().expect("consent")
}

fn is_refused(outcome: &Outcome, why: &str) -> bool {
    matches!(outcome, Outcome::Retry { after: None, reason } if reason.contains(why))
}

#[test]
fn a_certificate_that_the_system_trusts_is_enough() {
    if let Ok(port) = env::var(MARK) {
        for protocol in [Protocol::Http, Protocol::Grpc] {
            let outcome = send(&format!("https://localhost:{port}"), protocol, None);
            assert_eq!(outcome.to_string(), "delivered");
            // The certificate names localhost, not its address.
            let outcome = send(&format!("https://127.0.0.1:{port}"), protocol, None);
            assert!(is_refused(&outcome, "not valid for name"), "{outcome}");
        }
        return;
    }
    let (server, pem) = SOUND.start();
    let file = env::temp_dir().join(format!("headcount-roots-{}.pem", std::process::id()));
    fs::write(&file, pem).expect("a temporary file");
    let output = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "tls::a_certificate_that_the_system_trusts_is_enough"])
        .env("SSL_CERT_FILE", &file)
        .env(MARK, server.address.port().to_string())
        .output()
        .expect("this program runs again");
    fs::remove_file(&file).expect("the temporary file is still there");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "the test itself ran: {text}");
}

#[test]
fn roots_that_are_given_take_the_place_of_the_systems() {
    let (server, pem) = SOUND.start();
    let (_, other) = SOUND.acceptor();
    let url = format!("https://localhost:{}", server.address.port());
    for protocol in [Protocol::Http, Protocol::Grpc] {
        assert_eq!(send(&url, protocol, Some(&pem)).to_string(), "delivered");
        // As operators keep them: several in a file, with text between.
        let bundle = format!("Our own\n{other}\nand the new one\n{pem}");
        assert_eq!(send(&url, protocol, Some(&bundle)).to_string(), "delivered");
        assert!(is_refused(&send(&url, protocol, Some(&other)), "invalid peer certificate"));
    }
}

#[test]
fn a_certificate_that_nobody_knows_is_refused_and_nothing_else_is_tried() {
    let (server, _) = SOUND.start();
    let url = format!("https://localhost:{}", server.address.port());
    for (number, protocol) in (1..).zip([Protocol::Http, Protocol::Grpc]) {
        let outcome = send(&url, protocol, None);
        assert!(is_refused(&outcome, "expected a TLS connection to localhost"), "{outcome}");
        assert_eq!(server.connections(), number, "{protocol:?}");
    }
}

#[test]
fn a_certificate_for_another_or_of_the_past_is_refused() {
    for (encryption, why) in [
        (Encryption { name: "elsewhere.example", ..SOUND }, "not valid for name"),
        (Encryption { expired: true, ..SOUND }, "expired"),
    ] {
        let (server, pem) = encryption.start();
        let url = format!("https://localhost:{}", server.address.port());
        for protocol in [Protocol::Http, Protocol::Grpc] {
            let outcome = send(&url, protocol, Some(&pem));
            assert!(is_refused(&outcome, why), "{outcome}");
        }
    }
}

#[test]
fn what_is_no_root_certificate_is_refused_at_once() {
    let (_, pem) = SOUND.acceptor();
    let cut = pem.trim_end().trim_end_matches('-').to_owned();
    let key = rcgen::KeyPair::generate().expect("a key").serialize_pem();
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (pem, why) in [
        (String::new(), "found no CERTIFICATE section"),
        (key, "found no CERTIFICATE section"),
        (format!("{pem}{cut}"), "number 2 is none"),
        (pem.replace("BEGIN CERTIFICATE-----\n", "BEGIN CERTIFICATE-----\n?"), "number 1 is none"),
        (format!("{pem}{empty}"), "number 2 cannot be one"),
    ] {
        let built = builder("https://localhost").root_certificates(pem).build();
        let error = built.expect_err("no certificate");
        assert!(error.is_configuration() && error.to_string().contains(why), "{error}");
    }
}
