//! What stands on the network: OTLP/gRPC and OTLP/HTTP, what instances ask, and health, all on one port.
//!
//! The front bounds what a client can take of connections, heads and bodies, hands the payload on
//! as it came, and answers in the words of the protocol that was used.

mod accept;
mod activity;
mod answer;
mod answering;
mod asking;
mod body;
mod connection;
mod forwarded;
mod grpc;
mod health;
mod http;
mod instances;
mod payload;
mod prefixes;
mod public;
mod room;
mod shared;
mod status;
mod tls;
mod watched;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use accept::Entrance;
pub(crate) use accept::Failures;
pub use answer::Answer;
pub(crate) use grpc::PATH as METHOD;
use health::Health;
pub(crate) use http::PATH as ROUTE;
pub(crate) use instances::{Ask, Question};
pub(crate) use payload::{Content, Encoding, Payload};
use prefixes::Prefixes;
pub(crate) use public::Ready;
use room::Room;
use shared::{Shared, routes};
use tls::Tls;
pub(crate) use tls::Wrong;

use crate::clock::Clock;
use crate::error::{Error, Kind};
use crate::refusal::Refusal;
use crate::sender::Sender;
use crate::settings::Settings;
use crate::tally::Tally;

/// A future behind a pointer, so that traits with it can be objects.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What takes the payloads that come in: the store's way, or `headcount inspect`.
pub(crate) trait Sink: Send + Sync + 'static {
    /// Whether the sender may ask now. It is asked before a byte of the body is read, so that a refusal costs next to
    /// nothing; [`Sink::receive`] follows for whoever may.
    fn admit(&self, sender: Option<Sender>) -> Result<(), Refusal> {
        let _ = sender;
        Ok(())
    }

    /// Takes one request's payload and says what became of it.
    fn receive(&self, payload: Payload) -> Pending<'_, Result<Answer, Refusal>>;

    /// Whether a report could be taken now, as far as the store is concerned.
    fn ready(&self) -> Pending<'_, bool> {
        Box::pin(std::future::ready(true))
    }
}

/// What is served beside reports, where something is.
#[derive(Default)]
pub(crate) struct Beside {
    /// What answers questions about instances.
    pub(crate) instances: Option<Arc<dyn Ask>>,
    /// What everybody may look at, as soon as it is written.
    pub(crate) site: Option<watch::Receiver<Option<Arc<Ready>>>>,
}

impl Beside {
    /// The public's pages, if there are any. Soon after the start they are written: it waits until they are.
    async fn written(&self) -> Option<Arc<Ready>> {
        let mut site = self.site.clone()?;
        // Where nothing writes them any more, nothing is waited for.
        site.wait_for(Option::is_some).await.ok()?.clone()
    }
}

/// The listening sockets, and where what they receive goes.
#[derive(Debug)]
pub(crate) struct Front {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    prefixes: Arc<Prefixes>,
    tls: Option<Arc<Tls>>,
}

/// The certificate that the receiver shows.
#[derive(Clone, Debug)]
pub(crate) struct Certificate(Arc<Tls>);

impl Certificate {
    /// When it ends.
    pub(crate) fn expires(&self) -> Timestamp {
        self.0.expires()
    }
}

impl Front {
    /// Listens on every address of the settings. Connections wait until [`Front::run`].
    ///
    /// Errors: an address that cannot be listened on, or a file of TLS that is wrong, by name.
    pub(crate) async fn bind(
        settings: Settings,
        clock: Clock,
        sink: Arc<dyn Sink>,
        beside: Beside,
        tally: Arc<Tally>,
    ) -> Result<Self, Error> {
        let tls = Tls::new(&settings.tls, clock.clone()).map_err(Kind::from)?.map(Arc::new);
        let trusted = settings.proxies.trusted.clone();
        let prefixes = Prefixes::new(settings.connections.per_prefix, trusted, clock)?;
        let mut listeners = Vec::with_capacity(settings.listen.len());
        let mut addresses = Vec::with_capacity(settings.listen.len());
        for &address in &settings.listen {
            let failed = |error| Error::listen(address, &error);
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            addresses.push(listener.local_addr().map_err(failed)?);
            listeners.push(listener);
        }
        let (room, health) = (Room::new(&settings.requests), Health::default());
        let shared = Arc::new(Shared { sink, beside, room, health, settings, tally });
        Ok(Self { listeners, addresses, shared, prefixes, tls })
    }

    /// The addresses that are listened on, with the ports that the system chose for 0.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The routes that tell whether the receiver is alive and ready, for another listener.
    pub(crate) fn health(&self) -> Router {
        health::over_http().with_state(self.shared.clone())
    }

    /// The certificate, if there is one.
    pub(crate) fn certificate(&self) -> Option<Certificate> {
        self.tls.clone().map(Certificate)
    }

    /// Serves until `shutdown` is over, then says that it is not ready, takes no more connections, and lets requests in
    /// flight end.
    pub(crate) async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { listeners, shared, prefixes, tls, .. } = self;
        let settings = shared.settings.clone();
        let delay = settings.connections.drain_delay;
        let total = settings.connections.total.min(Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(total));
        let mut watching = JoinSet::new();
        if let Some(tls) = tls.clone() {
            watching.spawn(tls.watch());
        }
        let router = routes(shared.clone());
        let tally = shared.tally.clone();
        let entrance = Arc::new(Entrance { router, settings, tls, places, prefixes, tally });
        let (stop, stopping) = watch::channel(());
        let mut loops = JoinSet::new();
        for listener in listeners {
            loops.spawn(accept::run(listener, entrance.clone(), stopping.clone()));
        }
        shutdown.await;
        shared.health.drain();
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        drop(stop);
        while let Some(ended) = loops.join_next().await {
            if let Err(panic) = ended.map_err(tokio::task::JoinError::into_panic) {
                std::panic::resume_unwind(panic);
            }
        }
    }
}
