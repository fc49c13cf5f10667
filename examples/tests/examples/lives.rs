//! Five applications, each through a life of its own: with `run_due` the clock is theirs, so that
//! weeks pass in a moment.

mod flowforge;
mod flowfuse;
mod manyfold;
mod openfn;
mod openwisp;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headcount::contract::{Document, Library};
use headcount::{Date, Exporter, ExporterBuilder, Turn};
use tempfile::TempDir;

const DAY: u64 = 24 * 60 * 60;
/// Days since 1970, read once: no test is torn by midnight.
static TODAY: LazyLock<u64> = LazyLock::new(|| {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that was set");
    now.as_secs() / DAY
});

/// An application's machine: its disk, and what its operator saw.
struct Machine {
    disk: TempDir,
    notices: Arc<Mutex<Vec<String>>>,
}

impl Machine {
    fn new() -> Self {
        let disk = tempfile::tempdir().expect("a temporary folder");
        Self { disk, notices: Arc::default() }
    }

    /// An application starts, in an environment without variables, and goes on with what its disk
    /// holds.
    fn application(&self, label: &str, receiver: &str) -> ExporterBuilder {
        let contract = Library::built_in().find(label).expect("a contract that ships").clone();
        let notices = Arc::clone(&self.notices);
        Exporter::builder(contract, self.disk.path().join("usage"))
            .endpoint(receiver)
            .environment(|_| None)
            .show_notice(move |notice| {
                notices.lock().expect("nobody panicked").push(notice.to_owned());
            })
    }

    fn notices(&self) -> usize {
        self.notices.lock().expect("nobody panicked").len()
    }

    /// Whether the data directory has this file.
    fn keeps(&self, file: &str) -> bool {
        self.disk.path().join("usage").join(file).exists()
    }
}

/// A time of a day, counted from today: decisions are dated by the machine's own clock.
fn at(day: i64, hour: u64, minute: u64) -> SystemTime {
    let time = Duration::from_secs(hour * 60 * 60 + minute * 60);
    UNIX_EPOCH + Duration::from_secs(days_since_epoch(day) * DAY) + time
}

/// The date of the day, as reports have it.
fn date(day: i64) -> String {
    let epoch = Date::constant(1970, 1, 1);
    let days = Duration::from_secs(days_since_epoch(day) * DAY);
    epoch.checked_add(days).expect("a date of this century").to_string()
}

fn days_since_epoch(day: i64) -> u64 {
    TODAY.checked_add_signed(day).expect("a day of this century")
}

/// The end of a day, when the report has been due, whatever minute the instance's key chose.
fn end_of(day: i64) -> SystemTime {
    at(day, 23, 59)
}

/// An address where nobody listens, yet.
fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

fn turn(exporter: &Exporter, now: SystemTime) -> Turn {
    let turn = exporter.run_due(now).expect("a directory to use");
    assert!(turn.failed.is_none(), "{:?}", turn.failed);
    turn
}

/// The JSON of what a report says at a path, such as `instance.version`.
fn told(report: &Document, path: &str) -> String {
    let found = path.split('.').try_fold(report, |value, key| value.get(key));
    found.unwrap_or_else(|| panic!("expected {path} in {report}")).to_string()
}

fn told_by_all(reports: &[Document], path: &str) -> Vec<String> {
    reports.iter().map(|report| told(report, path).trim_matches('"').to_owned()).collect()
}
