//! OTLP/HTTP with binary protobuf: one request on one HTTP/1.1 connection.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, PROXY_AUTHORIZATION, USER_AGENT};
use http::response::Parts;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::attempt::{Attempt, Way};
use super::call::Call;
use super::connect::Connection;
use super::retry_after::retry_after;
use super::{Answer, Failure, HEADER_LIMIT, Outcome, Outgoing, body, status};

/// The content type of binary protobuf, of requests as of answers.
const PROTOBUF: &str = "application/x-protobuf";

pub(super) async fn exchange(
    way: &Way<'_>,
    connection: Box<dyn Connection>,
    outgoing: &Outgoing,
) -> Attempt {
    let request = match request(way, outgoing) {
        Ok(request) => request,
        Err(failure) => return Attempt::Unreachable(failed(way, &failure)),
    };
    match way.within(post(connection, request)).await {
        Ok((parts, body)) => judge(way, outgoing.call, &parts, body),
        Err(failure) => Attempt::Garbled(failed(way, &failure)),
    }
}

fn failed(way: &Way<'_>, failure: &Failure) -> Outcome {
    Outcome::failed(&format!("expected an HTTP answer of {}", answerer(way)), failure.as_ref())
}

fn request(way: &Way<'_>, outgoing: &Outgoing) -> Result<Request<Full<Bytes>>, Failure> {
    let uri = &way.endpoint.at(outgoing.call.http);
    let mut request = Request::builder()
        .method(Method::POST)
        .header(HOST, uri.authority().map_or("", |authority| authority.as_str()))
        .header(USER_AGENT, super::USER_AGENT)
        .header(CONTENT_TYPE, PROTOBUF);
    request = match way.forwarder() {
        None => request.uri(uri.path_and_query().map_or("/", |path| path.as_str())),
        // A proxy needs to know the whole of it.
        Some(proxy) => match &proxy.authorization {
            None => request.uri(uri),
            Some(authorization) => request.uri(uri).header(PROXY_AUTHORIZATION, authorization),
        },
    };
    Ok(request.body(Full::new(outgoing.message.clone()))?)
}

async fn post(
    connection: Box<dyn Connection>,
    request: Request<Full<Bytes>>,
) -> Result<(Parts, Bytes), Failure> {
    let (mut sender, driver) = http1::Builder::new()
        .max_buf_size(HEADER_LIMIT)
        .handshake::<_, Full<Bytes>>(TokioIo::new(connection))
        .await?;
    // The driver ends with the runtime; what it could report, the answer's future reports too.
    tokio::spawn(driver);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let (body, _) = body::read(body).await?;
    Ok((parts, body))
}

/// OTLP/HTTP's meaning of an answer.
fn judge(way: &Way<'_>, call: &Call, parts: &Parts, body: Bytes) -> Attempt {
    let protobuf = is_protobuf(&parts.headers);
    let status = parts.status;
    let wait = retry_after(&parts.headers, way.moment.now);
    let told = told(way, status, if protobuf { &body } else { b"" });
    match status {
        _ if status.is_success() => taken(call, parts, body),
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            let outcome = Outcome::retry(told).after(wait);
            let answered = protobuf || wait.is_some();
            if answered { Attempt::Answered(outcome.into()) } else { Attempt::Garbled(outcome) }
        }
        _ if protobuf => Attempt::Answered(Outcome::rejected(told).into()),
        // It may be the proxy's own word, which is none about the report.
        _ if way.forwarder().is_some() => Attempt::Garbled(Outcome::retry(told)),
        _ if status.is_client_error() || status.is_server_error() => {
            Attempt::Garbled(Outcome::rejected(told))
        }
        _ if status.is_redirection() => {
            Attempt::Garbled(Outcome::rejected(format!("{told}; redirects are not followed")))
        }
        // It switches protocols without having been asked, or worse.
        _ => Attempt::Garbled(Outcome::retry(told)),
    }
}

/// A success, where it is the receiver's.
fn taken(call: &Call, parts: &Parts, body: Bytes) -> Attempt {
    // OTLP says 200; a receiver that says 202 or 204 took it as well.
    let outcome = (call.understand)(&body, &parts.headers);
    match (is_protobuf(&parts.headers), &outcome) {
        (true, Outcome::Delivered { .. }) => {
            Attempt::Answered(Answer { outcome, message: Some(body) })
        }
        (true, _) => Attempt::Garbled(outcome),
        (false, _) if body.is_empty() => Attempt::Garbled(outcome),
        // Somebody between us and the receiver answers for it: a login page, a proxy.
        (false, _) => Attempt::Garbled(Outcome::retry(format!(
            "expected an answer of {PROTOBUF}, got another with {}",
            parts.status
        ))),
    }
}

/// Who answered, with which status, and the message of the `google.rpc.Status` in the body.
fn told(way: &Way<'_>, status: StatusCode, body: &[u8]) -> String {
    let message = status::message(body);
    let separator = if message.is_empty() { "" } else { ": " };
    format!("{} answered {status}{separator}{message}", answerer(way))
}

fn answerer(way: &Way<'_>) -> String {
    match way.forwarder() {
        None => "the receiver".to_owned(),
        Some(proxy) => format!("the proxy {proxy} or the receiver behind it"),
    }
}

fn is_protobuf(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case(PROTOBUF))
}
