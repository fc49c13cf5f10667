//! What every request needs, and the way that each of them takes.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::post;

use super::body::Bounds;
use super::health::{self, Health};
use super::instances;
use super::room::Room;
use super::{Answer, Beside, Content, Payload, Sink, grpc, http, public};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::tally::{Flight, Protocol, Tally};

/// What every request needs.
pub(super) struct Shared {
    pub(super) sink: Arc<dyn Sink>,
    pub(super) beside: Beside,
    pub(super) room: Room,
    pub(super) health: Health,
    pub(super) settings: Settings,
    pub(super) tally: Arc<Tally>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Everything that is served.
pub(super) fn routes(shared: Arc<Shared>) -> Router {
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
    shared.refuse(&request, &Refusal::Method("POST"))
}

async fn unknown_path(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let may_be_public = public::may_be(&request);
    let site = if may_be_public { shared.beside.written().await } else { None };
    let refuse = || {
        let expected = if grpc::speaks(&request) { grpc::PATH } else { http::PATH };
        shared.refuse(&request, &Refusal::Path { expected })
    };
    match site {
        Some(site) => public::answer(&shared, &site, &request)
            .unwrap_or_else(|| public::nothing(&site, &request, refuse())),
        None => refuse(),
    }
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
    pub(super) fn bounds(&self) -> Bounds<'_> {
        Bounds::new(&self.settings.requests, &self.room)
    }

    pub(super) fn refuse(&self, request: &Request, refusal: &Refusal) -> Response {
        self.tally.refused(protocol(request), refusal);
        tracing::debug!(label = refusal.label(), "refused a request: {refusal}");
        if grpc::speaks(request) {
            grpc::refused(refusal)
        } else {
            http::refused(Content::of(request.headers()).unwrap_or(Content::Json), refusal)
        }
    }

    /// Hands the payload on, and counts what became of it.
    pub(super) async fn receive(
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
