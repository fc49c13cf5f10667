//! Servers that capture what comes, down to the bytes, and answer as a test says.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;

pub(crate) type Body = BoxBody<Bytes, Infallible>;
type Answer = dyn Fn() -> Option<Response<Body>> + Send + Sync;

/// A request, as it came.
pub(crate) struct Captured {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
}

impl Captured {
    /// The message of a gRPC request, without its frame.
    pub(crate) fn message(&self) -> &[u8] {
        &self.body[5..]
    }

    /// Names of the headers, sorted.
    pub(crate) fn header_names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.head.headers.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }
}

/// A server on a thread of its own, for HTTP/1.1 and HTTP/2. It ends with the process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Receiver<Captured>,
    connections: Arc<AtomicUsize>,
    raw: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    /// Answers every request alike, or (`None`) never.
    pub(crate) fn start(
        answer: impl Fn() -> Option<Response<Body>> + Send + Sync + 'static,
    ) -> Self {
        let (sender, requests) = channel();
        let (connections, raw) = (Arc::default(), Arc::default());
        let (announce, announced) = channel();
        let state = State {
            answer: Arc::new(answer),
            sender,
            raw: Arc::clone(&raw),
            connections: Arc::clone(&connections),
        };
        thread::spawn(move || serve(&state, &announce));
        let address = announced.recv().expect("the server starts");
        Self { address, requests, connections, raw }
    }

    /// A URL of the server, with a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request.
    pub(crate) fn request(&self) -> Captured {
        self.requests.recv_timeout(Duration::from_secs(20)).expect("a request comes")
    }

    /// How many connections were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Every byte that came, on all connections.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.raw.lock().expect("no panic while it is held").clone()
    }
}

#[derive(Clone)]
struct State {
    answer: Arc<Answer>,
    sender: Sender<Captured>,
    raw: Arc<Mutex<Vec<u8>>>,
    connections: Arc<AtomicUsize>,
}

#[tokio::main(flavor = "current_thread")]
async fn serve(state: &State, announce: &Sender<SocketAddr>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    announce.send(listener.local_addr().expect("an address")).expect("the test waits");
    while let Ok((stream, _)) = listener.accept().await {
        state.connections.fetch_add(1, Ordering::SeqCst);
        let tapped = Tapped { stream, raw: Arc::clone(&state.raw) };
        tokio::spawn(connection(tapped, state.clone()));
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, state: State) {
    let service = service_fn(move |request| handle(request, state.clone()));
    // A client that goes away is no failure of the test.
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn handle(request: Request<Incoming>, state: State) -> Result<Response<Body>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    // The test may have ended already.
    let _ = state.sender.send(Captured { head, body });
    match (state.answer)() {
        Some(response) => Ok(response),
        None => std::future::pending().await,
    }
}

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

/// A stream that keeps a copy of what comes in.
struct Tapped<S> {
    stream: S,
    raw: Arc<Mutex<Vec<u8>>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.raw.lock().expect("no panic while it is held").extend(&buffer.filled()[before..]);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
