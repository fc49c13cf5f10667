//! Receivers that misbehave, each a real server: what becomes of the report, within the time limit,
//! without a panic in the host and without a character of theirs that steers a terminal.

mod grpc;
mod http;
#[cfg(feature = "tls")]
mod tls;

use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use headcount::{Outcome, Protocol};

use crate::sending::{PATIENCE, send_within};

/// The limit where a receiver is out to use up all of it.
const LITTLE: Duration = Duration::from_millis(400);
/// What a test machine may take on top of a time limit.
const SLACK: Duration = Duration::from_secs(15);

/// What becomes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Delivered,
    Retry,
    RetryIn(Duration),
    Rejected,
}

const A_DAY: Class = Class::RetryIn(Duration::from_hours(24));

impl From<&Outcome> for Class {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Delivered { .. } => Self::Delivered,
            Outcome::Retry { after: None, .. } => Self::Retry,
            Outcome::Retry { after: Some(wait), .. } => Self::RetryIn(*wait),
            Outcome::Rejected { .. } => Self::Rejected,
        }
    }
}

/// A receiver that misbehaves.
struct Misbehaviour {
    what: &'static str,
    /// Starts the receiver, and returns its URL.
    start: Box<dyn Fn() -> String + Send + Sync>,
    /// What becomes of a report over each protocol.
    expected: Vec<(Protocol, Class)>,
    patience: Duration,
}

impl Misbehaviour {
    fn over(
        protocols: &[Protocol],
        what: &'static str,
        class: Class,
        start: impl Fn() -> String + Send + Sync + 'static,
    ) -> Self {
        let expected = protocols.iter().map(|protocol| (*protocol, class)).collect();
        Self { what, start: Box::new(start), expected, patience: PATIENCE }
    }

    /// It goes on for as long as the exporter lets it.
    fn without_end(self) -> Self {
        Self { patience: LITTLE, ..self }
    }

    fn check(&self) {
        let url = (self.start)();
        for (protocol, class) in &self.expected {
            let start = Instant::now();
            let outcome = send_within(&url, *protocol, self.patience);
            let told = format!("{}, {protocol:?}: {outcome}", self.what);
            assert_eq!(Class::from(&outcome), *class, "{told}");
            assert!(start.elapsed() < self.patience + SLACK, "{told}: {:?}", start.elapsed());
            assert!(told.chars().count() < 2500 && !told.contains(char::is_control), "{told}");
        }
    }
}

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts what panics on a thread of the exporter's.
fn watch() {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let current = thread::current();
            if current.name().is_some_and(|name| name.starts_with("headcount")) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            before(info);
        }));
    });
}

/// Sends to all of them at the same time.
fn check(all: &[Misbehaviour]) {
    watch();
    thread::scope(|scope| {
        let checks: Vec<_> = all.iter().map(|one| (one, scope.spawn(|| one.check()))).collect();
        let failed =
            checks.into_iter().filter_map(|(one, check)| check.join().err().map(|_| one.what));
        assert_eq!(failed.collect::<Vec<_>>(), [""; 0]);
    });
    assert_eq!(PANICS.load(Ordering::SeqCst), 0, "the exporter panicked");
}

/// The numbers stand in the types, so that none can go missing unnoticed.
#[test]
fn receivers_that_misbehave_over_any_protocol_harm_nothing() {
    let all: [Misbehaviour; 17] = http::over_any();
    check(&all);
}

#[test]
fn receivers_that_misbehave_over_http_harm_nothing() {
    let all: [Misbehaviour; 26] = http::over_http();
    check(&all);
}

#[test]
fn receivers_that_misbehave_over_grpc_harm_nothing() {
    let all: [Misbehaviour; 25] = grpc::all();
    check(&all);
}

#[test]
#[cfg(feature = "tls")]
fn receivers_that_misbehave_over_tls_harm_nothing() {
    let all: [Misbehaviour; 5] = tls::all();
    check(&all);
}
