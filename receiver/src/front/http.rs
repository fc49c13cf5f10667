//! OTLP/HTTP: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use headcount_proto::otlp::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, RETRY_AFTER, TRANSFER_ENCODING};
use http::{HeaderValue, StatusCode};
use prost::Message as _;
use serde_json::json;

use super::body::Bounds;
use super::payload::{Content, Encoding, Payload};
use super::{Answer, Shared, body, status};
use crate::refusal::Refusal;
use crate::tally::{Call, Protocol};

pub(crate) const PATH: &str = "/v1/metrics";

pub(super) async fn export(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let content = Content::of(request.headers());
    let spoken = content.as_ref().map_or(Protocol::Other, |content| content.protocol());
    let flight = shared.tally.begin(spoken, Call::Export);
    let payload = payload(request, &shared.bounds()).await;
    match (shared.receive(flight, payload).await, content) {
        (Ok(answer), content) => success(content.unwrap_or(Content::Protobuf), &answer),
        (Err(refusal), content) => refused(content.unwrap_or(Content::Json), &refusal),
    }
}

/// Reads the body of a request, no more than the bounds let in.
pub(super) async fn payload(request: Request, bounds: &Bounds<'_>) -> Result<Payload, Refusal> {
    let content = Content::of(request.headers())?;
    let encoding = Encoding::of(request.headers())?;
    let most = bounds.most(encoding);
    let (head, body) = request.into_parts();
    no_coding_but_chunked(&head.headers)?;
    let announced = announced(&head.headers, most)?;
    let sender = head.extensions.get().copied();
    // It may be 16 KiB, and the body may take its time.
    drop(head);
    let bytes = body::read(body, bounds, body::at_most(most, announced)).await?;
    Ok(Payload { bytes, encoding, content, sender })
}

/// Refuses `chunked, chunked` and the like, which hyper takes for `chunked`: a proxy in front may not, and the two
/// would see different requests (RFC 9112 section 11.2).
fn no_coding_but_chunked(headers: &http::HeaderMap) -> Result<(), Refusal> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter().map(HeaderValue::as_bytes);
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(only), None) if only.trim_ascii().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => {
            let problem = "expected transfer-encoding chunked or none, got another";
            Err(Refusal::Malformed(problem.to_owned()))
        }
    }
}

/// The `Content-Length`, by which alone a body is refused before a byte of it is asked for.
fn announced(headers: &http::HeaderMap, most: usize) -> Result<Option<usize>, Refusal> {
    let length = headers.get(http::header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length.map(usize::try_from) {
        Some(Ok(length)) if length <= most => Ok(Some(length)),
        Some(_) => Err(body::too_large(most)),
        None => Ok(None),
    }
}

/// The response to a request that was accepted, whole or in part.
pub(super) fn message(answer: &Answer) -> ExportMetricsServiceResponse {
    let partial_success = (answer.rejected > 0).then(|| ExportMetricsPartialSuccess {
        rejected_data_points: i64::try_from(answer.rejected).unwrap_or(i64::MAX),
        error_message: answer.first.clone().unwrap_or_default(),
    });
    ExportMetricsServiceResponse { partial_success }
}

fn success(content: Content, answer: &Answer) -> Response {
    let message = message(answer);
    let body = match (content, message.partial_success.as_ref()) {
        (Content::Protobuf, _) => message.encode_to_vec(),
        (Content::Json, None) => b"{}".to_vec(),
        (Content::Json, Some(partial)) => json!({"partialSuccess": {
            // 64-bit integers are strings in proto3 JSON.
            "rejectedDataPoints": partial.rejected_data_points.to_string(),
            "errorMessage": partial.error_message,
        }})
        .to_string()
        .into_bytes(),
    };
    let mut response = succeeded(content, body);
    answer.head(response.headers_mut());
    response
}

/// A `google.rpc.Status` in the request's content type.
pub(super) fn refused(content: Content, refusal: &Refusal) -> Response {
    let body = match content {
        Content::Protobuf => status::of(refusal).encode_to_vec(),
        Content::Json => status::json(refusal).to_string().into_bytes(),
    };
    let mut response = respond(refusal.status(), content, body);
    let headers = response.headers_mut();
    if let Some(wait) = refusal.retry_after() {
        headers.insert(RETRY_AFTER, wait.as_secs().into());
    }
    match refusal {
        Refusal::Method(allowed) => {
            headers.insert(ALLOW, HeaderValue::from_static(allowed));
        }
        Refusal::Encoding(_) => {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, zstd"));
        }
        _ => {}
    }
    response
}

/// The response to a request that was answered.
pub(super) fn succeeded(content: Content, body: Vec<u8>) -> Response {
    respond(StatusCode::OK, content, body)
}

fn respond(status: StatusCode, content: Content, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static(content.media_type());
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}
