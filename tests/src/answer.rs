//! What a receiver answers, the same for all ways in.

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use prost::Message as _;
use serde_json::Value;

/// An answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status; 200 for every answer of gRPC.
    pub status: StatusCode,
    /// Headers, and the trailers where there are any.
    pub headers: HeaderMap,
    /// The body; of gRPC, the message without its frame.
    pub body: Bytes,
}

/// OTLP's `ExportMetricsPartialSuccess`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialSuccess {
    /// How many data points were rejected.
    pub rejected: i64,
    /// What was wrong with the first, and where it stands.
    pub message: String,
}

impl Answer {
    pub(crate) fn new(
        status: StatusCode,
        mut headers: HeaderMap,
        trailers: HeaderMap,
        mut body: Bytes,
    ) -> Self {
        headers.extend(trailers);
        if is_grpc(&headers) && body.len() >= 5 {
            body = body.slice(5..);
        }
        Self { status, headers, body }
    }

    /// A header or trailer as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The code of gRPC, where the answer is one of gRPC's.
    pub fn grpc_status(&self) -> Option<i32> {
        self.header("grpc-status").parse().ok()
    }

    /// gRPC's message, of which everything but plain ASCII travels as `%` and two hexadecimal digits.
    pub fn grpc_message(&self) -> String {
        let mut rest = self.header("grpc-message").as_bytes();
        let mut bytes = Vec::new();
        while let [first, tail @ ..] = rest {
            let escaped = match rest {
                [b'%', digits @ ..] => digits.get(..2).and_then(byte_of),
                _ => None,
            };
            rest = if escaped.is_some() { &rest[3..] } else { tail };
            bytes.push(escaped.unwrap_or(*first));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Itself where the request was taken, wholly or in part.
    pub fn success(self) -> anyhow::Result<Self> {
        let good =
            self.status.is_success() && (!is_grpc(&self.headers) || self.grpc_status() == Some(0));
        ensure!(good, "expected success, got {self:?}");
        Ok(self)
    }

    /// Which points were rejected; `None` where all were.
    pub fn partial_success(&self) -> anyhow::Result<Option<PartialSuccess>> {
        let partial = if self.header(header::CONTENT_TYPE.as_str()).contains("json") {
            let body: Value = serde_json::from_slice(&self.body)?;
            body.get("partialSuccess").map(from_json).transpose()?
        } else {
            let body = ExportMetricsServiceResponse::decode(self.body.clone())?;
            body.partial_success.map(|partial| PartialSuccess {
                rejected: partial.rejected_data_points,
                message: partial.error_message,
            })
        };
        Ok(partial)
    }
}

fn byte_of(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    value.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

fn from_json(partial: &Value) -> anyhow::Result<PartialSuccess> {
    let rejected = partial.get("rejectedDataPoints").and_then(Value::as_str);
    let message = partial.get("errorMessage").and_then(Value::as_str);
    Ok(PartialSuccess {
        rejected: rejected.context("expected `rejectedDataPoints` as a string")?.parse()?,
        message: message.context("expected `errorMessage`")?.to_owned(),
    })
}
