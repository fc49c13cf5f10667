//! The last stage: one report along one route, and what became of it; or one question, and its answer.
//!
//! The network runs on a thread and a runtime of our own, so a report can be sent from anywhere:
//! with or without tokio in the host, and from a thread that must not run a runtime. One deadline
//! covers the names, the proxy, the connections, the request and the answer. Nothing of the host's
//! environment is read: what an operator says about proxies is in the route.

mod allowance;
mod attempt;
mod body;
mod call;
mod connect;
mod grpc;
mod grpc_status;
mod http1;
mod outcome;
mod proxy;
mod retry_after;
mod roots;
mod route;
mod status;
#[cfg(feature = "tls")]
mod tls;
mod tunnel;

#[cfg(test)]
mod tests;

use std::io;
use std::thread;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use tokio::runtime;

pub(crate) use call::Outgoing;
pub use outcome::Outcome;
pub(crate) use roots::{Roots, RootsError};
pub(crate) use route::Route;

/// Our only header of our own choice.
const USER_AGENT: &str = concat!("headcount/", env!("CARGO_PKG_VERSION"));
/// The most that is read of an answer.
const ANSWER_LIMIT: usize = 64 * 1024;
/// The most that is read of an answer's headers.
const HEADER_LIMIT: usize = 16 * 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// When the sending happens, and when it ends.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    /// The time of day, against which an answer's dates are held.
    pub(crate) now: SystemTime,
    /// When whatever is under way is given up.
    pub(crate) deadline: Instant,
}

/// What came of a request.
#[derive(Debug)]
struct Answer {
    outcome: Outcome,
    /// The message of a success, where one came in the protocol's own words.
    message: Option<Bytes>,
}

/// Sends the report, once, and waits for the outcome until the deadline.
pub(crate) fn send(route: &Route, report: Outgoing, moment: Moment) -> Outcome {
    exchange(route, report, moment).outcome
}

/// Asks the question, once, and waits for the message of its answer until the deadline; or says why there is none.
pub(crate) fn ask(route: &Route, question: Outgoing, moment: Moment) -> Result<Bytes, Outcome> {
    match exchange(route, question, moment) {
        Answer { outcome: Outcome::Delivered { .. }, message } => message
            .ok_or_else(|| Outcome::retry("expected an answer of protobuf, got an empty one")),
        Answer { outcome, .. } => Err(outcome),
    }
}

fn exchange(route: &Route, outgoing: Outgoing, moment: Moment) -> Answer {
    let route = route.clone();
    thread::Builder::new()
        .name("headcount-send".to_owned())
        .spawn(move || run(&route, &outgoing, moment))
        .map_err(|error| format!("expected to start a thread for sending: {error}"))
        .and_then(|thread| {
            thread
                .join()
                .map_err(|_| "the thread for sending panicked".to_owned())?
                .map_err(|error| format!("expected to start a runtime for sending: {error}"))
        })
        .unwrap_or_else(|why| Outcome::retry(why).into())
}

fn run(route: &Route, outgoing: &Outgoing, moment: Moment) -> io::Result<Answer> {
    let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let answer = runtime.block_on(attempt::deliver(route, outgoing, moment));
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    Ok(answer)
}

/// No success, or one without a word.
impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, message: None }
    }
}
