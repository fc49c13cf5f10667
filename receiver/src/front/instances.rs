//! Two unary calls beside those of OTLP: `headcount.v1.Instances/Show` and `Erase`, and their twins over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use headcount_proto::instances::{ERASE, HTTP_ERASE, HTTP_SHOW, SHOW};
use http::HeaderValue;
use http::header::CACHE_CONTROL;

use super::body::Bounds;
use super::payload::{Content, Payload};
use super::{Pending, Shared, grpc, http as otlp_http};
use crate::refusal::Refusal;
use crate::tally::{Call, Flight, Protocol};

/// What is asked about an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// What is held about it.
    Show,
    /// To have that erased.
    Erase,
}

impl Question {
    /// The most bytes of a question, also after decompression.
    pub(crate) const MOST_BYTES: usize = 4 * 1024;
}

impl From<Question> for Call {
    fn from(question: Question) -> Self {
        match question {
            Question::Show => Self::Show,
            Question::Erase => Self::Erase,
        }
    }
}

/// What answers whoever holds an instance's id.
pub(crate) trait Ask: Send + Sync + 'static {
    /// Answers a question, in the content in which it came.
    fn ask(&self, question: Question, payload: Payload) -> Pending<'_, Result<Vec<u8>, Refusal>>;
}

/// The routes, where there is something that answers.
pub(super) fn routes(shared: &Shared) -> Router<Arc<Shared>> {
    let Some(asked) = &shared.beside.instances else { return Router::new() };
    Router::new()
        .route(SHOW, over_grpc(asked, Question::Show))
        .route(ERASE, over_grpc(asked, Question::Erase))
        .route(HTTP_SHOW, over_http(asked, Question::Show))
        .route(HTTP_ERASE, over_http(asked, Question::Erase))
}

fn over_grpc(asked: &Arc<dyn Ask>, question: Question) -> MethodRouter<Arc<Shared>> {
    let asked = asked.clone();
    post(async move |State(shared): State<Arc<Shared>>, request: Request| -> Response {
        if !grpc::speaks(&request) {
            return shared.refuse(&request, &grpc::NO_CALL);
        }
        let flight = shared.tally.begin(Protocol::Grpc, question.into());
        let payload = grpc::payload(request, &bounds(&shared)).await;
        match answer(flight, &*asked, question, payload).await {
            Ok(message) => grpc::succeeded(&message),
            Err(refusal) => grpc::refused(&refusal),
        }
    })
}

fn over_http(asked: &Arc<dyn Ask>, question: Question) -> MethodRouter<Arc<Shared>> {
    let asked = asked.clone();
    post(async move |State(shared): State<Arc<Shared>>, request: Request| -> Response {
        let content = Content::of(request.headers());
        let spoken = content.as_ref().map_or(Protocol::Other, |content| content.protocol());
        let flight = shared.tally.begin(spoken, question.into());
        let content = content.unwrap_or(Content::Json);
        let payload = otlp_http::payload(request, &bounds(&shared)).await;
        let mut response = match answer(flight, &*asked, question, payload).await {
            Ok(message) => otlp_http::succeeded(content, message),
            Err(refusal) => otlp_http::refused(content, &refusal),
        };
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(CACHE_CONTROL, no_store);
        response
    })
}

/// A question is short, compressed or not.
fn bounds(shared: &Shared) -> Bounds<'_> {
    let most = Question::MOST_BYTES;
    Bounds { compressed: most, plain: most, ..shared.bounds() }
}

/// Hands the question on. Nothing of it or of the answer is logged.
async fn answer(
    flight: Flight<'_>,
    asked: &dyn Ask,
    question: Question,
    payload: Result<Payload, Refusal>,
) -> Result<Vec<u8>, Refusal> {
    let outcome = match payload {
        Ok(payload) => asked.ask(question, payload).await,
        Err(refusal) => Err(refusal),
    };
    flight.end_question(outcome.as_ref().err());
    match &outcome {
        Ok(_) => tracing::debug!(?question, "answered"),
        Err(refusal) => {
            tracing::debug!(label = refusal.label(), ?question, "refused a request");
        }
    }
    outcome
}
