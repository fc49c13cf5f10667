//! Clients: gRPC over connections that stay open, and every answer read to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tonic::Code;

use crate::reports::Template;

const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// An answer of OTLP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Everything was taken.
    Taken,
    /// Try again later.
    Later,
    /// None: the connection ended before.
    Nothing,
}

/// Instances, none of which reported before.
#[derive(Debug, Default)]
pub(crate) struct Instances(AtomicU64);

impl Instances {
    pub(crate) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// A connection.
#[derive(Clone)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    uri: Arc<str>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket of ours");
        let (sender, connection) =
            handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("it speaks HTTP/2");
        tokio::spawn(async {
            // Whoever waits for an answer learns of what goes wrong.
            let _ = connection.await;
        });
        Self { sender, uri: format!("http://{address}{EXPORT}").into() }
    }

    /// Sends a report, and reads the answer.
    ///
    /// Panics at an answer that is none of OTLP's, and at points that were rejected.
    pub(crate) async fn send(&mut self, framed: Bytes) -> Answer {
        let request = Request::post(&*self.uri)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Full::new(framed))
            .expect("a request");
        if self.sender.ready().await.is_err() {
            return Answer::Nothing;
        }
        let Ok(response) = self.sender.send_request(request).await else { return Answer::Nothing };
        let (head, body) = response.into_parts();
        assert_eq!(head.status, StatusCode::OK, "gRPC tells errors in its own way");
        let Ok(body) = body.collect().await else { return Answer::Nothing };
        let trailers = body.trailers().unwrap_or(&head.headers);
        let status = trailers.get("grpc-status").expect("a status");
        match Code::from_bytes(status.as_bytes()) {
            Code::Ok => {
                // A message without fields, or with one that has none, as the Collector's: nothing was rejected.
                let body = body.to_bytes();
                assert!(matches!(&*body, [0, 0, 0, 0, 0] | [0, 0, 0, 0, 2, 0x0a, 0]), "{body:?}");
                Answer::Taken
            }
            Code::Unavailable | Code::ResourceExhausted => Answer::Later,
            code => panic!("expected a success, got {code:?}: {trailers:?}"),
        }
    }
}

/// How many clients send how many reports, one after the other each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) requests: u64,
}

/// What a load came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// How long each request took, ascending.
    pub(crate) latencies: Vec<Duration>,
    /// How long all took together.
    pub(crate) elapsed: Duration,
}

impl Outcome {
    /// The latency that so many of a hundred requests did not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.latencies[(self.latencies.len() * percent / 100).min(self.latencies.len() - 1)]
    }

    pub(crate) fn per_second(&self) -> f64 {
        let requests = u32::try_from(self.latencies.len()).expect("a benchmark ends");
        f64::from(requests) / self.elapsed.as_secs_f64()
    }
}

/// Sends reports, of which each must be taken.
pub(crate) async fn send(
    address: SocketAddr,
    template: &Arc<Template>,
    instances: &Arc<Instances>,
    Load { connections, requests }: Load,
) -> Outcome {
    let left = Arc::new(AtomicU64::new(requests));
    let mut opened = Vec::with_capacity(connections);
    for _ in 0..connections {
        opened.push(Connection::open(address).await);
    }
    let begin = Instant::now();
    let mut clients = JoinSet::new();
    for mut connection in opened {
        let (template, instances, left) = (template.clone(), instances.clone(), left.clone());
        let take = move || {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok()
        };
        clients.spawn(async move {
            let mut latencies = Vec::new();
            while take() {
                let report = template.of(instances.next());
                let sent = Instant::now();
                assert_eq!(
                    connection.send(report).await,
                    Answer::Taken,
                    "the server is not overloaded"
                );
                latencies.push(sent.elapsed());
            }
            latencies
        });
    }
    let mut latencies = clients.join_all().await.concat();
    let elapsed = begin.elapsed();
    latencies.sort_unstable();
    Outcome { latencies, elapsed }
}

/// Runs clients, all on one thread.
pub(crate) fn run<T>(clients: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a process can have sockets").block_on(clients)
}
