//! The settings panel of the example `instrumented_axum`, in a real browser, by keyboard.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context as _, ensure};
use headcount_tests::{Browser, Key, Receiver, example, hex};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// Who administers the example.
const ADMINISTRATOR: &str = "admin:open sesame";

/// The running example. It is killed when this is dropped.
struct Bookshelf {
    child: Child,
    port: String,
    _folder: TempDir,
}

impl Bookshelf {
    fn start(receiver: &str, environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = example("instrumented_axum")?;
        let mut child = command
            .env_clear()
            .env("BOOKSHELF_LISTEN", "127.0.0.1:0")
            .env("BOOKSHELF_DATA", folder.path())
            .env("BOOKSHELF_ADMINISTRATOR", ADMINISTRATOR)
            .env("BOOKSHELF_USAGE_ENDPOINT", receiver)
            // Its own pipeline has nobody to talk to, which is no matter here.
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        let mut service = Self { child, port: String::new(), _folder: folder };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let port = line.trim().rsplit_once(':').map(|(_, port)| port.to_owned());
        service.port = port.with_context(|| format!("expected an address, got {line:?}"))?;
        Ok(service)
    }

    /// Where the panel is, under a name of this machine.
    fn panel(&self, host: &str) -> String {
        let (name, password) = ADMINISTRATOR.split_once(':').unwrap_or_default();
        let password = password.replace(' ', "%20");
        format!("http://{name}:{password}@{host}:{}/admin/usage", self.port)
    }
}

impl Drop for Bookshelf {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The example's contract, which is not among the built-in ones.
const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/contracts/bookshelf.yaml");

fn receiver() -> anyhow::Result<Receiver> {
    Receiver::start_with(|command| {
        command.args(["--contract", CONTRACT]);
    })
}

fn state(browser: &mut Browser) -> anyhow::Result<String> {
    browser.text("#now .state")
}

fn agree(browser: &mut Browser) -> anyhow::Result<()> {
    browser.tab_to("Yes, send reports")?;
    browser.press(Key::Space)?;
    browser.tab_to("Save the decision")?;
    browser.press_to_load(Key::Enter)
}

/// The browser saw nothing to complain about, and asked nobody else for anything.
fn is_content(browser: &Browser, services: &[&Bookshelf]) -> anyhow::Result<()> {
    ensure!(browser.complaints().is_empty(), "{:#?}", browser.complaints());
    let panels = services.iter().map(|service| format!("@127.0.0.1:{}/admin/usage", service.port));
    let panels: Vec<_> = panels.collect();
    let own = |url: &&str| panels.iter().any(|panel| url.contains(panel));
    let requests = browser.requests();
    ensure!(!requests.is_empty() && requests.iter().all(own), "{requests:#?}");
    Ok(())
}

#[test]
fn an_operator_agrees_sends_and_declines_by_keyboard() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let service = Bookshelf::start(&receiver.endpoint(), &[])?;
    let mut browser = Browser::start()?;
    browser.look(1000, "light")?;
    browser.open(&service.panel("127.0.0.1"))?;
    assert_eq!(state(&mut browser)?, "Nothing is sent yet: somebody has to agree.");
    browser.picture("panel-undecided")?;

    agree(&mut browser)?;
    assert_eq!(state(&mut browser)?, "Usage reports are on: the operator agreed.");
    assert_eq!(browser.focused()?, "Saved: you agreed to reports.", "a screen reader tells it");

    browser.tab_to("Send a report now")?;
    browser.press_to_load(Key::Enter)?;
    assert_eq!(browser.focused()?, "A report was sent, and has arrived.");
    let stored = receiver.reports(&["--contract-file", CONTRACT])?;
    // The schedule may have made one in the same second: the receiver keeps one of a day, and gives its receipt.
    let history = browser.text("#history")?;
    assert!(history.contains("delivered receipt matches"), "{history}");
    let summary = browser.text("#history summary")?;
    browser.tab_to(&summary)?;
    browser.press(Key::Enter)?;
    let shown: Value = serde_json::from_str(&browser.text("#history pre")?)?;
    let stored = stored.iter().map(|line| serde_json::from_str(line));
    let stored: Vec<Value> = stored.collect::<Result<_, _>>()?;
    assert_eq!(stored, [shown], "the history shows what the receiver stores");
    browser.picture("panel-on")?;

    browser.open(&service.panel("127.0.0.1"))?;
    // Tab leads to the answer that holds, an arrow to the next one.
    browser.tab_to("Yes, send reports")?;
    browser.press(Key::Down)?;
    assert_eq!(browser.focused()?, "No, report nothing");
    browser.tab_to("Save the decision")?;
    browser.press_to_load(Key::Enter)?;
    assert_eq!(state(&mut browser)?, "Usage reports are off: it was declined.");
    assert_eq!(browser.focused()?, "Saved: you declined. Nothing more is reported.");
    let buttons = browser.text("main")?;
    assert!(!buttons.contains("Send a report now"), "{buttons}");
    browser.picture("panel-off")?;
    is_content(&browser, &[&service])
}

#[test]
fn what_is_saved_is_what_is_shown() -> anyhow::Result<()> {
    let service = Bookshelf::start("http://127.0.0.1:9", &[])?;
    let mut browser = Browser::start()?;
    browser.open(&service.panel("127.0.0.1"))?;
    let facts = browser.text("#preview .facts")?;
    browser.tab_to("Save these bytes as a file")?;
    let saved = browser.press_to_save()?;
    let hash = hex(&Sha256::digest(&saved));
    assert!(facts.contains(&hash), "{hash} in {facts}");
    assert!(facts.contains(&format!("{} bytes", saved.len())), "{facts}");
    let request = ExportMetricsServiceRequest::decode(&*saved)?;
    assert_eq!(request.resource_metrics.len(), 1);
    Ok(())
}

#[test]
fn nothing_overflows_at_any_width_in_any_colours() -> anyhow::Result<()> {
    let undecided = Bookshelf::start("http://127.0.0.1:9", &[])?;
    let declined = Bookshelf::start("http://127.0.0.1:9", &[("DO_NOT_TRACK", "1")])?;
    let mut browser = Browser::start()?;
    for (name, service) in [("undecided", &undecided), ("overruled", &declined)] {
        for query in ["", "?confirm=erase", "?done=erased"] {
            for (width, colours) in [(320, "dark"), (320, "light"), (768, "dark"), (1280, "light")]
            {
                browser.look(width, colours)?;
                browser.open(&format!("{}{query}", service.panel("127.0.0.1")))?;
                let page = browser.evaluate("document.scrollingElement.scrollWidth")?;
                assert_eq!(page, width, "{name}{query} at {width}");
                if query.is_empty() {
                    browser.picture(&format!("panel-{name}-{width}-{colours}"))?;
                }
            }
        }
    }
    is_content(&browser, &[&undecided, &declined])
}

#[test]
fn everything_has_a_role_and_a_name() -> anyhow::Result<()> {
    let service = Bookshelf::start("http://127.0.0.1:9", &[])?;
    let mut browser = Browser::start()?;
    browser.open(&service.panel("127.0.0.1"))?;
    let things = browser.accessible()?;
    let named = |role: &str| -> BTreeSet<&str> {
        let of_role = things.iter().filter(|(known, _)| known == role);
        of_role.map(|(_, name)| name.as_str()).collect()
    };
    for role in ["banner", "main", "contentinfo"] {
        assert_eq!(named(role).len(), 1, "{role} in {things:#?}");
    }
    assert_eq!(named("navigation"), BTreeSet::from(["On this page"]));
    assert_eq!(named("radio"), BTreeSet::from(["Yes, send reports", "No, report nothing"]));
    let buttons = ["Ask what the receiver holds", "Save the decision"];
    assert_eq!(named("button"), BTreeSet::from(buttons));
    for role in ["heading", "link", "region", "radio", "button", "group"] {
        assert!(!named(role).is_empty(), "no {role} in {things:#?}");
        let unnamed = named(role).contains("") && role != "group";
        assert!(!unnamed, "a {role} without a name in {things:#?}");
    }
    Ok(())
}

#[test]
fn another_site_cannot_post_to_it() -> anyhow::Result<()> {
    let service = Bookshelf::start("http://127.0.0.1:9", &[])?;
    let mut browser = Browser::start()?;
    // Browsers send `Sec-Fetch-Site` to addresses of this machine, and only `Origin` to names over
    // plain HTTP: the panel has to tell its own forms from others by either.
    for host in ["127.0.0.1", "books.test"] {
        let panel = service.panel(host);
        browser.open(&panel)?;
        let token = browser.evaluate("document.querySelector('[name=token]').value")?;
        let token = token.as_str().context("a token")?.to_owned();
        // As bad as it gets: the other site has come by the token.
        browser.open(&format!(
            "data:text/html,<form method=post action='{panel}'><input name=token value={token}>\
             <input name=action value=agree-basic><button>Win a prize</button></form>"
        ))?;
        browser.tab_to("Win a prize")?;
        browser.press_to_load(Key::Enter)?;
        assert_eq!(browser.text("h1")?, "Nothing was changed", "{host}");
        browser.open(&panel)?;
        assert_eq!(state(&mut browser)?, "Nothing is sent yet: somebody has to agree.", "{host}");
    }
    // Under a name its own form is taken.
    agree(&mut browser)?;
    assert_eq!(state(&mut browser)?, "Usage reports are on: the operator agreed.");
    Ok(())
}
