//! What the contract does not list is kept nowhere: a unique string goes through every string and
//! byte field of a request, and is then looked for wherever the receiver writes anything.

mod fields;
mod needles;

use std::fs;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use tokio::task::JoinSet;
use tracing_subscriber::fmt::MakeWriter;

use self::fields::Fields;
use self::needles::Needles;
use headcount_proto::instances::{EraseRequest, ShowRequest};
use headcount_receiver::Filter;

use crate::conformance::list;
use crate::forwarding::backend::{Backend, Came, OK, until};
use crate::forwarding::{forwards, on_disk};
use crate::instances::asking::{ERASING, SHOWING, as_it_travels, over_http, raw, three_ways};
use crate::receiver::{Answer, JSON, PROTOBUF, Running};
use crate::reports::{INSTANCE, id, library, manyfold, openfn};

/// No contract's pattern lets this in, whatever the leaf.
const CANARY: &str = "Canary <5f3a91c7> \u{e9}\u{202e}";
/// Something that is kept, to show that the search would find it.
const KEPT: &str = "v77.66.55:other:abcdef7";

/// Every log line of the process, searched as it is written.
struct Log {
    needles: Needles,
    lines: AtomicUsize,
    found: Mutex<Vec<String>>,
}

static LOG: OnceLock<Log> = OnceLock::new();

/// Listens to everything that the receiver and its libraries log.
fn listen() -> &'static Log {
    let log = LOG.get_or_init(|| Log {
        needles: Needles::of(CANARY),
        lines: AtomicUsize::new(0),
        found: Mutex::default(),
    });
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

#[tokio::test]
async fn a_canary_in_any_field_is_found_nowhere() {
    let log = listen();
    let directory = tempfile::tempdir().unwrap();
    let backend = Backend::start(OK).await;
    let receiver = on_disk(forwards(&backend.endpoint()), directory.path()).await;
    let receiver = Arc::new(receiver);
    let fields = Fields::of_a_request();
    let mut erasure = manyfold(INSTANCE);
    erasure.resource = vec![("headcount.report.reason", "erase".to_owned())];
    let (mut sent, mut reports, mut requests) = (0, 0, Vec::new());
    for base in [openfn(INSTANCE, 1), manyfold(INSTANCE), erasure] {
        reports = sent;
        for (place, request) in fields.requests(&base.bytes(), CANARY) {
            sent += 1;
            // Each from an instance of its own, so that each is a row of its own.
            requests.push((place, replaced(request, INSTANCE, &id(sent))));
        }
    }
    // Many at once, so that they share flushes.
    while !requests.is_empty() {
        let group = requests.split_off(requests.len().saturating_sub(64));
        let mut sending = JoinSet::new();
        for (place, request) in group {
            sending.spawn(send(receiver.clone(), place, request));
        }
        sending.join_all().await;
    }
    assert!(sent > 2000, "{sent} requests are too few: every field in every place");
    let kept = list(&*receiver.store, &Filter::default(), 100).await.len();
    assert!(kept > reports / 2, "{kept} of {reports} reports reached the store");

    let mut kept = openfn(INSTANCE, 1);
    kept.resource[0].1 = KEPT.to_owned();
    kept.time += 1;
    send(receiver.clone(), "nowhere".to_owned(), kept.bytes()).await;
    let asked = ask(&receiver).await;
    reports_hold_no_canary(&receiver).await;
    files_hold_no_canary(directory.path());
    until(|| receiver.store.outbox().parts == 0).await;
    what_is_forwarded_holds_no_canary(&backend);
    let receiver = Arc::into_inner(receiver).expect("every request was answered");
    receiver.stop().await.unwrap();
    files_hold_no_canary(directory.path());

    assert!(log.lines.load(Ordering::Relaxed) > sent + asked, "a request leaves lines at TRACE");
    assert_eq!(*log.found.lock().unwrap(), Vec::<String>::new());
    tracing::info!("a line with {CANARY} shows that lines are searched");
    assert_eq!(log.found.lock().unwrap().len(), 1);
}

/// What another backend got.
fn what_is_forwarded_holds_no_canary(backend: &Backend) {
    let (needles, came) = (Needles::of(CANARY), backend.came());
    for Came { headers, body, .. } in &came {
        assert_eq!(needles.find(body), None);
        assert_eq!(needles.find(format!("{headers:?}").as_bytes()), None);
    }
    assert!(came.len() > 1000, "{} requests are too few", came.len());
    let kept = Needles::of(KEPT);
    assert!(
        came.iter().any(|came| kept.find(&came.body).is_some()),
        "the search finds what is there"
    );
}

#[test]
fn every_string_and_byte_field_of_a_request_is_tried() {
    let fields = Fields::of_a_request();
    let leaves = fields.leaves();
    assert!(leaves.len() >= 16, "the descriptor has more fields than {leaves:#?}");
    for leaf in ["Exemplar.trace_id", "KeyValue.key", "EntityRef.type", "AnyValue.bytes_value"] {
        assert!(leaves.contains(leaf), "{leaf} is not in {leaves:#?}");
    }
    // An empty request has no place but the new ones: these are the ways down to a field.
    let ways = fields.requests(b"", CANARY).len();
    assert!(ways >= 55, "{ways} ways are too few");
    let tried = fields.requests(&openfn(INSTANCE, 1).bytes(), CANARY);
    for leaf in leaves {
        let name = leaf.rsplit('.').next().expect("a field has a name");
        assert!(tried.iter().any(|(place, _)| place.ends_with(name)), "{leaf} was not tried");
    }
    for (place, request) in tried {
        assert!(Needles::of(CANARY).find(&request).is_some(), "no canary in {place}");
    }
}

/// The request with another text of the same length in the place of the first.
fn replaced(mut request: Vec<u8>, old: &str, new: &str) -> Vec<u8> {
    let begin = request.windows(old.len()).position(|window| window == old.as_bytes());
    if let Some(begin) = begin {
        request[begin..begin + old.len()].copy_from_slice(new.as_bytes());
    }
    request
}

/// Sends a request over one of the front ends in turn, and looks at the answer.
async fn send(receiver: Arc<Running>, place: String, request: Vec<u8>) {
    let answer = match request.len() % 2 {
        0 => receiver.post(&[("content-type", PROTOBUF)], request).await,
        _ => receiver.call(None, 0, &request).await,
    };
    holds_no_canary(&place, &answer);
    answer.partial();
}

fn holds_no_canary(place: &str, answer: &Answer) {
    let needles = Needles::of(CANARY);
    assert_eq!(needles.find(&answer.body), None, "{place}: {answer:?}");
    for value in answer.headers.values() {
        let decoded = needles::percent_decoded(value.as_bytes());
        assert_eq!(needles.find(&decoded), None, "{place}: {answer:?}");
    }
}

/// Puts the canary into every text of the questions that whoever holds an id may ask, and says how many that were.
async fn ask(receiver: &Running) -> usize {
    let mut asked = 0;
    for (contract, id, token) in [
        (CANARY, INSTANCE, ""),
        ("openfn", CANARY, ""),
        ("manyfold", CANARY, ""),
        ("manyfold", INSTANCE, CANARY),
    ] {
        for instance in [raw(contract, id), as_it_travels(contract, id)] {
            let page_token = token.to_owned();
            let show = ShowRequest { instance, page_token, ..ShowRequest::default() };
            let erase = EraseRequest { instance: show.instance.clone() };
            let shown = three_ways(receiver, SHOWING, &show).await;
            let erased = three_ways(receiver, ERASING, &erase).await;
            for answer in shown.into_iter().chain(erased) {
                asked += 1;
                holds_no_canary(contract, &answer);
            }
        }
    }
    let key = format!(r#"{{"{CANARY}": "{CANARY}", "instance": "{CANARY}"}}"#).into_bytes();
    holds_no_canary("a key", &over_http(receiver, SHOWING, JSON, key).await);
    asked
}

async fn reports_hold_no_canary(receiver: &Running) {
    let library = library();
    let needles = Needles::of(CANARY);
    let reports = list(&*receiver.store, &Filter::default(), 100).await;
    let mut kept = false;
    for stored in reports {
        let contract = library.get(&stored.key.contract, &stored.key.version).unwrap();
        let (document, _) = contract.draft(&stored.part);
        assert_eq!(needles.find(document.to_string().as_bytes()), None, "{document}");
        // Byte for byte what is sealed in the files.
        let encoded = stored.part.encode();
        assert_eq!(needles.find(&encoded), None, "{document}");
        kept |= encoded.windows(KEPT.len()).any(|window| window == KEPT.as_bytes());
    }
    assert!(kept, "what is kept stands in some report, so the search would find a canary");
}

/// Looks into every file, page in use or not: the database, its log, the log's index.
fn files_hold_no_canary(directory: &std::path::Path) {
    let mut found = false;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let canary = Needles::of(CANARY).find(&bytes);
        assert_eq!(canary, None, "in {}", path.display());
        let sealed = bytes.windows(KEPT.len()).all(|window| window != KEPT.as_bytes());
        assert!(sealed, "a report is readable in {}", path.display());
        found |= bytes.windows(6).any(|window| window == b"openfn");
    }
    assert!(found, "names of contracts stand in some file, so the search would find a canary");
}
