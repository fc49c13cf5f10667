//! Pushes the published figures, and nothing else, to a backend of OTLP, beside receiving and at the backend's own pace.
//!
//! The store remembers the newest day of each application that the backend has. Days that were frozen while it was away follow in
//! their order; one that was being sent when the receiver was killed is sent again.

mod request;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use headcount_contract::{Contract, Library};
use headcount_figures::{FrozenDay, Snapshot};
use jiff::civil::Date;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::aside::aside;
use crate::backend::{AGAIN, Backend, Count, Headers, Later, Reach, Sent, Settled, compressed};
use crate::error::Error;
use crate::freeze::Snapshots;
use crate::settings;
use crate::store::Store;

/// Pushes what is frozen.
pub(crate) struct Pusher {
    backend: Backend,
    library: Arc<Library>,
    snapshots: watch::Receiver<Arc<Snapshots>>,
    /// Days of each application that are pushed at most, counted back from the newest.
    days: usize,
}

impl Pusher {
    /// Pushes these snapshots to the endpoint of the settings, if there is one.
    ///
    /// Errors: the file of authorities cannot be used.
    pub(crate) fn of(
        settings: &settings::Push,
        headers: Headers,
        library: Arc<Library>,
        snapshots: watch::Receiver<Arc<Snapshots>>,
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
        let days = usize::try_from(settings.days).unwrap_or(usize::MAX);
        Ok(Some(Self { backend: Backend::new(reach, count)?, library, snapshots, days }))
    }

    /// Pushes until it is dropped.
    pub(crate) async fn run(mut self, store: &dyn Store) -> Infallible {
        loop {
            let snapshots = self.snapshots.borrow_and_update().clone();
            for (name, snapshot) in &*snapshots {
                self.catch_up(name, snapshot, store).await;
            }
            if self.snapshots.changed().await.is_err() {
                // Nothing is frozen any more.
                return std::future::pending().await;
            }
        }
    }

    /// Pushes the days of an application that the backend does not have, oldest first.
    async fn catch_up(&mut self, name: &str, snapshot: &Snapshot, store: &dyn Store) {
        let Some(contract) = self.library.newest(name).cloned() else { return };
        if snapshot.days.is_empty() {
            return;
        }
        let last = pushed(name, store).await;
        let oldest = snapshot.days.len().saturating_sub(self.days);
        let due =
            snapshot.days[oldest..].iter().filter(|day| last.is_none_or(|last| day.day > last));
        for day in due {
            self.push(&contract, day).await;
            note(name, day.day, store).await;
        }
    }

    /// Pushes a day, however long that takes.
    async fn push(&mut self, contract: &Arc<Contract>, day: &FrozenDay) {
        let Some((points, body)) = body(contract, day).await else { return };
        let Settled { sent, recovered } = loop {
            match self.backend.send(body.clone()).await {
                Ok(settled) => break settled,
                Err(Later { wait, reason }) => {
                    if let Some(reason) = reason {
                        tracing::warn!(
                            reason,
                            "cannot push figures; they wait, and it is tried again"
                        );
                    }
                    sleep(wait).await;
                }
            }
        };
        if recovered {
            // As loud as the failure: whoever read of that wants to know.
            tracing::warn!("pushing figures works again");
        }
        let (contract, day) = (contract.name(), day.day);
        match sent {
            Sent::Taken { rejected: 0 } => {
                tracing::info!(contract, %day, points, "pushed the figures of a day");
            }
            Sent::Taken { rejected } => {
                tracing::warn!(contract, %day, points, rejected, "the backend rejected figures of a day");
            }
            Sent::Refused(status) => {
                tracing::warn!(contract, %day, status, "the backend refused the figures of a day");
            }
        }
    }
}

/// Pushes, if anything is to be pushed, until this is dropped.
pub(crate) async fn run(pusher: Option<Pusher>, store: &dyn Store) -> Infallible {
    match pusher {
        Some(pusher) => pusher.run(store).await,
        None => std::future::pending().await,
    }
}

impl fmt::Debug for Pusher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pusher").finish_non_exhaustive()
    }
}

/// The request for a day with its number of points, made off the threads that serve; `None` where nothing is shown.
async fn body(contract: &Arc<Contract>, day: &FrozenDay) -> Option<(usize, Bytes)> {
    let (contract, day) = (contract.clone(), day.clone());
    let make = move || {
        let (points, request) = request::of(&contract, &day);
        (points > 0).then(|| (points, compressed(&request)))
    };
    aside(make).await
}

/// The newest day that the backend has, as soon as the store can tell.
async fn pushed(name: &str, store: &dyn Store) -> Option<Date> {
    loop {
        match store.pushed(name).await {
            Ok(last) => return last,
            Err(error) => {
                tracing::warn!(%error, "cannot read what was pushed; it is tried again");
                sleep(AGAIN).await;
            }
        }
    }
}

/// Notes that the backend has a day, however long that takes: it would be sent again.
async fn note(name: &str, day: Date, store: &dyn Store) {
    while let Err(error) = store.note_pushed(name, day).await {
        tracing::warn!(%error, "cannot note what was pushed; it is tried again");
        sleep(AGAIN).await;
    }
}
