//! `instrumented_axum`: two pipelines in one service, and neither sees the other.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::backend::Backend;
use crate::receiver::Receiver;

/// Where its administrators decide.
const PANEL: &str = "/admin/usage";
/// Who they are: `admin:open sesame`.
const ADMINISTRATOR: &str = "Authorization: Basic YWRtaW46b3BlbiBzZXNhbWU=\r\n";

/// The running service. It is killed when this is dropped.
struct Service {
    child: Child,
    address: String,
    /// Where it keeps what was decided.
    _folder: tempfile::TempDir,
}

impl Service {
    fn start(backend: &Backend, receiver: &Receiver) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_instrumented_axum"))
            .env_remove("DO_NOT_TRACK")
            .env_remove("BOOKSHELF_TELEMETRY")
            .env_remove("CI")
            .env("BOOKSHELF_DATA", folder.path())
            .env("BOOKSHELF_LISTEN", "127.0.0.1:0")
            .env("BOOKSHELF_ADMINISTRATOR", "admin:open sesame")
            .env("BOOKSHELF_USAGE_ENDPOINT", receiver.url())
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", backend.address))
            .env("OTEL_EXPORTER_OTLP_HEADERS", "api-key=of-the-operator")
            .env("OTEL_METRIC_EXPORT_INTERVAL", "50")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it announces its address");
        let address = line.trim().strip_prefix("bookshelf: listening on http://");
        let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, address, _folder: folder }
    }

    /// The body of the answer, which says 200.
    fn ask(&self, path: &str) -> String {
        let (status, body) = self.answer(&format!("GET {path} HTTP/1.0\r\n{ADMINISTRATOR}\r\n"));
        assert_eq!(status, "200", "{path}: {body}");
        body
    }

    /// Uses a form of the panel. Gives the status, and the page or where the browser is sent on to.
    fn decide(&self, action: &str) -> (String, String) {
        let page = self.ask(PANEL);
        let (_, token) = page.split_once("name=\"token\" value=\"").expect("a form");
        let token = token.split('"').next().expect("a value");
        let form = format!("token={token}&action={action}");
        let length = form.len();
        self.answer(&format!(
            "POST {PANEL} HTTP/1.0\r\n{ADMINISTRATOR}Content-Length: {length}\r\n\r\n{form}"
        ))
    }

    /// The status, and the body or the place of the answer.
    fn answer(&self, request: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
        let status = head.split(' ').nth(1).unwrap_or_else(|| panic!("{answer}"));
        let location = head.lines().find_map(|line| line.strip_prefix("location: "));
        (status.to_owned(), location.unwrap_or(body).to_owned())
    }

    /// The exit code after SIGTERM.
    fn terminated(mut self) -> Option<i32> {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(kill.expect("kill starts").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has noticed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn neither_pipeline_sees_the_other() {
    let (backend, receiver) = (Backend::start(), Receiver::start());
    let service = Service::start(&backend, &receiver);
    for _ in 0..3 {
        assert_eq!(service.ask("/"), "216 books\n");
    }
    let (status, said) = service.decide("send");
    assert_eq!(status, "409");
    assert!(said.contains("expected consent"), "{said}");
    assert!(receiver.reports("bookshelf").is_empty());

    assert_eq!(service.decide("agree-basic"), sent_on("?done=agreed#done"));
    assert_eq!(service.decide("send"), sent_on("?done=delivered#done"));
    let shown = service.ask(PANEL);
    let stored = receiver.reports("bookshelf");
    assert_eq!(stored.len(), 1);
    let stored = stored[0].pretty().replace('"', "&quot;");
    assert!(shown.contains(&stored), "{stored} in {shown}");
    assert!(stored.contains("&quot;readers&quot;: 3"), "{stored}");
    let counts = receiver.counts();
    // The schedule makes one as soon as somebody agrees, unless the day's time is still to come.
    assert!((1..=2).contains(&counts.answered), "nothing came but reports");
    assert_eq!(counts.rejected, 0);

    // Every export of the service's own pipeline, before and after the report.
    let own = BTreeSet::from(["http.server.requests".to_owned()]);
    for _ in 0..5 {
        assert_eq!(backend.next(), own);
    }
    assert_eq!(service.decide("decline"), sent_on("?done=declined#done"));
    assert!(service.ask(PANEL).contains("Usage reports are off: it was declined."));
    assert_eq!(service.decide("send").0, "409");
    assert_eq!(service.terminated(), Some(0));
}

fn sent_on(place: &str) -> (String, String) {
    ("303".to_owned(), place.to_owned())
}

#[test]
fn the_panel_is_for_administrators() {
    let (backend, receiver) = (Backend::start(), Receiver::start());
    let service = Service::start(&backend, &receiver);
    for credentials in ["", "Authorization: Basic YWRtaW46YWRtaW4=\r\n"] {
        for method in ["GET", "POST"] {
            let request = format!("{method} {PANEL} HTTP/1.0\r\n{credentials}\r\n");
            assert_eq!(service.answer(&request).0, "401", "{request}");
        }
    }
}
