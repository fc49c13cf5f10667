//! Taking connections, and letting them end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection;
use crate::settings::Settings;
use crate::tally::Tally;

/// How long nothing is accepted after the system refused, as it does without free descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections until the sender of `stopping` is gone, then waits for them to end.
pub(super) async fn run(
    listener: TcpListener,
    service: Router,
    settings: Settings,
    tally: Arc<Tally>,
    mut stopping: watch::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            _ = stopping.changed() => break,
        };
        match accepted {
            // The peer's address goes no further: nothing here needs it.
            Ok((stream, _)) => {
                let serving =
                    connection::serve(stream, service.clone(), settings.clone(), stopping.clone());
                let tally = tally.clone();
                connections.spawn(async move {
                    let _open = tally.connection();
                    serving.await;
                });
            }
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "cannot accept a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    let ending = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(settings.connections.drain_timeout, ending).await.is_err() {
        tracing::warn!(connections = connections.len(), "ended requests that were still in flight");
    }
}
