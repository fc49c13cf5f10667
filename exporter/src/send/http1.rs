//! OTLP/HTTP with binary protobuf: one request on one HTTP/1.1 connection.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, RETRY_AFTER, USER_AGENT};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::connect::Connection;
use super::{ANSWER_LIMIT, Failure, HEADER_LIMIT, Outcome};
use crate::endpoint::Endpoint;

/// The content type of binary protobuf, of requests as of answers.
const PROTOBUF: &str = "application/x-protobuf";

pub(super) async fn exchange(
    endpoint: &Endpoint,
    connection: Box<dyn Connection>,
    request: Bytes,
) -> Outcome {
    match post(endpoint, connection, request).await {
        Ok((parts, body)) => outcome(&parts, &body),
        Err(failure) => Outcome::failed("expected an HTTP answer", failure.as_ref()),
    }
}

async fn post(
    endpoint: &Endpoint,
    connection: Box<dyn Connection>,
    request: Bytes,
) -> Result<(http::response::Parts, Bytes), Failure> {
    let (mut sender, driver) = http1::Builder::new()
        .max_buf_size(HEADER_LIMIT)
        .handshake::<_, Full<Bytes>>(TokioIo::new(connection))
        .await?;
    // The driver ends with the runtime; what it could report, the answer's future reports too.
    tokio::spawn(driver);
    let path = endpoint.uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = endpoint.uri.authority().map_or("", |authority| authority.as_str());
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(HOST, authority)
        .header(USER_AGENT, super::USER_AGENT)
        .header(CONTENT_TYPE, PROTOBUF)
        .body(Full::new(request))?;
    let response: Response<Incoming> = sender.send_request(request).await?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_LIMIT).collect().await?.to_bytes();
    Ok((parts, body))
}

/// OTLP/HTTP's meaning of a status.
fn outcome(parts: &http::response::Parts, body: &[u8]) -> Outcome {
    let protobuf = is_protobuf(&parts.headers);
    let status = parts.status;
    match status {
        // OTLP says 200; a receiver that says 202 or 204 took it as well.
        _ if status.is_success() && (protobuf || body.is_empty()) => Outcome::delivered(body),
        // Somebody between us and the receiver answers for it: a login page, a proxy.
        _ if status.is_success() => {
            Outcome::retry(format!("expected an answer of {PROTOBUF}, got another"))
        }
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            Outcome::retry(told(status, protobuf, body)).after(retry_after(&parts.headers))
        }
        _ if status.is_redirection() => {
            Outcome::rejected(format!("the receiver answered {status}; redirects are not followed"))
        }
        _ => Outcome::rejected(told(status, protobuf, body)),
    }
}

/// The status, and the message of the `google.rpc.Status` in the body.
fn told(status: StatusCode, protobuf: bool, body: &[u8]) -> String {
    let message = if protobuf { super::status::message(body) } else { String::new() };
    let separator = if message.is_empty() { "" } else { ": " };
    format!("the receiver answered {status}{separator}{message}")
}

fn is_protobuf(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case(PROTOBUF))
}

/// `Retry-After` in seconds. A date is not read: it would have to be compared with our clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
