//! What stands on the network: one port for OTLP/gRPC and OTLP/HTTP, and nothing else.
//!
//! The front bounds what a client can take of connections, heads and bodies, hands the payload on
//! as it came, and answers in the words of the protocol that was used.

mod accept;
mod activity;
mod answering;
mod body;
mod connection;
mod forwarded;
mod grpc;
mod health;
mod http;
mod instances;
mod payload;
mod prefixes;
mod room;
mod status;
mod tls;
mod watched;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::post;
use headcount_contract::{Receipt, Rejection, Sorted};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use accept::Entrance;
use body::Bounds;
pub(crate) use grpc::PATH as METHOD;
use health::Health;
pub(crate) use http::PATH as ROUTE;
pub(crate) use instances::{Ask, Question};
pub(crate) use payload::{Content, Encoding, Payload};
use prefixes::Prefixes;
use room::Room;
use tls::Tls;
pub(crate) use tls::Wrong;

use crate::clock::Clock;
use crate::error::{Error, Kind};
use crate::refusal::Refusal;
use crate::sender::Sender;
use crate::settings::Settings;
use crate::tally::{Flight, Protocol, Reasons, Tally};

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

/// What became of a request's data points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Points in the request.
    pub sent: u64,
    /// Points that were rejected.
    pub rejected: u64,
    /// The same by their reasons.
    pub reasons: Reasons,
    /// Points that changed nothing, since they were known already.
    pub duplicate: u64,
    /// What the first rejected point lacks, and where it stands; never a value.
    pub first: Option<String>,
    /// The receipt of the report as it is kept now, where the request held one and nothing else.
    pub receipt: Option<Receipt>,
}

const RECEIPT: HeaderName = HeaderName::from_static(Receipt::HEADER);

impl Answer {
    /// What a request comes to before anything of it is kept.
    pub(crate) fn of(sorted: &Sorted) -> Self {
        Self {
            sent: sorted.sent,
            rejected: sorted.rejected,
            reasons: Reasons::of_sorted(sorted.reasons),
            duplicate: sorted.duplicate,
            first: sorted.first.as_ref().map(Rejection::to_string),
            receipt: None,
        }
    }

    /// Counts points that the receiver rejects itself: for a reason of [`Reasons::LABELS`], which is told in a sentence
    /// if nothing was rejected before.
    pub(crate) fn reject(&mut self, reason: &'static str, points: u64, sentence: &str) {
        self.rejected += points;
        self.reasons.add(reason, points);
        self.first.get_or_insert_with(|| sentence.to_owned());
    }

    /// Points that were accepted.
    pub fn accepted(&self) -> u64 {
        self.sent - self.rejected - self.duplicate
    }

    /// Adds what the head of the response says beside the protocol's own.
    fn head(&self, headers: &mut HeaderMap) {
        if let Some(receipt) = self.receipt {
            let value = HeaderValue::try_from(receipt.to_string());
            let mut value = value.expect("64 hexadecimal digits are visible ASCII");
            // No two are equal: HTTP/2 need not remember it for the next answer.
            value.set_sensitive(true);
            headers.insert(RECEIPT, value);
        }
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

/// What every request needs.
struct Shared {
    sink: Arc<dyn Sink>,
    instances: Option<Arc<dyn Ask>>,
    room: Room,
    health: Health,
    settings: Settings,
    tally: Arc<Tally>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Front {
    /// Listens on every address of the settings. Connections wait until [`Front::run`]. Questions about instances
    /// are served where something answers them.
    ///
    /// Errors: an address that cannot be listened on, or a file of TLS that is wrong, by name.
    pub(crate) async fn bind(
        settings: Settings,
        clock: Clock,
        sink: Arc<dyn Sink>,
        instances: Option<Arc<dyn Ask>>,
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
        let shared = Arc::new(Shared { sink, instances, room, health, settings, tally });
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

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(http::PATH, post(http::export))
        .route(grpc::PATH, post(grpc::export))
        .merge(instances::routes(&shared))
        .route_layer(from_fn_with_state(shared.clone(), enter))
        // Who asks for these is let in at any time: they are how it shows that nobody else is.
        .merge(health::routes())
        .method_not_allowed_fallback(wrong_method)
        .fallback(unknown_path)
        .with_state(shared)
}

/// Lets a request in, if there is a place for it and its sender may ask.
async fn enter(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let sender = request.extensions().get().copied();
    let entered = shared.room.enter();
    match entered.and_then(|place| shared.sink.admit(sender).map(|()| place)) {
        Ok(_place) => next.run(request).await,
        Err(refusal) => shared.refuse(&request, &refusal),
    }
}

async fn wrong_method(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.refuse(&request, &Refusal::Method)
}

async fn unknown_path(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let expected = if grpc::speaks(&request) { grpc::PATH } else { http::PATH };
    shared.refuse(&request, &Refusal::Path { expected })
}

/// What a request speaks, as far as its head tells.
fn protocol(request: &Request) -> Protocol {
    if grpc::speaks(request) {
        return Protocol::Grpc;
    }
    Content::of(request.headers()).map_or(Protocol::Other, Content::protocol)
}

impl Shared {
    /// What a request of OTLP may be.
    fn bounds(&self) -> Bounds<'_> {
        Bounds::new(&self.settings.requests, &self.room)
    }

    fn refuse(&self, request: &Request, refusal: &Refusal) -> Response {
        self.tally.refused(protocol(request), refusal);
        tracing::debug!(label = refusal.label(), "refused a request: {refusal}");
        if grpc::speaks(request) {
            grpc::refused(refusal)
        } else {
            http::refused(Content::of(request.headers()).unwrap_or(Content::Json), refusal)
        }
    }

    /// Hands the payload on, and counts what became of it.
    async fn receive(
        &self,
        flight: Flight<'_>,
        payload: Result<Payload, Refusal>,
    ) -> Result<Answer, Refusal> {
        let outcome = match payload {
            Ok(payload) => self.sink.receive(payload).await,
            Err(refusal) => Err(refusal),
        };
        flight.end(outcome.as_ref());
        match &outcome {
            Ok(answer) => {
                let Answer { sent, rejected, duplicate, first, .. } = answer;
                tracing::debug!(sent, rejected, duplicate, ?first, "answered");
            }
            Err(refusal) => {
                tracing::debug!(label = refusal.label(), "refused a request: {refusal}");
            }
        }
        outcome
    }
}
