//! Answers, right and wrong.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};

use super::Body;

/// A success of OTLP/HTTP.
pub(crate) fn http_ok() -> Option<Response<Body>> {
    http_answer(StatusCode::OK, &[("content-type", "application/x-protobuf")], b"")
}

/// Any answer of HTTP.
#[expect(clippy::unnecessary_wraps, reason = "the type of an answer")]
pub(crate) fn http_answer(
    status: StatusCode,
    headers: &[(&'static str, &str)],
    body: &[u8],
) -> Option<Response<Body>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(body)).boxed());
    *response.status_mut() = status;
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).expect("a header's value");
        response.headers_mut().insert(*name, value);
    }
    Some(response)
}

/// A success of gRPC, with a message.
#[expect(clippy::unnecessary_wraps, reason = "the type of an answer")]
pub(crate) fn grpc_answer(message: &[u8]) -> Option<Response<Body>> {
    let length = u32::try_from(message.len()).expect("a small message");
    let frame: Vec<u8> = [&[0], &length.to_be_bytes()[..], message].concat();
    let trailers = HeaderMap::from_iter([(
        http::HeaderName::from_static("grpc-status"),
        HeaderValue::from_static("0"),
    )]);
    let body = Full::new(Bytes::from(frame)).with_trailers(async { Some(Ok(trailers)) });
    let mut response = Response::new(body.boxed());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    Some(response)
}

/// A failure of gRPC, by number, with the details of its `google.rpc.Status` in base64.
pub(crate) fn grpc_status(code: u8, message: &str, details: &str) -> Option<Response<Body>> {
    let code = code.to_string();
    let mut headers = vec![
        ("content-type", "application/grpc"),
        ("grpc-status", code.as_str()),
        ("grpc-message", message),
    ];
    if !details.is_empty() {
        headers.push(("grpc-status-details-bin", details));
    }
    http_answer(StatusCode::OK, &headers, b"")
}
