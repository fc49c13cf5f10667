//! Passes accepted reports on to another backend, as OTLP, beside receiving and at the backend's own pace.
//!
//! What waits stands in the store's outbox. The oldest goes first, one request for each part, and leaves the outbox when
//! the backend has it: whoever is killed in between sends it again. So everything arrives at least once, in its order.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use headcount_contract::Library;

use crate::aside::aside;
use crate::backend::{AGAIN, Backend, Count, Headers, Later, Reach, Sent, Settled, compressed};
use crate::error::Error;
use crate::settings;
use crate::store::{Outbox, Outgoing, Store};

/// Parts that are read at once.
const PAGE: usize = 64;
/// How long what was read is good for: 1 s. Meanwhile it may have been erased.
const FRESH: Duration = Duration::from_secs(1);
/// How often it is looked whether something waits, which costs no more than reading a number: 200 ms.
const LOOK: Duration = Duration::from_millis(200);

/// Forwards what waits in the outbox.
pub(crate) struct Forwarder {
    backend: Backend,
    library: Arc<Library>,
}

impl Forwarder {
    /// Forwards to the endpoint of the settings, if there is one.
    ///
    /// Errors: the file of authorities cannot be used.
    pub(crate) fn of(
        settings: &settings::Forward,
        headers: Headers,
        library: Arc<Library>,
        count: Arc<Count>,
    ) -> Result<Option<Self>, Error> {
        let Some(endpoint) = settings.endpoint.clone() else { return Ok(None) };
        let reach = Reach {
            endpoint,
            headers,
            authorities: settings.authorities.as_deref(),
            timeout: settings.timeout,
            waits: [settings.first_wait, settings.longest_wait],
        };
        Ok(Some(Self { backend: Backend::new(reach, count)?, library }))
    }

    /// Forwards until it is dropped.
    pub(crate) async fn run(mut self, store: &dyn Store) -> Infallible {
        loop {
            let page =
                if store.outbox().parts > 0 { store.outgoing(PAGE).await } else { Ok(vec![]) };
            match page {
                Ok(page) if page.is_empty() => tokio::time::sleep(LOOK).await,
                Ok(page) => self.forward(page, store).await,
                Err(error) => {
                    tracing::warn!(%error, "cannot read what is to be forwarded; it is tried again");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Forwards some parts in their order, as far as the backend takes them.
    async fn forward(&mut self, page: Vec<Outgoing>, store: &dyn Store) {
        let (read, mut gone, mut wait) = (Instant::now(), Vec::new(), None);
        for outgoing in page {
            if read.elapsed() > FRESH {
                break;
            }
            let id = outgoing.id;
            match self.attempt(outgoing).await {
                Ok(()) => gone.push(id),
                Err(after) => {
                    wait = Some(after);
                    break;
                }
            }
        }
        let_go(&gone, store).await;
        if let Some(wait) = wait {
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends a part. `Err`: how long to wait before that is tried again.
    async fn attempt(&mut self, outgoing: Outgoing) -> Result<(), Duration> {
        let Some(body) = self.body(outgoing).await else {
            self.backend.give_up();
            return Ok(());
        };
        let settled = self.backend.send(body).await.map_err(|Later { wait, reason }| {
            if let Some(reason) = reason {
                tracing::warn!(reason, "cannot forward; reports wait, and it is tried again");
            }
            wait
        });
        let Settled { sent, recovered } = settled?;
        if recovered {
            // As loud as the failure: whoever read of that wants to know.
            tracing::warn!("forwarding works again");
        }
        match sent {
            Sent::Taken { rejected: 0 } => {}
            Sent::Taken { rejected } => {
                tracing::warn!(points = rejected, "the backend rejected points of a report");
            }
            Sent::Refused(status) => {
                tracing::warn!(status, "the backend refused a report, which is not forwarded");
            }
        }
        Ok(())
    }

    /// The request for a part, off the threads that serve; `None` where there is none.
    async fn body(&self, Outgoing { key, part, .. }: Outgoing) -> Option<Bytes> {
        let part = part
            .inspect_err(|error| tracing::warn!(%error, "cannot forward a report, and never will"))
            .ok()?;
        let contract = self.library.get(&key.contract, &key.version).cloned();
        let Some(contract) = contract else {
            let (contract, version) = (&key.contract, &key.version);
            tracing::warn!(
                contract,
                version,
                "cannot forward a report of a contract that is not known"
            );
            return None;
        };
        Some(aside(move || compressed(&contract.otlp(&part))).await)
    }
}

/// Forwards, if anything is to be, until this is dropped. Otherwise nothing waits any longer.
pub(crate) async fn run(forwarder: Option<Forwarder>, store: &dyn Store) -> Infallible {
    if let Some(forwarder) = forwarder {
        return forwarder.run(store).await;
    }
    let Outbox { parts, .. } = store.outbox();
    if parts > 0 {
        tracing::warn!(parts, "nothing is forwarded any more: what waited for it is dropped");
        if let Err(error) = store.forward(0).await {
            tracing::warn!(%error, "cannot drop what waited to be forwarded");
        }
    }
    std::future::pending().await
}

impl fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarder").finish_non_exhaustive()
    }
}

/// Takes from the outbox what is settled, however long that takes: it would be sent again.
async fn let_go(ids: &[u64], store: &dyn Store) {
    while !ids.is_empty() {
        match store.gone(ids.to_vec()).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(%error, "cannot note what was forwarded; it is tried again");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}
