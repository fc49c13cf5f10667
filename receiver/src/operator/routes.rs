//! What there is to ask for, and who may.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};

use super::authorise::authorise;
use super::query::Query;
use super::reports::Lines;
use super::{Shared, overview};
use crate::aside::aside;
use crate::front::{Content, Encoding, Payload, Question};

/// All routes. Those behind [`authorise`] tell something that is not for everybody.
pub(super) fn routes(shared: Arc<Shared>, health: Router) -> Router {
    Router::new()
        .route("/", get(overview::page))
        .route("/overview.css", get(overview::sheet))
        .route("/metrics", get(metrics))
        .route("/reports", get(reports))
        .route("/erase", post(erase))
        .route_layer(from_fn_with_state(shared.clone(), authorise))
        .with_state(shared)
        .merge(health)
        .fallback(nothing)
        .layer(from_fn(careful))
}

/// Nothing of this is to be kept by a cache, or taken for anything else than it says.
async fn careful(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    match aside(move || shared.metrics.text(&shared.sources)).await {
        Ok(text) => ([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot tell the receiver's metrics");
            (StatusCode::INTERNAL_SERVER_ERROR, "expected metrics, got an error: see the log\n")
                .into_response()
        }
    }
}

/// Reports as JSON lines.
async fn reports(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let query = match Query::read(uri.query().unwrap_or_default()) {
        Ok(query) => query,
        Err(expected) => return (StatusCode::BAD_REQUEST, format!("{expected}\n")).into_response(),
    };
    let (library, store) = (shared.library.clone(), shared.sources.store.clone());
    if !query.is_known(&library, &*store).await {
        let known = library.labels().join(", ");
        let expected =
            format!("expected a known contract ({known}) or one with reports, got another\n");
        return (StatusCode::BAD_REQUEST, expected).into_response();
    }
    let lines = Body::new(Lines::of(query, library, store));
    ([(CONTENT_TYPE, "application/jsonl")], lines).into_response()
}

/// Erases an instance by an `EraseRequest` in JSON, as the service for instances does.
async fn erase(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let body = Limited::new(request.into_body(), Question::MOST_BYTES).collect();
    let bytes = match tokio::time::timeout(shared.body_timeout, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) | Err(_) => {
            let expected =
                format!("expected a body of at most {} bytes in time\n", Question::MOST_BYTES);
            return (StatusCode::BAD_REQUEST, expected).into_response();
        }
    };
    let (encoding, content) = (Encoding::Identity, Content::Json);
    let payload = Payload { bytes, encoding, content, sender: None };
    match shared.instances.ask(Question::Erase, payload).await {
        Ok(answer) => {
            shared.sources.tally.erased(1);
            ([(CONTENT_TYPE, content.media_type())], answer).into_response()
        }
        Err(refusal) => (refusal.status(), format!("{refusal}\n")).into_response(),
    }
}

async fn nothing() -> Response {
    let body = "expected /, /metrics, /reports, /erase, /healthz or /readyz\n";
    (StatusCode::NOT_FOUND, body).into_response()
}
