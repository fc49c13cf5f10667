//! OTLP/gRPC: one call on one HTTP/2 connection, framed by tonic.
//!
//! tonic's own channel is not used: it adds a user agent, keeps connections and reconnects.

use std::error::Error as _;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use headcount_proto::grpc::RawCodec;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::{Code, Status};

use super::connect::Connection;
use super::{ANSWER_LIMIT, Failure, HEADER_LIMIT, Outcome};
use crate::endpoint::Endpoint;

const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

pub(super) async fn exchange(
    endpoint: &Endpoint,
    connection: Box<dyn Connection>,
    request: Bytes,
) -> Outcome {
    match call(endpoint, connection, request).await {
        Ok(answer) => Outcome::delivered(&answer),
        Err(status) => outcome(&status),
    }
}

async fn call(
    endpoint: &Endpoint,
    connection: Box<dyn Connection>,
    request: Bytes,
) -> Result<Bytes, Status> {
    let (sender, driver) = http2::Builder::new(TokioExecutor::new())
        .max_header_list_size(u32::try_from(HEADER_LIMIT).expect("16 KiB fit"))
        .handshake(TokioIo::new(connection))
        .await
        .map_err(|error| Status::from_error(error.into()))?;
    // The driver ends with the runtime; what it could report, the answer's future reports too.
    tokio::spawn(driver);
    let mut client = Grpc::with_origin(Sender(sender), endpoint.uri.clone())
        .max_decoding_message_size(ANSWER_LIMIT);
    client.ready().await.map_err(Status::from_error)?;
    let request = tonic::Request::new(request);
    let path = PathAndQuery::from_static(EXPORT);
    client.unary(request, path, RawCodec).await.map(tonic::Response::into_inner)
}

/// OTLP/gRPC's meaning of a status.
fn outcome(status: &Status) -> Outcome {
    // tonic makes a status of every failure of the connection, and keeps the failure as source.
    if let Some(failure) = status.source() {
        return Outcome::failed("expected a gRPC answer", failure);
    }
    let told = format!("the receiver answered {:?}: {}", status.code(), status.message());
    let after = super::status::retry_info(status.details());
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Outcome::retry(told).after(after),
        Code::ResourceExhausted if after.is_some() => Outcome::retry(told).after(after),
        _ => Outcome::rejected(told),
    }
}

/// The connection as tonic's client wants it: with our user agent, and answers that end.
struct Sender(SendRequest<Body>);

impl GrpcService<Body> for Sender {
    type ResponseBody = Limited<Incoming>;
    type Error = Failure;
    type Future =
        Pin<Box<dyn Future<Output = Result<Response<Limited<Incoming>>, Failure>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let agent = HeaderValue::from_static(super::USER_AGENT);
        request.headers_mut().insert(USER_AGENT, agent);
        let answer = self.0.send_request(request);
        Box::pin(async move { admit(answer.await?) })
    }
}

/// Refuses a good answer that is none of gRPC's, such as a proxy's login page.
fn admit(response: Response<Incoming>) -> Result<Response<Limited<Incoming>>, Failure> {
    let grpc = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"));
    if response.status() == StatusCode::OK && !grpc {
        return Err("expected an answer of application/grpc, got another".into());
    }
    Ok(response.map(|body| Limited::new(body, ANSWER_LIMIT)))
}
