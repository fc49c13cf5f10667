//! What the contract does not list is kept nowhere and goes nowhere: a unique string goes through every string and byte
//! field of a request, and is then looked for wherever the relay writes anything, and in what it sends.

#[path = "../../../receiver/tests/all/canary/fields.rs"]
mod fields;
#[path = "../../../receiver/tests/all/canary/needles.rs"]
mod needles;

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tracing_subscriber::fmt::MakeWriter;

use self::fields::Fields;
use self::needles::{Needles, percent_decoded};
use crate::sent::{A, bytes, manyfold, openfn};
use crate::world::{World, walk};

/// No contract's pattern lets this in, whatever the leaf.
const CANARY: &str = "Canary <5f3a91c7> \u{e9}\u{202e}";
/// Instances that the requests come from, in turn.
const INSTANCES: usize = 60;

/// Every log line of the process, searched as it is written.
struct Log {
    needles: Needles,
    lines: AtomicUsize,
    found: Mutex<Vec<String>>,
}

static LOG: OnceLock<Log> = OnceLock::new();

fn listen() -> &'static Log {
    let (needles, lines, found) = (Needles::of(CANARY), AtomicUsize::new(0), Mutex::default());
    let log = LOG.get_or_init(|| Log { needles, lines, found });
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(LogWriter)
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("no other test listens");
    log
}

#[derive(Clone, Copy)]
struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let log = LOG.get().expect("it is set before anything is written");
        log.lines.fetch_add(1, Ordering::Relaxed);
        if let Some(needle) = log.needles.find(line) {
            let line = format!("{needle} in {}", String::from_utf8_lossy(line));
            log.found.lock().unwrap().push(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// Everything that is sent to an address, which takes whatever comes.
async fn capture() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, all) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let wire = Arc::clone(&all);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let wire = Arc::clone(&wire);
            tokio::spawn(async move {
                let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
                loop {
                    let read = stream.read(&mut buffer).await.unwrap_or(0);
                    wire.lock().unwrap().extend_from_slice(&buffer[..read]);
                    request.extend_from_slice(&buffer[..read]);
                    if read == 0 {
                        break;
                    }
                    if is_whole(&request) {
                        request.clear();
                        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\n\
                                      content-length: 0\r\n\r\n";
                        let _ = stream.write_all(answer.as_bytes()).await;
                    }
                }
            });
        }
    });
    (address, all)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(0) + 4;
    request.len() >= end + length
}

/// The request with another id of the same length.
fn of_instance(mut request: Vec<u8>, number: usize) -> Vec<u8> {
    let id = format!("3cfb674b-e878-470d-b7c0-cfa8f7{:06x}", number % INSTANCES);
    let begin = request.windows(A.len()).position(|window| window == A.as_bytes());
    if let Some(begin) = begin {
        request[begin..begin + A.len()].copy_from_slice(id.as_bytes());
    }
    request
}

async fn goes_nowhere(contract: &str, base: Vec<u8>, times: &[&str]) -> usize {
    let (upstream, wire) = capture().await;
    let mut world = World::agreed(contract, "2026-11-20T10:00:00Z").await;
    world.stop().await;
    world.makers.address = upstream;
    world.start().await;
    let needles = Needles::of(CANARY);
    let requests = Fields::of_a_request().requests(&base, CANARY);
    let count = requests.len();
    let sharing = Arc::new(world);
    let mut requests = requests.into_iter().enumerate().peekable();
    // Many at once, so that they share flushes.
    while requests.peek().is_some() {
        let mut sending = JoinSet::new();
        for (number, (place, request)) in requests.by_ref().take(64) {
            let world = Arc::clone(&sharing);
            sending.spawn(async move {
                let answer = world.post(number % 2 == 0, of_instance(request, number)).await;
                let (answer, needles) = (percent_decoded(&answer), Needles::of(CANARY));
                let said = String::from_utf8_lossy(&answer);
                assert_eq!(needles.find(&answer), None, "{place}: {said}");
            });
        }
        sending.join_all().await;
    }
    let mut world = Arc::into_inner(sharing).expect("every request was answered");
    for time in times {
        world.at(time).await;
    }
    world.stop().await;
    let mut files = 0;
    walk(&world.data(), &mut |path| {
        let name = path.display().to_string();
        assert_eq!(needles.find(name.as_bytes()), None, "{name}");
        assert_eq!(needles.find(&fs::read(path).unwrap()), None, "in {name}");
        files += 1;
    });
    assert!(files > INSTANCES, "{files} files are too few: each instance has some");
    let wire = wire.lock().unwrap();
    assert_eq!(needles.find(&wire), None, "on the wire");
    let reports = wire.windows(15).filter(|window| window == b"POST /v1/metric").count();
    assert!(reports >= INSTANCES / 2, "{reports} reports are too few");
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_in_any_field_goes_nowhere() {
    let log = listen();
    let time = "2026-11-20T10:00:00Z".parse().unwrap();
    let night = ["2026-11-20T10:00:30Z", "2026-11-21T01:30:00Z", "2026-11-21T09:30:00Z"];
    let mut sent = goes_nowhere("openfn/2", bytes(vec![openfn(Some(A), 3, time)]), &night).await;
    let day = ["2026-11-20T10:01:00Z", "2026-11-21T09:59:59Z"];
    sent += goes_nowhere("manyfold/0.90", bytes(vec![manyfold(A, time)]), &day).await;
    let leaves = Fields::of_a_request().leaves().len();
    assert!(leaves >= 16, "{leaves} fields of the descriptor are too few");
    assert!(sent > 1000, "{sent} requests are too few: every field in every place");
    assert!(log.lines.load(Ordering::Relaxed) > sent, "a request leaves lines at TRACE");
    assert_eq!(*log.found.lock().unwrap(), Vec::<String>::new());
    tracing::info!("a line with {CANARY} shows that lines are searched");
    assert_eq!(log.found.lock().unwrap().len(), 1);
}
