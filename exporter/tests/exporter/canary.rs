//! A unique string goes into everything that the host can give, and comes out nowhere.

use std::env;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use headcount::opentelemetry::KeyValue;
use headcount::{Exporter, Outcome, Protocol};
use http::{Response, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::server::{Body, Captured, Server, grpc_answer, grpc_status, http_answer, http_ok};
use crate::service::{INSTANCE, builder, builder_in, consenting, data_directory, record};

const CANARY: &str = "canary5f3a9c";
/// Set in the process that runs among canaries.
const MARK: &str = "HEADCOUNT_TEST_AMONG_CANARIES";

/// Every form in which the canary could show.
fn forms(canary: &str) -> Vec<Vec<u8>> {
    let hash = Sha256::digest(canary.as_bytes());
    // In base64 a string looks different at each of three offsets, and its ends depend on what
    // stands beside it.
    let shifted = (0..3).map(|offset| {
        let text = STANDARD.encode([&vec![b' '; offset], canary.as_bytes()].concat());
        text[4..text.len() - 4].to_owned()
    });
    let mut forms = vec![hash.to_vec()];
    let texts = [
        canary.to_owned(),
        canary.to_uppercase(),
        hex(canary.as_bytes()),
        hex(canary.as_bytes()).to_uppercase(),
        hex(&hash),
        hex(&hash).to_uppercase(),
        STANDARD.encode(hash),
        URL_SAFE.encode(hash),
    ];
    forms.extend(texts.into_iter().chain(shifted).map(String::into_bytes));
    forms
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[track_caller]
fn assert_absent(place: &str, bytes: &[u8], canary: &str) {
    for form in forms(canary) {
        let found = bytes.windows(form.len()).any(|window| window == form);
        assert!(!found, "{:?} in {place}", String::from_utf8_lossy(&form));
    }
}

/// A service that puts the canary wherever the API takes a string.
fn full_of_canaries(directory: &Path, url: &str, protocol: Protocol) -> Exporter {
    let service = builder_in(directory, url)
        .protocol(protocol)
        .attribute(CANARY, CANARY)
        .attribute("host.name", CANARY)
        .attribute("process.command_line", format!("/bin/{CANARY} --flag"));
    let service = consenting(service);
    let extra = [KeyValue::new(CANARY, CANARY), KeyValue::new("user.name", CANARY)];
    let meter = service.meter();
    // A gauge that the contract does not name, and one that it does, with more than it names.
    let unlisted = format!("acme.{CANARY}");
    meter.u64_gauge(unlisted).with_unit(CANARY).with_description(CANARY).build().record(1, &extra);
    meter
        .f64_gauge("acme.load")
        .with_unit(CANARY)
        .with_description(CANARY)
        .build()
        .record(0.5, &extra);
    meter.u64_histogram(CANARY).with_unit(CANARY).build().record(1, &extra);
    meter.u64_counter(format!("{CANARY}.total")).build().add(1, &extra);
    service
}

fn all_of(captured: &Captured) -> Vec<u8> {
    let head = format!("{:?}", captured.head);
    [head.as_bytes(), &captured.body].concat()
}

/// Everything that tracing is told.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while it is held").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs the test of this name again, in a process whose environment, arguments and working
/// directory hold the canary.
fn among_canaries(test: &str) {
    let directory = env::temp_dir().join(format!("{CANARY}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary directory");
    let mut child = Command::new(env::current_exe().expect("this program"));
    child.args(["--exact", test, CANARY]).current_dir(&directory).env(MARK, "1");
    for name in [
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
        "OTEL_RESOURCE_ATTRIBUTES",
    ] {
        child.env(name, format!("api-key={CANARY},{CANARY}={CANARY}"));
    }
    for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] {
        child.env(name, format!("http://{CANARY}.invalid:4317"));
    }
    for name in [
        "OTEL_SERVICE_NAME",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "OTEL_METRIC_EXPORT_INTERVAL",
        "OTEL_METRICS_EXEMPLAR_FILTER",
        "HOSTNAME",
        "USER",
        "HOME",
        "HTTP_PROXY",
        "http_proxy",
    ] {
        child.env(name, CANARY);
    }
    let output = child.output().expect("this program runs again");
    std::fs::remove_dir_all(&directory).expect("the temporary directory is still there");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("1 passed"), "the test itself ran: {printed}");
}

/// Searches all that is kept, names and contents, and sees that these files are among it.
fn assert_clean(directory: &Path, expected: &[&str]) {
    let mut kept = Vec::new();
    files(directory, "", &mut kept);
    for name in expected {
        assert!(kept.iter().any(|(file, _)| file.starts_with(name)), "{name} in {kept:?}");
    }
    for (name, bytes) in &kept {
        assert_absent(name, name.as_bytes(), CANARY);
        assert_absent(name, bytes, CANARY);
        // An id that the application keeps is kept nowhere else.
        assert!(!String::from_utf8_lossy(bytes).contains(INSTANCE), "{name}");
    }
}

fn files(directory: &Path, prefix: &str, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        let name = format!("{prefix}{}", entry.file_name().display());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push((name, std::fs::read(entry.path()).expect("a file of our own")));
        }
    }
}

type Answer = fn() -> Option<Response<Body>>;

#[test]
fn no_canary_leaves() {
    if env::var_os(MARK).is_none() {
        return among_canaries("canary::no_canary_leaves");
    }
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let services: [(Protocol, Answer, Answer); 2] = [
        (Protocol::Http, http_ok, || http_answer(StatusCode::SERVICE_UNAVAILABLE, &[], b"")),
        (Protocol::Grpc, || grpc_answer(b""), || grpc_status(14, "", "")),
    ];
    for (protocol, works, fails) in services {
        let is_up = Arc::new(AtomicBool::new(false));
        let switch = Arc::clone(&is_up);
        let server =
            Server::start(move || if switch.load(Ordering::SeqCst) { works() } else { fails() });
        let directory = data_directory();
        let service = full_of_canaries(&directory, &server.url(""), protocol);
        let outcome = service.send_now().expect("consent");
        assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome}");
        assert_clean(&directory, &["spool/", "state.json"]);
        is_up.store(true, Ordering::SeqCst);
        let outcome = service.send_now().expect("consent");
        assert_eq!(outcome.to_string(), "delivered");
        assert_clean(&directory, &["history.jsonl", "state.json"]);
        let captured = [server.request(), server.request(), server.request()];
        let requests = captured.iter().map(|captured| ("a request", all_of(captured)));
        for (place, bytes) in requests.chain([("the connection", server.raw())]) {
            assert!(!bytes.is_empty());
            assert_absent(place, &bytes, CANARY);
            // The hash of the id is meant to be there, the id is not.
            assert!(!String::from_utf8_lossy(&bytes).contains(INSTANCE));
        }
        let preview = service.preview().expect("a whole report");
        assert_absent("the preview", preview.to_string().as_bytes(), CANARY);
        assert_absent("the preview's bytes", preview.otlp(), CANARY);
        let status = service.status().expect("a directory to read");
        assert_absent("the status", format!("{status} {status:?}").as_bytes(), CANARY);
        let shown = format!("{service:?} {:?}", builder(CANARY).attribute("a", CANARY));
        assert_absent("Debug", shown.as_bytes(), CANARY);
        assert!(!shown.contains(INSTANCE), "{shown}");
    }
    let log = log.0.lock().expect("no panic while it is held").clone();
    assert!(String::from_utf8_lossy(&log).contains("TRACE"), "the libraries log at TRACE");
    assert_absent("the log", &log, CANARY);
}

#[test]
fn no_error_holds_a_value() {
    let service = builder("http://127.0.0.1:9").attribute("os.type", CANARY).build();
    let service = service.expect("a whole configuration");
    record(&service);
    let error = service.preview().expect_err("no known system");
    assert!(error.is_report(), "{error}");
    assert!(error.to_string().contains("os.type"), "{error}");
    assert_absent("an error", format!("{error} {error:?}").as_bytes(), CANARY);

    let url = format!("http://{CANARY}:{CANARY}@h");
    let error = builder(&url).build().expect_err("a password in the URL");
    assert_absent("an error", format!("{error} {error:?}").as_bytes(), CANARY);
}

/// The test's own tool finds what it should.
#[test]
fn the_canary_would_be_found() {
    for form in forms(CANARY) {
        let wire = [b"before".to_vec(), form, b"after".to_vec()].concat();
        let found = std::panic::catch_unwind(|| assert_absent("a wire", &wire, CANARY));
        assert!(found.is_err());
    }
    for offset in 0..3 {
        let text = STANDARD.encode(format!("{}{CANARY}tail", "x".repeat(offset)));
        assert!(
            std::panic::catch_unwind(|| assert_absent("a wire", text.as_bytes(), CANARY)).is_err()
        );
    }
}
