//! Whether the receiver is alive, and whether it takes reports: over HTTP for those who run it, and by gRPC's own protocol.
//!
//! <https://github.com/grpc/grpc/blob/master/doc/health-checking.md>

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use prost::Message as _;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::body::Bounds;
use super::payload::Encoding;
use super::{Shared, grpc};
use crate::refusal::Refusal;

const CHECK: &str = "/grpc.health.v1.Health/Check";

/// The services whose health can be asked for; the empty name is the receiver as a whole.
const SERVICES: [&str; 2] = ["", "opentelemetry.proto.collector.metrics.v1.MetricsService"];

/// Bytes of a check: a service's name.
const BYTES: usize = 1024;

/// How long an answer of the store holds: 1 s, so that asking costs nothing however often somebody does.
const HOLDS: Duration = Duration::from_secs(1);

/// How long the store may take to answer: 2 s, as whoever asks does not wait for much longer.
const WITHIN: Duration = Duration::from_secs(2);

/// What is known of the receiver's health.
#[derive(Debug, Default)]
pub(super) struct Health {
    draining: AtomicBool,
    store: Mutex<Option<(Instant, bool)>>,
}

/// Whether reports are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readiness {
    Ready,
    Draining,
    StoreFails,
}

/// `grpc.health.v1.HealthCheckRequest`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct CheckRequest {
    #[prost(string, tag = "1")]
    service: String,
}

/// `grpc.health.v1.HealthCheckResponse`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct CheckResponse {
    /// 1: `SERVING`; 2: `NOT_SERVING`.
    #[prost(int32, tag = "1")]
    status: i32,
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    over_http().route(CHECK, post(check))
}

pub(super) fn over_http() -> Router<Arc<Shared>> {
    Router::new()
        .route("/healthz", get(alive).fallback(only_get))
        .route("/readyz", get(ready).fallback(only_get))
}

impl Health {
    /// From now on the receiver is not ready.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    async fn readiness(&self) -> Readiness {
        self.tally.health_asked();
        if self.health.draining.load(Ordering::Relaxed) {
            return Readiness::Draining;
        }
        // One asks, and the others wait for its answer.
        let mut known = self.health.store.lock().await;
        let works = match *known {
            Some((asked, works)) if asked.elapsed() < HOLDS => works,
            _ => timeout(WITHIN, self.sink.ready()).await.unwrap_or(false),
        };
        if known.is_none_or(|(asked, _)| asked.elapsed() >= HOLDS) {
            *known = Some((Instant::now(), works));
        }
        if works { Readiness::Ready } else { Readiness::StoreFails }
    }
}

async fn alive(State(shared): State<Arc<Shared>>) -> Response {
    shared.tally.health_asked();
    text(StatusCode::OK, "alive\n")
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    match shared.readiness().await {
        Readiness::Ready => text(StatusCode::OK, "ready\n"),
        Readiness::Draining => text(StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        Readiness::StoreFails => text(StatusCode::SERVICE_UNAVAILABLE, "the store fails\n"),
    }
}

async fn only_get(State(shared): State<Arc<Shared>>) -> Response {
    shared.tally.health_asked();
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "expected method GET or HEAD\n");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn text(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn check(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if !grpc::speaks(&request) {
        return shared.refuse(&request, &grpc::NO_CALL);
    }
    let bounds = Bounds { compressed: BYTES, plain: BYTES, ..shared.bounds() };
    let service = match grpc::payload(request, &bounds).await {
        // A name is shorter than what compressing it makes of it; nobody does.
        Ok(payload) if payload.encoding != Encoding::Identity => {
            return grpc::refused(&Refusal::Encoding(payload.encoding.name()));
        }
        Ok(payload) => CheckRequest::decode(payload.bytes),
        Err(refusal) => return grpc::refused(&refusal),
    };
    let status = match (service, shared.readiness().await) {
        (Err(_), _) => {
            let expected = "expected a HealthCheckRequest, got something else".to_owned();
            return grpc::refused(&Refusal::Malformed(expected));
        }
        (Ok(CheckRequest { service }), _) if !SERVICES.contains(&&*service) => {
            let expected = "expected the name of a service that is served, or none, got another";
            return tonic::Status::not_found(expected).into_http();
        }
        (Ok(_), Readiness::Ready) => 1,
        (Ok(_), _) => 2,
    };
    grpc::succeeded(&CheckResponse { status }.encode_to_vec())
}
