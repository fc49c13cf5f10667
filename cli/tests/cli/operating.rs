//! An application that reports, in the process of the test: `headcount operator` is another one.

use std::path::Path;
use std::time::{Duration, Instant};

use headcount::contract::Contract;
use headcount::opentelemetry::metrics::ObservableGauge;
use headcount::{Exporter, ExporterBuilder};
use headcount_contract::Document;
use tempfile::TempDir;

use crate::running::{Ended, Listening, folder, headcount, write};

/// Nobody reports by the schedule while a test runs: only where it is asked for.
pub(crate) const BOOKSHELF: &str = r#"contract: bookshelf
version: "1"
brief: How one bookshelf is used, once a day.
identity: stable
consent: { default: opt_in, environment: BOOKSHELF_TELEMETRY, on_withdrawal: delete_id }
schedule: { covers: now, daily: random, startup_delay: 20h }
report:
  instance: { $id: service.instance.id, hash: sha256, encoding: hex }
  version:  { $attribute: service.version, brief: The release that runs, max_length: 32 }
  readers:  { $gauge: bookshelf.readers, unit: "{user}", brief: People with an account }
"#;

/// The next version, which tells more.
pub(crate) const WIDER: &str = r#"contract: bookshelf
version: "2"
brief: How one bookshelf is used, once a day.
identity: stable
consent: { default: opt_in, environment: BOOKSHELF_TELEMETRY, on_withdrawal: delete_id }
schedule: { covers: now, daily: random, startup_delay: 20h }
report:
  instance: { $id: service.instance.id, hash: sha256, encoding: hex }
  version:  { $attribute: service.version, brief: The release that runs, max_length: 32 }
  readers:  { $gauge: bookshelf.readers, unit: "{user}", brief: People with an account }
  books:    { $gauge: bookshelf.books, unit: "{book}", brief: Books in it }
"#;

/// Where nobody listens.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:9";
const DEADLINE: Duration = Duration::from_mins(1);

/// A running application.
pub(crate) struct Application {
    pub(crate) exporter: Exporter,
    _readers: ObservableGauge<u64>,
}

impl Application {
    /// Starts one, and waits until it has introduced itself to the operator.
    pub(crate) fn start(data: &Path, endpoint: &str) -> Self {
        let application = Self::started(builder(BOOKSHELF, data).endpoint(endpoint));
        until("it introduces itself", || data.join("state.json").exists());
        application
    }

    /// Starts the thread of this one.
    pub(crate) fn started(builder: ExporterBuilder) -> Self {
        let application = Self::built(builder);
        application.exporter.start().expect("a thread can be started");
        application
    }

    /// One without a thread.
    pub(crate) fn built(builder: ExporterBuilder) -> Self {
        let exporter = builder.build().expect("everything is right");
        let meter = exporter.meter();
        let readers = meter.u64_observable_gauge("bookshelf.readers");
        let readers = readers.with_callback(|observer| observer.observe(3, &[])).build();
        Self { exporter, _readers: readers }
    }
}

/// An application with an environment of its own, in which nothing is said.
pub(crate) fn builder(contract: &str, data: &Path) -> ExporterBuilder {
    let contract = Contract::parse("bookshelf.yaml", contract).expect("a contract");
    Exporter::builder(contract, data)
        .endpoint(NOWHERE)
        .environment(|_| None)
        .show_notice(|_| {})
        .attribute("service.version", "1.4.0")
}

/// Runs an application once, until it has introduced itself, without a thread.
pub(crate) fn ran_once(data: &Path, endpoint: &str) {
    let application = Application::built(builder(BOOKSHELF, data).endpoint(endpoint));
    application.exporter.run_due(std::time::SystemTime::now()).expect("a turn");
}

/// A receiver that knows the bookshelf, and the folder of its store.
pub(crate) fn receiver() -> (TempDir, Listening, String) {
    let folder = folder();
    write(&folder, "bookshelf.yaml", BOOKSHELF);
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--contract", "bookshelf.yaml"];
    let serving = Listening::start(folder.path(), &arguments, 1);
    let endpoint = format!("http://{}", serving.addresses[0]);
    (folder, serving, endpoint)
}

/// What a receiver holds.
pub(crate) fn held(receiver: &TempDir) -> Vec<Document> {
    let arguments = ["reports", "--contract", "bookshelf.yaml"];
    let ended = crate::running::run_in(receiver.path(), &arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.out.lines().map(|line| Document::parse(line).expect("JSON")).collect()
}

/// Runs `headcount operator ARGUMENTS DIRECTORY`.
pub(crate) fn operator(data: &Path, arguments: &[&str]) -> Ended {
    let mut command = headcount();
    command.arg("operator").args(arguments).arg(data);
    let output = command.output().expect("it starts");
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// The same, which has to end well.
pub(crate) fn operated(data: &Path, arguments: &[&str]) -> Ended {
    let ended = operator(data, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    ended
}

/// Waits for another thread or process.
pub(crate) fn until(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < DEADLINE, "expected that {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
