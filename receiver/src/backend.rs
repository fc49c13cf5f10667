//! Another backend that takes OTLP/HTTP: requests to it, one after the other, and how long to wait while it does not take them.

mod answer;
mod client;
mod count;
mod endpoint;
mod headers;
mod pace;
mod trust;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::error::Error;
use answer::Outcome;
use client::Client;
pub(crate) use client::compressed;
pub(crate) use count::{Count, Counted};
pub use endpoint::{Endpoint, NotAnEndpoint};
pub use headers::Headers;
use pace::Pace;

/// Between two attempts where the store does not work: 1 s.
pub(crate) const AGAIN: Duration = Duration::from_secs(1);

/// How a backend is reached.
pub(crate) struct Reach<'s> {
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: Headers,
    /// A file of those to one of which its certificate has to lead. `None`: the system's.
    pub(crate) authorities: Option<&'s Path>,
    /// How long a request may take.
    pub(crate) timeout: Duration,
    /// The first wait after a failure, and the longest.
    pub(crate) waits: [Duration; 2],
}

/// A backend, and what became of what was sent to it.
pub(crate) struct Backend {
    client: Client,
    pace: Pace,
    count: Arc<Count>,
}

/// What became of a request that need not be sent again.
pub(crate) struct Settled {
    pub(crate) sent: Sent,
    /// Whether the backend could not be reached before.
    pub(crate) recovered: bool,
}

/// Whether the backend has it.
pub(crate) enum Sent {
    /// It has, but for so many points that it says it will not take.
    Taken { rejected: u64 },
    /// It will never take it: the status.
    Refused(u16),
}

/// The backend may take it later.
pub(crate) struct Later {
    /// When to try again.
    pub(crate) wait: Duration,
    /// Why, where the backend could be reached before. Nothing of it is the backend's own words.
    pub(crate) reason: Option<String>,
}

impl Backend {
    /// Nothing is sent yet.
    ///
    /// Errors: the file of authorities cannot be used.
    pub(crate) fn new(reach: Reach<'_>, count: Arc<Count>) -> Result<Self, Error> {
        let Reach { endpoint, headers, authorities, timeout, waits: [first, longest] } = reach;
        let tls = endpoint.is_encrypted().then(|| trust::connector(authorities)).transpose()?;
        let client = Client::new(endpoint, headers, tls, timeout);
        Ok(Self { client, pace: Pace::new(first, longest), count })
    }

    /// Sends a [`compressed`] request, and counts what became of it.
    pub(crate) async fn send(&mut self, body: Bytes) -> Result<Settled, Later> {
        let sent = match self.client.post(body).await {
            Outcome::Again { reason, after } => {
                let reason = (!self.count.fail(true)).then_some(reason);
                return Err(Later { wait: self.pace.wait(after, chance()), reason });
            }
            Outcome::Taken { rejected } => {
                self.count.take(rejected);
                Sent::Taken { rejected }
            }
            Outcome::Refused(status) => {
                self.count.refuse();
                Sent::Refused(status)
            }
        };
        self.pace.reset();
        Ok(Settled { sent, recovered: self.count.fail(false) })
    }

    /// Counts what cannot be sent at all.
    pub(crate) fn give_up(&self) {
        self.count.give_up();
    }
}

/// Something that receivers do not share.
fn chance() -> u8 {
    let mut byte = [0];
    // Without chance the waits are the shortest there are, which is no harm.
    let _ = getrandom::fill(&mut byte);
    byte[0]
}
