//! The last stage: one report to one endpoint, and what became of it.
//!
//! The network runs on a thread and a runtime of our own, so a report can be sent from anywhere:
//! with or without tokio in the host, and from a thread that must not run a runtime. One deadline
//! covers the name, the connection, the request and the answer. Nothing of the host's environment
//! is read.

mod connect;
mod grpc;
mod http1;
mod outcome;
mod status;
#[cfg(feature = "tls")]
mod tls;

use std::io;
use std::thread;
use std::time::Instant;

use bytes::Bytes;
use headcount_contract::Anonymous;
use tokio::runtime;
use tokio::time::timeout_at;

use crate::endpoint::{Endpoint, Protocol};
pub use outcome::Outcome;

/// Our only header of our own choice.
const USER_AGENT: &str = concat!("headcount/", env!("CARGO_PKG_VERSION"));
/// The most that is read of an answer.
const ANSWER_LIMIT: usize = 64 * 1024;
/// The most that is read of an answer's headers.
const HEADER_LIMIT: usize = 16 * 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Sends the report, once, and waits for the outcome until `deadline`.
pub(crate) fn send(endpoint: &Endpoint, report: &Anonymous, deadline: Instant) -> Outcome {
    let (endpoint, request) = (endpoint.clone(), Bytes::from(report.otlp()));
    thread::Builder::new()
        .name("headcount-send".to_owned())
        .spawn(move || run(&endpoint, request, deadline))
        .map_err(|error| format!("expected to start a thread for sending: {error}"))
        .and_then(|thread| {
            thread
                .join()
                .map_err(|_| "the thread for sending panicked".to_owned())?
                .map_err(|error| format!("expected to start a runtime for sending: {error}"))
        })
        .unwrap_or_else(Outcome::retry)
}

fn run(endpoint: &Endpoint, request: Bytes, deadline: Instant) -> io::Result<Outcome> {
    let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let outcome = runtime.block_on(async {
        timeout_at(deadline.into(), exchange(endpoint, request))
            .await
            .unwrap_or_else(|_| Outcome::retry("expected an answer within the time limit"))
    });
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    Ok(outcome)
}

async fn exchange(endpoint: &Endpoint, request: Bytes) -> Outcome {
    let connection = match connect::connect(endpoint).await {
        Ok(connection) => connection,
        Err(failure) => {
            let expected = format!("expected to connect to {}", endpoint.target());
            return Outcome::failed(&expected, failure.as_ref());
        }
    };
    match endpoint.protocol {
        Protocol::Grpc => grpc::exchange(endpoint, connection, request).await,
        Protocol::Http => http1::exchange(endpoint, connection, request).await,
    }
}
