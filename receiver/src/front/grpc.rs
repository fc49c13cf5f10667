//! OTLP/gRPC: one unary call, `MetricsService/Export`; and what other unary calls need.
//!
//! The five bytes before a gRPC message are read here rather than by tonic's server, which takes
//! the first member of a gzip body for the whole, tells sizes and garbage as `OUT_OF_RANGE` and
//! `INTERNAL`, which OTLP clients repeat, writes the client's header into its errors, and
//! decompresses on the thread that serves every connection. So a payload is the same on every way in.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use prost::Message as _;
use tonic::Code;

use super::body::Bounds;
use super::payload::{Content, Encoding, Payload};
use super::{Answer, Shared, body, http as otlp_http, status};
use crate::refusal::Refusal;
use crate::tally::{Call, Protocol};

pub(crate) const PATH: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

const MEDIA_TYPE: &str = "application/grpc";
/// A flag that says whether the message is compressed, and the message's length.
const PREFIX_BYTES: usize = 5;
/// Why a request to a call's path is refused where it is none.
pub(super) const NO_CALL: Refusal =
    Refusal::ContentType { expected: "application/grpc over HTTP/2", came: "another" };

/// Whether the request is a gRPC call.
pub(super) fn speaks(request: &Request) -> bool {
    request.version() == Version::HTTP_2 && is_grpc(request.headers())
}

/// `application/grpc`, alone or with a message format (`+proto`) or parameters.
fn is_grpc(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return false };
    let value = value.as_bytes();
    match value.split_at_checked(MEDIA_TYPE.len()) {
        Some((start, rest)) => {
            start.eq_ignore_ascii_case(MEDIA_TYPE.as_bytes())
                && matches!(rest.first(), None | Some(b'+' | b';'))
        }
        None => false,
    }
}

pub(super) async fn export(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if !speaks(&request) {
        return shared.refuse(&request, &NO_CALL);
    }
    let flight = shared.tally.begin(Protocol::Grpc, Call::Export);
    let payload = payload(request, &shared.bounds()).await;
    match shared.receive(flight, payload).await {
        Ok(answer) => success(&answer),
        Err(refusal) => refused(&refusal),
    }
}

/// Reads the message of a unary call, no more than the bounds let in.
pub(super) async fn payload(request: Request, bounds: &Bounds<'_>) -> Result<Payload, Refusal> {
    let (head, body) = request.into_parts();
    let encoding = match head.headers.get("grpc-encoding") {
        Some(name) => Encoding::named(name.as_bytes())?,
        None => Encoding::Identity,
    };
    let sender = head.extensions.get().copied();
    // It may be 16 KiB, and the body may take its time.
    drop(head);
    let most = |came: &[u8]| match Prefix::of(came) {
        Some(prefix) => prefix.whole(came.len(), bounds),
        None => Ok(PREFIX_BYTES),
    };
    let bytes = body::read(body, bounds, most).await?;
    let malformed = |problem: &str| Err(Refusal::Malformed(problem.to_owned()));
    let Some(prefix) = Prefix::of(&bytes) else {
        return malformed("expected a gRPC message, got none");
    };
    if bytes.len() - PREFIX_BYTES < prefix.length {
        return malformed("expected a whole gRPC message, got a part of it");
    }
    let encoding = match (prefix.flag, encoding) {
        (0, _) => Encoding::Identity,
        (1, Encoding::Identity) => {
            return malformed("expected grpc-encoding with a compressed message, got none");
        }
        (1, encoding) => encoding,
        _ => return malformed("expected flag 0 or 1 before a gRPC message, got another"),
    };
    let (bytes, content) = (bytes.slice(PREFIX_BYTES..), Content::Protobuf);
    Ok(Payload { bytes, encoding, content, sender })
}

/// What stands before a gRPC message:
/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.
struct Prefix {
    /// 0: as it is; 1: compressed.
    flag: u8,
    length: usize,
}

impl Prefix {
    /// The prefix, once it has come.
    fn of(came: &[u8]) -> Option<Self> {
        let [flag, length @ ..] = came.first_chunk::<PREFIX_BYTES>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        Some(Self { flag: *flag, length })
    }

    /// The bytes of the whole body. Refuses a message by its announced length, and a second message.
    fn whole(&self, came: usize, bounds: &Bounds<'_>) -> Result<usize, Refusal> {
        let most = if self.flag == 0 { bounds.plain } else { bounds.compressed };
        if self.length > most {
            return Err(body::too_large(most));
        }
        if came - PREFIX_BYTES > self.length {
            return Err(Refusal::Malformed("expected one gRPC message, got more".to_owned()));
        }
        Ok(PREFIX_BYTES + self.length)
    }
}

fn success(answer: &Answer) -> Response {
    let mut response = succeeded(&otlp_http::message(answer).encode_to_vec());
    answer.head(response.headers_mut());
    response
}

/// The response to a call that was answered with these bytes, less than 4 GiB.
pub(super) fn succeeded(message: &[u8]) -> Response {
    let mut framed = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).expect("an answer is less than 4 GiB"));
    framed.extend_from_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", i32::from(Code::Ok).into());
    let body = Full::<Bytes>::from(framed.freeze()).with_trailers(async { Some(Ok(trailers)) });
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

pub(super) fn refused(refusal: &Refusal) -> Response {
    let details = status::encoded(refusal).into();
    let status = tonic::Status::with_details(refusal.code(), refusal.to_string(), details);
    let mut response: Response = status.into_http();
    if let Refusal::Encoding(_) = refusal {
        let accepted = HeaderValue::from_static("identity,gzip,zstd");
        response.headers_mut().insert("grpc-accept-encoding", accepted);
    }
    response
}
