//! OTLP/gRPC: one call on one HTTP/2 connection.
//!
//! The call is written and read here, and not by a gRPC library: those add a user agent, keep
//! connections, make a status of their own where none came, and at least one panics at details
//! that are not base64.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap, TE, USER_AGENT};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::attempt::{Attempt, Way};
use super::connect::Connection;
use super::grpc_status::GrpcStatus;
use super::retry_after::retry_after;
use super::{ANSWER_LIMIT, Answer, Failure, HEADER_LIMIT, Outcome, Outgoing, body};

const GRPC: &str = "application/grpc";
/// What begins a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

pub(super) async fn exchange(
    way: &Way<'_>,
    connection: Box<dyn Connection>,
    outgoing: &Outgoing,
) -> Attempt {
    let answer = match way.within(call(&way.endpoint.uri, connection, outgoing)).await {
        Ok(Came::Grpc(answer)) => answer,
        Ok(Came::Other(response)) => return other(&response, way),
        Err(failure) => {
            let outcome = Outcome::failed("expected a gRPC answer", failure.as_ref());
            return Attempt::Garbled(outcome);
        }
    };
    let Some(status) = answer.status() else {
        let cut = "expected a gRPC answer, got one that ends without a status";
        return Attempt::Garbled(Outcome::retry(cut));
    };
    match (status.is_ok(), answer.message()) {
        (false, _) => Attempt::Answered(status.outcome().into()),
        (true, Some(message)) => {
            let outcome = (outgoing.call.understand)(message, answer.headers());
            Attempt::Answered(Answer { outcome, message: Some(answer.body.slice_ref(message)) })
        }
        (true, None) => {
            let wrong = "expected a gRPC answer of one message without compression, got another";
            Attempt::Garbled(Outcome::retry(wrong))
        }
    }
}

enum Came {
    Grpc(Whole),
    /// From something that does not speak gRPC.
    Other(Response<Incoming>),
}

async fn call(
    uri: &Uri,
    connection: Box<dyn Connection>,
    outgoing: &Outgoing,
) -> Result<Came, Failure> {
    let window = u32::try_from(ANSWER_LIMIT).expect("64 KiB fit");
    let (mut sender, driver) = http2::Builder::new(TokioExecutor::new())
        .max_header_list_size(u32::try_from(HEADER_LIMIT).expect("16 KiB fit"))
        // The most that can be on its way to us and has to be kept.
        .initial_stream_window_size(window)
        .initial_connection_window_size(window)
        .handshake(TokioIo::new(connection))
        .await?;
    // The driver ends with the runtime; what it could report, the answer's future reports too.
    tokio::spawn(driver);
    let response = sender.send_request(request(uri, outgoing)?).await?;
    if !is_grpc(response.headers()) {
        return Ok(Came::Other(response));
    }
    let (parts, body) = response.into_parts();
    let (body, trailers) = body::read(body).await?;
    let mut headers = parts.headers;
    for (name, value) in &trailers {
        headers.append(name, value.clone());
    }
    Ok(Came::Grpc(Whole { headers, body }))
}

fn request(uri: &Uri, outgoing: &Outgoing) -> Result<Request<Full<Bytes>>, Failure> {
    let message = &outgoing.message;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static(outgoing.call.grpc));
    let mut body = BytesMut::with_capacity(PREFIX + message.len());
    body.put_u8(0);
    body.put_u32(u32::try_from(message.len())?);
    body.put_slice(message);
    let request = Request::builder()
        .method(Method::POST)
        .uri(Uri::from_parts(parts)?)
        .header(TE, "trailers")
        .header(USER_AGENT, super::USER_AGENT)
        .header(CONTENT_TYPE, GRPC);
    Ok(request.body(Full::new(body.freeze()))?)
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let named = |value: &http::HeaderValue| value.as_bytes().starts_with(GRPC.as_bytes());
    headers.get(CONTENT_TYPE).is_some_and(named) || GrpcStatus::is_in(headers)
}

/// An answer of something between us and the receiver.
fn other(response: &Response<Incoming>, way: &Way<'_>) -> Attempt {
    let status = response.status();
    let outcome =
        Outcome::retry(format!("expected an answer of {GRPC}, got another with {status}"));
    match retry_after(response.headers(), way.moment.now) {
        // It is there, it understood, and it is busy: another way would only add to that.
        Some(wait) => Attempt::Answered(outcome.after(Some(wait)).into()),
        None => Attempt::Garbled(outcome),
    }
}

/// An answer of gRPC, as far as it came.
struct Whole {
    /// Those of the beginning and of the end: an answer without a body has its status in the
    /// first, any other in the second.
    headers: HeaderMap,
    body: Bytes,
}

impl Whole {
    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn status(&self) -> Option<GrpcStatus> {
        GrpcStatus::read(&self.headers)
    }

    /// The one message of the body.
    fn message(&self) -> Option<&[u8]> {
        let (prefix, message) = self.body.split_at_checked(PREFIX)?;
        let length = u32::try_from(message.len()).ok()?;
        (prefix[0] == 0 && prefix[1..] == length.to_be_bytes()).then_some(message)
    }
}
