//! Servers that capture what comes, down to the bytes, and answer as a test says.

mod answers;
mod tapped;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

pub(crate) use answers::{grpc_answer, grpc_status, http_answer, http_ok};
use tapped::Tapped;

pub(crate) type Body = BoxBody<Bytes, Infallible>;
type Answer = dyn Fn(&Captured) -> Option<Response<Body>> + Send + Sync;

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

/// A server on a thread of its own. It ends with the process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Receiver<Captured>,
    connections: Arc<AtomicUsize>,
    raw: Arc<Mutex<Vec<u8>>>,
}

/// What a server does.
pub(crate) struct Behaviour {
    answer: Arc<Answer>,
    /// Whether it speaks HTTP/1.1 only, and not HTTP/2 as well.
    http1_only: bool,
    #[cfg(feature = "tls")]
    encryption: Option<tokio_rustls::TlsAcceptor>,
}

impl Behaviour {
    /// Answers every request alike, or (`None`) never.
    pub(crate) fn always(
        answer: impl Fn() -> Option<Response<Body>> + Send + Sync + 'static,
    ) -> Self {
        Self::answering(move |_| answer())
    }

    /// Answers by what is asked.
    pub(crate) fn answering(
        answer: impl Fn(&Captured) -> Option<Response<Body>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            answer: Arc::new(answer),
            http1_only: false,
            #[cfg(feature = "tls")]
            encryption: None,
        }
    }

    pub(crate) fn http1_only(self) -> Self {
        Self { http1_only: true, ..self }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn encrypted(self, acceptor: tokio_rustls::TlsAcceptor) -> Self {
        Self { encryption: Some(acceptor), ..self }
    }

    pub(crate) fn start(self) -> Server {
        let (sender, requests) = channel();
        let (connections, raw) = (Arc::default(), Arc::default());
        let (announce, announced) = channel();
        let state = State {
            behaviour: Arc::new(self),
            sender,
            raw: Arc::clone(&raw),
            connections: Arc::clone(&connections),
        };
        thread::spawn(move || serve(&state, &announce));
        let address = announced.recv().expect("the server starts");
        Server { address, requests, connections, raw }
    }
}

impl Server {
    /// Answers every request alike, or (`None`) never, over HTTP/1.1 and HTTP/2.
    pub(crate) fn start(
        answer: impl Fn() -> Option<Response<Body>> + Send + Sync + 'static,
    ) -> Self {
        Behaviour::always(answer).start()
    }

    /// A URL of the server, with a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request.
    pub(crate) fn request(&self) -> Captured {
        self.requests.recv_timeout(Duration::from_secs(20)).expect("a request comes")
    }

    /// All requests that came and were not asked for yet.
    pub(crate) fn requests(&self) -> Vec<Captured> {
        self.requests.try_iter().collect()
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
    behaviour: Arc<Behaviour>,
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

async fn connection(stream: Tapped<TcpStream>, state: State) {
    #[cfg(feature = "tls")]
    if let Some(acceptor) = &state.behaviour.encryption {
        // A client that does not trust the certificate goes away here.
        if let Ok(stream) = acceptor.accept(stream).await {
            speak(stream, state).await;
        }
        return;
    }
    speak(stream, state).await;
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, state: State) {
    let http1_only = state.behaviour.http1_only;
    let service = service_fn(move |request| handle(request, state.clone()));
    let builder = auto::Builder::new(TokioExecutor::new());
    let builder = if http1_only { builder.http1_only() } else { builder };
    // A client that goes away is no failure of the test.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn handle(request: Request<Incoming>, state: State) -> Result<Response<Body>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let captured = Captured { head, body };
    let answer = (state.behaviour.answer)(&captured);
    // The test may have ended already.
    let _ = state.sender.send(captured);
    match answer {
        Some(response) => Ok(response),
        None => std::future::pending().await,
    }
}
