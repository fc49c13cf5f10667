//! A server that takes any OTLP request, says yes, and keeps every byte.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::answer::is_grpc;

/// One request, as it came.
#[derive(Clone, Debug)]
pub struct Captured {
    /// The path that was asked for.
    pub path: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The body's bytes; of gRPC, the message with its frame.
    pub body: Bytes,
}

impl Captured {
    /// The OTLP message, of a request that is not compressed.
    pub fn message(&self) -> Bytes {
        let grpc = is_grpc(&self.headers) && self.body.len() >= 5;
        self.body.slice(if grpc { 5.. } else { 0.. })
    }
}

/// A running capture server. It ends when this is dropped.
#[derive(Debug)]
pub struct Capture {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Captured>>>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Capture {
    /// Listens on a free port of the loopback.
    pub fn start() -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let requests = Arc::default();
        let (stop, stopped) = oneshot::channel();
        runtime.spawn(accept(listener, Arc::clone(&requests)));
        // Ends when `stop` is dropped, and every connection with its runtime.
        let server = thread::spawn(move || drop(runtime.block_on(stopped)));
        Ok(Self { address, requests, stop: Some(stop), server: Some(server) })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL, as an SDK's endpoint takes it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What came until now.
    pub fn requests(&self) -> Vec<Captured> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

async fn accept(listener: TcpListener, requests: Arc<Mutex<Vec<Captured>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let requests = Arc::clone(&requests);
        tokio::spawn(async move {
            let service = service_fn(move |request| keep(request, Arc::clone(&requests)));
            let server = auto::Builder::new(TokioExecutor::new());
            // How a client leaves is its own affair: what it sent is kept.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn keep(
    request: Request<Incoming>,
    requests: Arc<Mutex<Vec<Captured>>>,
) -> Result<Response<BoxBody<Bytes, hyper::Error>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let answer = yes(&head.headers);
    let captured = Captured { path: head.uri.path().to_owned(), headers: head.headers, body };
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(captured);
    Ok(answer)
}

/// An empty `ExportMetricsServiceResponse`, in the request's content type.
fn yes(asked: &HeaderMap) -> Response<BoxBody<Bytes, hyper::Error>> {
    let content_type = asked.get(header::CONTENT_TYPE).cloned();
    let json = content_type.as_ref().is_some_and(|value| value == "application/json");
    let body: &[u8] = match (is_grpc(asked), json) {
        (true, _) => &[0; 5],
        (false, true) => b"{}",
        (false, false) => b"",
    };
    let body = Full::new(Bytes::from_static(body)).map_err(|never| match never {});
    let body = if is_grpc(asked) {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static("0"));
        body.with_trailers(std::future::ready(Some(Ok(trailers)))).boxed()
    } else {
        body.boxed()
    };
    let mut response = Response::new(body);
    if let Some(content_type) = content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response
}
