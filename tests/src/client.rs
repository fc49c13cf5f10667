//! A small client: one request, in any of the ways that OTLP allows, without an SDK between.

use std::convert::Infallible;
use std::future::ready;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use bytes::{BufMut as _, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, Request, Response, Version, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::{Deserialize, Serialize};
use tokio::net::TcpSocket;
use tokio::runtime::Builder;

use crate::answer::Answer;
use crate::process::PATIENCE;
use crate::report::Report;

/// The three front ends of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP with protobuf.
    Protobuf,
    /// OTLP/HTTP with JSON.
    Json,
}

/// The encodings of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// As it is; for an SDK, `none`.
    #[serde(rename(serialize = "none"))]
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Grpc, Self::Protobuf, Self::Json];

    fn content_type(self) -> &'static str {
        match self {
            Self::Grpc => "application/grpc+proto",
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Zstd];

    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    pub(crate) fn encode(self, body: &[u8]) -> anyhow::Result<Vec<u8>> {
        Ok(match self {
            Self::Identity => body.to_vec(),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(body)?;
                encoder.finish()?
            }
            Self::Zstd => zstd::stream::encode_all(body, 0)?,
        })
    }
}

/// Sends a report.
pub fn send(
    to: SocketAddr,
    report: &Report,
    way: Way,
    encoding: Encoding,
) -> anyhow::Result<Answer> {
    let body = match way {
        Way::Grpc | Way::Protobuf => report.protobuf(),
        Way::Json => report.json().into_bytes(),
    };
    post(to, &body, way, encoding)
}

/// Sends a body that need be no report.
pub fn post(to: SocketAddr, body: &[u8], way: Way, encoding: Encoding) -> anyhow::Result<Answer> {
    post_from(Ipv4Addr::LOCALHOST, to, body, way, encoding)
}

/// Asks for what is under a path, as a program does.
pub fn get(from: SocketAddr, path: &str) -> anyhow::Result<Answer> {
    let request = Request::get(path).header(header::HOST, from.to_string()).body(Vec::new())?;
    call(from, request, HeaderMap::new()).with_context(|| format!("asked for {path}"))
}

/// As [`post`], from another address of this machine.
pub fn post_from(
    from: Ipv4Addr,
    to: SocketAddr,
    body: &[u8],
    way: Way,
    encoding: Encoding,
) -> anyhow::Result<Answer> {
    let request = request(to, encoding.encode(body)?, way, encoding)?;
    let answer = patiently(exchange(from, to, request));
    answer.with_context(|| format!("sent over {way:?} with {encoding:?}"))
}

/// As [`post`], of a body that was encoded before, or is said to be.
pub(crate) fn post_encoded(
    to: SocketAddr,
    body: Vec<u8>,
    way: Way,
    encoding: Encoding,
) -> anyhow::Result<Answer> {
    let request = request(to, body, way, encoding)?;
    let answer = patiently(exchange(Ipv4Addr::LOCALHOST, to, request));
    answer.with_context(|| format!("sent over {way:?} with {encoding:?}"))
}

fn request(
    to: SocketAddr,
    body: Vec<u8>,
    way: Way,
    encoding: Encoding,
) -> anyhow::Result<Request<Full<Bytes>>> {
    Ok(match way {
        Way::Grpc => grpc(to, &body, encoding)?,
        Way::Protobuf | Way::Json => http(to, body, way, encoding)?,
    })
}

/// Sends any request, with trailers behind the body where there are any.
pub(crate) fn call(
    to: SocketAddr,
    request: Request<Vec<u8>>,
    trailers: HeaderMap,
) -> anyhow::Result<Answer> {
    let trailers = Some(trailers).filter(|trailers| !trailers.is_empty());
    let with = |body: Vec<u8>| {
        Box::pin(Full::new(Bytes::from(body)).with_trailers(ready(trailers.map(Ok))))
    };
    patiently(exchange(Ipv4Addr::LOCALHOST, to, request.map(with)))
}

fn patiently(exchange: impl Future<Output = anyhow::Result<Answer>>) -> anyhow::Result<Answer> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let exchange = tokio::time::timeout(PATIENCE, exchange);
        exchange.await.with_context(|| format!("no answer within {PATIENCE:?}"))?
    })
}

fn http(
    to: SocketAddr,
    body: Vec<u8>,
    way: Way,
    encoding: Encoding,
) -> http::Result<Request<Full<Bytes>>> {
    let mut request = Request::post("/v1/metrics")
        .header(header::HOST, to.to_string())
        .header(header::CONTENT_TYPE, way.content_type());
    if encoding != Encoding::Identity {
        request = request.header(header::CONTENT_ENCODING, encoding.name());
    }
    request.body(Full::new(Bytes::from(body)))
}

/// gRPC over HTTP/2: one message, behind a byte that says whether it is compressed and its length.
fn grpc(
    to: SocketAddr,
    message: &[u8],
    encoding: Encoding,
) -> anyhow::Result<Request<Full<Bytes>>> {
    let mut frame = Vec::with_capacity(message.len() + 5);
    frame.put_u8(u8::from(encoding != Encoding::Identity));
    frame.put_u32(message.len().try_into()?);
    frame.extend(message);
    let method = "opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    let request = Request::post(format!("http://{to}/{method}"))
        .version(Version::HTTP_2)
        .header(header::CONTENT_TYPE, Way::Grpc.content_type())
        .header(header::TE, "trailers")
        .header("grpc-encoding", encoding.name());
    Ok(request.body(Full::new(Bytes::from(frame)))?)
}

/// One request on a connection of its own.
async fn exchange<B>(from: Ipv4Addr, to: SocketAddr, request: Request<B>) -> anyhow::Result<Answer>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + Unpin + 'static,
{
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = TokioIo::new(socket.connect(to).await?);
    let response = if request.version() == Version::HTTP_2 {
        let (mut sender, connection) = conn::http2::handshake(TokioExecutor::new(), stream).await?;
        tokio::spawn(connection);
        collect(sender.send_request(request).await?).await
    } else {
        let (mut sender, connection) = conn::http1::handshake(stream).await?;
        tokio::spawn(connection);
        collect(sender.send_request(request).await?).await
    };
    response.context("the answer broke off")
}

async fn collect(response: Response<Incoming>) -> anyhow::Result<Answer> {
    let (head, body) = response.into_parts();
    let body = body.collect().await?;
    let trailers = body.trailers().cloned().unwrap_or_default();
    Ok(Answer::new(head.status, head.headers, trailers, body.to_bytes()))
}
