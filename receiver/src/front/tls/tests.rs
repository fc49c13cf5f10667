use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;

use super::*;

/// A certificate that holds from 2026-01-01 until 2026-12-31, and its key, as PEM.
fn pair() -> (String, String) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 12, 31);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// Files of TLS, and a clock that stands.
struct Given {
    folder: TempDir,
    now: Arc<AtomicI64>,
    settings: settings::Tls,
}

impl Given {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| Some(folder.path().join(name));
        let settings = settings::Tls {
            certificate: path("certificate.pem"),
            key: path("key.pem"),
            ..settings::Tls::default()
        };
        let given = Self { folder, now: Arc::default(), settings };
        let (certificate, key) = pair();
        given.write("certificate.pem", &certificate);
        given.write("key.pem", &key);
        given.set("2026-06-01T00:00:00Z");
        given
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn set(&self, now: &str) {
        self.now.store(now.parse::<Timestamp>().unwrap().as_second(), Ordering::Relaxed);
    }

    fn start(&self) -> Result<Tls, Wrong> {
        let now = self.now.clone();
        let now = move || Timestamp::from_second(now.load(Ordering::Relaxed)).unwrap();
        Tls::new(&self.settings, Clock::new(now)).map(|tls| tls.expect("files are named"))
    }

    /// What is wrong at a start, with `FOLDER/` in the place of the folder.
    fn wrong(&self) -> String {
        let text = self.start().expect_err("something is wrong").to_string();
        text.replace(self.folder.path().to_str().unwrap(), "FOLDER")
    }
}

#[test]
fn without_files_there_is_no_tls_and_half_of_them_is_a_mistake() {
    let of = |settings: &settings::Tls| Tls::new(settings, Clock::system());
    assert!(of(&settings::Tls::default()).unwrap().is_none());
    let whole = Given::new().settings;
    let half = settings::Tls { key: None, ..whole.clone() };
    let expected = "expected both tls.certificate and tls.key, got only tls.certificate";
    assert_eq!(of(&half).unwrap_err().to_string(), expected);
    assert!(of(&settings::Tls { certificate: None, ..whole }).is_err());
}

#[test]
fn each_mistake_is_told_with_the_file_that_has_it() {
    let given = Given::new();
    given.start().unwrap();
    let (other, _) = pair();

    let (certificate, key) =
        (given.folder.path().join("certificate.pem"), given.folder.path().join("key.pem"));
    let (whole, whole_key) =
        (fs::read_to_string(&certificate).unwrap(), fs::read_to_string(&key).unwrap());
    let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n\
                  -----END RSA PRIVATE KEY-----\n";
    let encrypted =
        "expected a private key without passphrase in FOLDER/key.pem, got an encrypted one";
    for (name, text, expected) in [
        (
            "certificate.pem",
            "",
            "expected a certificate as PEM in FOLDER/certificate.pem, got none",
        ),
        ("certificate.pem", &*whole_key, "as PEM in FOLDER/certificate.pem, got none"),
        ("certificate.pem", &whole[..200], "as PEM in FOLDER/certificate.pem, got "),
        (
            "certificate.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "expected an X.509 certificate in FOLDER/certificate.pem, got something else",
        ),
        (
            "certificate.pem",
            &other,
            "expected FOLDER/key.pem to be the key of the certificate in FOLDER",
        ),
        ("key.pem", &whole, "expected a private key as PEM in FOLDER/key.pem, got none"),
        ("key.pem", &whole_key.replace("PRIVATE", "ENCRYPTED PRIVATE"), encrypted),
        ("key.pem", legacy, encrypted),
        (
            "key.pem",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "expected a private key of RSA, ECDSA or Ed25519 in FOLDER/key.pem, got ",
        ),
    ] {
        given.write(name, text);
        let wrong = given.wrong();
        assert!(wrong.contains(expected), "expected {expected:?} in {wrong:?}");
        given.write("certificate.pem", &whole);
        given.write("key.pem", &whole_key);
    }
    fs::remove_file(&key).unwrap();
    assert!(given.wrong().starts_with("expected to read FOLDER/key.pem, got: No such file"));
}

#[test]
fn authorities_of_clients_are_checked_as_well() {
    let mut given = Given::new();
    let path = given.write("authorities.pem", "nothing");
    given.settings.client_authorities = Some(path);
    let expected = "expected a certificate as PEM in FOLDER/authorities.pem, got none";
    assert_eq!(given.wrong(), expected);
    given.write("authorities.pem", &pair().0);
    given.start().unwrap();
}

#[test]
fn a_certificate_holds_neither_before_nor_behind_its_time() {
    let given = Given::new();
    given.set("2025-12-31T23:59:59Z");
    assert!(given.wrong().ends_with("got one that holds from 2026-01-01T00:00:00Z on"));
    given.set("2026-12-31T00:00:00Z");
    assert!(given.wrong().ends_with("got one that expired at 2026-12-31T00:00:00Z"));
}

#[test]
fn new_files_are_taken_and_broken_ones_are_not() {
    let given = Given::new();
    let tls = given.start().unwrap();
    let first = tls.current().config;
    tls.look();
    assert!(Arc::ptr_eq(&first, &tls.current().config), "nothing is new");

    let (certificate, key) = pair();
    given.write("certificate.pem", &certificate);
    tls.look();
    assert!(Arc::ptr_eq(&first, &tls.current().config), "its key is not there yet");
    assert!(tls.seen.lock().unwrap().is_ok(), "the files themselves can be read");
    given.write("key.pem", &key);
    tls.look();
    let second = tls.current().config;
    assert!(!Arc::ptr_eq(&first, &second));

    fs::remove_file(given.folder.path().join("key.pem")).unwrap();
    tls.look();
    assert!(Arc::ptr_eq(&second, &tls.current().config));
    given.write("key.pem", &key);
    tls.look();
    assert!(!Arc::ptr_eq(&second, &tls.current().config), "what is back is taken again");
}

#[test]
fn an_end_that_comes_near_is_warned_about_once_a_day() {
    let given = Given::new();
    let tls = given.start().unwrap();
    let warned = |now: &str| {
        given.set(now);
        tls.look();
        tls.current().warned.map(|day| day.to_string())
    };
    assert_eq!(warned("2026-12-16T23:59:59Z"), None);
    assert_eq!(warned("2026-12-17T00:00:00Z"), Some("2026-12-17".to_owned()));
    assert_eq!(warned("2026-12-18T09:00:00Z"), Some("2026-12-18".to_owned()));
    // Whoever does nothing about it is told so every day; connections go on.
    assert_eq!(warned("2027-02-01T00:00:00Z"), Some("2027-02-01".to_owned()));

    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2030, 1, 1);
    let key = KeyPair::generate().unwrap();
    given.write("certificate.pem", &params.self_signed(&key).unwrap().pem());
    given.write("key.pem", &key.serialize_pem());
    assert_eq!(warned("2027-02-01T00:00:01Z"), None);
    let expected: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(tls.current().expires, expected);
}
