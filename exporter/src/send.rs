//! The last stage: one report along one route, and what became of it.
//!
//! The network runs on a thread and a runtime of our own, so a report can be sent from anywhere:
//! with or without tokio in the host, and from a thread that must not run a runtime. One deadline
//! covers the names, the proxy, the connections, the request and the answer. Nothing of the host's
//! environment is read: what an operator says about proxies is in the route.

mod allowance;
mod attempt;
mod body;
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
use headcount_contract::Anonymous;
use tokio::runtime;

use crate::spool::Spooled;
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

/// The body of a request that may leave: bytes that the stage before made, and no others.
#[derive(Clone)]
pub(crate) struct Outgoing(Bytes);

impl From<&Anonymous> for Outgoing {
    fn from(report: &Anonymous) -> Self {
        Self(report.otlp().into())
    }
}

impl From<&Spooled> for Outgoing {
    fn from(report: &Spooled) -> Self {
        Self(Bytes::copy_from_slice(report.otlp()))
    }
}

/// When the sending happens, and when it ends.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    /// The time of day, against which an answer's dates are held.
    pub(crate) now: SystemTime,
    /// When whatever is under way is given up.
    pub(crate) deadline: Instant,
}

/// Sends the report, once, and waits for the outcome until the deadline.
pub(crate) fn send(route: &Route, report: Outgoing, moment: Moment) -> Outcome {
    let route = route.clone();
    thread::Builder::new()
        .name("headcount-send".to_owned())
        .spawn(move || run(&route, &report, moment))
        .map_err(|error| format!("expected to start a thread for sending: {error}"))
        .and_then(|thread| {
            thread
                .join()
                .map_err(|_| "the thread for sending panicked".to_owned())?
                .map_err(|error| format!("expected to start a runtime for sending: {error}"))
        })
        .unwrap_or_else(Outcome::retry)
}

fn run(route: &Route, report: &Outgoing, moment: Moment) -> io::Result<Outcome> {
    let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let outcome = runtime.block_on(attempt::deliver(route, report, moment));
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    Ok(outcome)
}
