//! A backend that takes OTLP/HTTP, and answers as a test tells it to.

use std::convert::Infallible;
use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::receiver::ANYWHERE;

/// How long anything may take before it counts as hung.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is answered to the request of a number, the first one being 0.
pub type Script = fn(usize) -> Reply;

/// An answer of the backend.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status, headers, and a body.
    Says(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// None, ever.
    Nothing,
}

pub const OK: Script = |_| Reply::says(200);

impl Reply {
    pub fn says(status: u16) -> Self {
        Self::Says(status, Vec::new(), Vec::new())
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Came {
    pub path: String,
    pub headers: HeaderMap,
    /// Without its compression.
    pub body: Vec<u8>,
}

/// A backend, until it is dropped.
pub struct Backend {
    pub address: SocketAddr,
    came: Arc<Mutex<Vec<Came>>>,
    serving: JoinSet<()>,
}

impl Backend {
    pub async fn start(script: Script) -> Self {
        Self::at(ANYWHERE, script).await
    }

    /// The same on an address on which another one may have been.
    pub async fn at(address: SocketAddr, script: Script) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let came = Arc::<Mutex<Vec<Came>>>::default();
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, came.clone(), script));
        Self { address, came, serving }
    }

    /// Where one was that is gone now, with all its connections.
    pub async fn gone() -> SocketAddr {
        Self::start(OK).await.stop().await
    }

    /// Ends it with all its connections, and gives where it was.
    pub async fn stop(mut self) -> SocketAddr {
        self.serving.shutdown().await;
        self.address
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    pub fn bodies(&self) -> Vec<Vec<u8>> {
        self.came().into_iter().map(|came| came.body).collect()
    }

    /// What came, as soon as it is so many requests.
    pub async fn after(&self, requests: usize) -> Vec<Came> {
        until(|| self.came().len() >= requests).await;
        self.came()
    }
}

/// Waits until something is so.
pub async fn until(so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it becomes so in the end");
}

/// Connections end with the task.
async fn serve(listener: TcpListener, came: Arc<Mutex<Vec<Came>>>, script: Script) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let came = came.clone();
        let service = service_fn(move |request| answer(request, came.clone(), script));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        connections.spawn(async move { drop(connection.await) });
    }
}

async fn answer(
    request: Request<Incoming>,
    came: Arc<Mutex<Vec<Came>>>,
    script: Script,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let compressed = body.collect().await.unwrap().to_bytes();
    let mut body = Vec::new();
    MultiGzDecoder::new(&*compressed).read_to_end(&mut body).unwrap();
    let number = {
        let mut came = came.lock().unwrap();
        came.push(Came { path: head.uri.to_string(), headers: head.headers, body });
        came.len() - 1
    };
    match script(number) {
        Reply::Nothing => std::future::pending().await,
        Reply::Says(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(Full::new(body.into())).unwrap())
        }
    }
}
