//! What everybody may look at: how many answers there are in a second, whatever is stored.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use headcount_receiver::Location;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{self, Load, Outcome};
use crate::cores::Cores;
use crate::fill::{self, APPLICATION};
use crate::process::{Kind, Server};
use crate::table::{Table, millis};

/// Instances, and days on which each of them reported: few of few, many, and few over a year.
const STORES: [(u64, usize); 3] = [(10, 7), (140_000, 7), (10, 365)];
/// As many visitors at once as one network may be.
const LOAD: Load = Load { connections: 100, requests: 50_000 };
/// Requests before those that are measured.
const WARM: Load = Load { connections: 100, requests: 5_000 };
/// How often it is looked whether all is frozen and shown.
const LOOK: Duration = Duration::from_millis(50);

/// What is asked for.
const PATHS: [&str; 4] = ["stats", "badge", "", "data.json"];

pub(crate) fn run(cores: &Cores) -> Table {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let title = format!(
        "Public pages, {} connections with HTTP/1.1 and zstd; all share the cores",
        LOAD.connections
    );
    let header = ["instances, days", "path", "bytes", "a second", "p50", "p99"];
    let mut table = Table::new(title, header);
    for (instances, days) in STORES {
        let path = directory.path().join(format!("{instances}-{days}.db"));
        eprintln!("  filling a store with {days} days of {instances} instances");
        fill::fill_days(&path, instances, days);
        let server = Server::start(Kind::Sqlite(&path), cores.shared().as_deref());
        shown(&path, days, server.address);
        // What is kept no longer is deleted.
        server.rest();
        for name in PATHS {
            let path = format!("/{APPLICATION}/{name}");
            client::run(ask(server.address, &path, WARM));
            let (outcome, bytes) = client::run(ask(server.address, &path, LOAD));
            table.row([
                format!("{instances}, {days}"),
                path,
                bytes.to_string(),
                format!("{:.0}", outcome.per_second()),
                millis(outcome.percentile(50)),
                millis(outcome.percentile(99)),
            ]);
        }
        server.stop();
    }
    table
}

/// Waits until all days are frozen, and the last of them is shown.
fn shown(path: &Path, days: usize, address: SocketAddr) {
    let (reader, _) = Location::Sqlite(path.to_owned()).read(None).expect("a database");
    let last = loop {
        let snapshot = reader.snapshot(APPLICATION, None).expect("a database that can be read");
        match snapshot.days.last().filter(|_| snapshot.days.len() >= days) {
            Some(last) => break last.day.to_string(),
            None => std::thread::sleep(LOOK),
        }
    };
    let path = format!("/{APPLICATION}/data.ndjson");
    client::run(async {
        loop {
            let body = Visitor::open(address, &path).await.plain().await;
            let about = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let about: serde_json::Value = serde_json::from_slice(about).expect("JSON");
            if about["about"]["day"] == last {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    });
}

/// Somebody who asks for the same again and again, on one connection.
struct Visitor {
    sender: SendRequest<Empty<Bytes>>,
    path: Arc<str>,
}

impl Visitor {
    async fn open(address: SocketAddr, path: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket of ours");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("it speaks HTTP");
        tokio::spawn(async {
            // Whoever waits for an answer learns of what goes wrong.
            let _ = connection.await;
        });
        Self { sender, path: path.into() }
    }

    async fn plain(mut self) -> Bytes {
        self.ask("identity").await
    }

    /// Asks, and reads the whole answer, which is one.
    async fn ask(&mut self, coding: &str) -> Bytes {
        self.sender.ready().await.expect("the server keeps the connection");
        let request = Request::get(&*self.path)
            .header("host", "localhost")
            .header("accept", "*/*")
            .header("accept-encoding", coding)
            .body(Empty::new())
            .expect("a request");
        let response = self.sender.send_request(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{}", self.path);
        response.into_body().collect().await.expect("a whole body").to_bytes()
    }
}

/// Visitors who ask for a path, and the bytes of an answer.
async fn ask(
    address: SocketAddr,
    path: &str,
    Load { connections, requests }: Load,
) -> (Outcome, usize) {
    let left = Arc::new(AtomicU64::new(requests));
    let mut visitors = Vec::with_capacity(connections);
    for _ in 0..connections {
        visitors.push(Visitor::open(address, path).await);
    }
    let begin = Instant::now();
    let mut asking = JoinSet::new();
    for mut visitor in visitors {
        let left = left.clone();
        let take = move || {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok()
        };
        asking.spawn(async move {
            let (mut latencies, mut bytes) = (Vec::new(), 0);
            while take() {
                let sent = Instant::now();
                bytes = visitor.ask("zstd").await.len();
                latencies.push(sent.elapsed());
            }
            (latencies, bytes)
        });
    }
    let all = asking.join_all().await;
    let elapsed = begin.elapsed();
    let bytes = all.iter().map(|(_, bytes)| *bytes).max().unwrap_or_default();
    let mut latencies: Vec<_> = all.into_iter().flat_map(|(latencies, _)| latencies).collect();
    latencies.sort_unstable();
    (Outcome { latencies, elapsed }, bytes)
}
