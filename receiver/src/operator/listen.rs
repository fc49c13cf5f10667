//! Connections of the operator's interface: few, and over HTTP/1.1 alone.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::front::Failures;
use crate::settings::Settings;

/// Connections at once: a few people and programs ask. More wait to be accepted.
const CONNECTIONS: usize = 16;

/// Bytes of a request's head: hyper takes no less.
const HEAD_BYTES: usize = 8 * 1024;

/// Accepts connections. Dropped, it ends them all.
pub(super) async fn run(listener: TcpListener, service: Router, settings: &Settings) -> Infallible {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (mut connections, mut failures) = (JoinSet::new(), Failures::default());
    loop {
        let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let (service, builder) =
                    (TowerToHyperService::new(service.clone()), builder(settings));
                connections.spawn(async move {
                    let _place = place;
                    let serving = builder.serve_connection(TokioIo::new(stream), service);
                    if serving.await.is_err() {
                        // What the error says may hold what somebody else than the operator sent.
                        tracing::debug!("a connection of the operator's interface broke");
                    }
                });
            }
            Err(error) => failures.wait(&error).await,
        }
    }
}

/// The head of a request, the next one on a connection included, has as long as that of a sender.
fn builder(settings: &Settings) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.connections.header_timeout)
        .max_buf_size(HEAD_BYTES);
    builder
}
