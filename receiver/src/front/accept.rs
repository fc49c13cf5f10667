//! Taking connections, no more than there may be, and letting them end.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::connection;
use super::prefixes::Prefixes;
use super::tls::Tls;
use crate::sender::Sender;
use crate::settings::Settings;
use crate::tally::Tally;

/// How long nothing is accepted after the system refused, as it does without free descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Between two warnings that the system refuses.
const WARNED_FOR: Duration = Duration::from_mins(1);

/// What every connection needs, over all listeners.
pub(super) struct Entrance {
    pub(super) router: Router,
    pub(super) settings: Settings,
    pub(super) tls: Option<Arc<Tls>>,
    /// Connections that may still be opened.
    pub(super) places: Arc<Semaphore>,
    pub(super) prefixes: Arc<Prefixes>,
    pub(super) tally: Arc<Tally>,
}

/// Accepts connections until the sender of `stopping` is gone, then waits for them to end.
pub(super) async fn run(
    listener: TcpListener,
    entrance: Arc<Entrance>,
    stopping: watch::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    let mut stopped = stopping.clone();
    tokio::select! {
        never = accept(&listener, &entrance, &mut connections, &stopping) => match never {},
        _ = stopped.changed() => {}
    }
    drop(listener);
    let drain_timeout = entrance.settings.connections.drain_timeout;
    let ending = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(drain_timeout, ending).await.is_err() {
        tracing::warn!(connections = connections.len(), "ended requests that were still in flight");
    }
}

async fn accept(
    listener: &TcpListener,
    entrance: &Arc<Entrance>,
    connections: &mut JoinSet<()>,
    stopping: &watch::Receiver<()>,
) -> Infallible {
    let mut failures = Failures::default();
    loop {
        while connections.try_join_next().is_some() {}
        let (stream, peer) = match listener.accept().await {
            Ok((stream, address)) => (stream, Sender::new(address.ip())),
            Err(error) => {
                failures.wait(&error).await;
                continue;
            }
        };
        let Some(counted) = entrance.prefixes.count(peer) else {
            tracing::debug!("closed a connection of a network that has as many as it may");
            continue;
        };
        // One waits here, the next ones in the system's queue. Were a place taken before a connection is there, each
        // listener would keep one from the others.
        let place = entrance.places.clone().acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        let serving = connection::serve(stream, peer, entrance.clone(), stopping.clone());
        let tally = entrance.tally.clone();
        connections.spawn(async move {
            let _held = (tally.connection(), counted, place);
            serving.await;
        });
    }
}

/// What kept connections from being accepted.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    warned: Option<Instant>,
}

impl Failures {
    /// Waits a bit where the system has no connection for us, and says so now and then.
    pub(crate) async fn wait(&mut self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
        if let ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted = error.kind()
        {
            // The peer has gone again; the next one has nothing to do with it.
            return;
        }
        let now = Instant::now();
        if self.warned.is_none_or(|warned| now.duration_since(warned) >= WARNED_FOR) {
            self.warned = Some(now);
            tracing::warn!(%error, "cannot accept connections");
        }
        tokio::time::sleep(PAUSE).await;
    }
}
