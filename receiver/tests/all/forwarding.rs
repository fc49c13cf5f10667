//! What was accepted reaches another backend, whatever that one does, and receiving does not notice.

pub mod backend;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use headcount_proto::otlp::ExportMetricsServiceRequest;
use headcount_receiver::settings::Forward;
use headcount_receiver::{Headers, Keys, Memory, Receiver, Settings, Store, Token};
use prost::Message as _;

use crate::conformance::all;
use crate::receiver::{
    ANYWHERE, PROTOBUF, Running, TOKEN, running, settings, sqlite, start, start_with,
};
use crate::reports::{DAY, NOON, Report, id, library, manyfold, openfn};
use crate::tls::certificates::Authority;
use backend::{Backend, OK, Reply, Script, until};

/// Settings that forward there, without long waits.
pub fn forwards(endpoint: &str) -> Settings {
    let forward = Forward {
        endpoint: Some(endpoint.parse().unwrap()),
        first_wait: Duration::from_millis(10),
        longest_wait: Duration::from_millis(50),
        timeout: Duration::from_secs(20),
        ..Forward::default()
    };
    Settings { forward, ..settings() }
}

/// A receiver that forwards, and that its operator can ask.
async fn start_forwarding(mut settings: Settings, store: Arc<dyn Store>, keys: Keys) -> Running {
    settings.operator.listen = Some(ANYWHERE);
    let receiver = Receiver::bind(settings, library(), keys, store.clone()).await.unwrap();
    let headers = Headers::new("x-scope: of-the-tests\nuser-agent: theirs").unwrap();
    let receiver = receiver.forwarding(headers).await.unwrap();
    let receiver = receiver.operated_by(Token::new(TOKEN).unwrap()).await.unwrap();
    running(receiver, store)
}

async fn in_memory(settings: Settings) -> Running {
    start_forwarding(settings, Arc::new(Memory::new()), Keys::fresh().unwrap()).await
}

/// One with a store in this folder.
pub async fn on_disk(settings: Settings, folder: &Path) -> Running {
    let keys = Keys::load_or_create(&folder.join("reports.db.secret")).unwrap();
    start_forwarding(settings, sqlite(folder), keys).await
}

async fn take(receiver: &Running, report: &Report) {
    let answer = receiver.post(&[("content-type", PROTOBUF)], report.bytes()).await;
    assert_eq!(answer.status, 200);
}

fn later(instance: usize, days: u64) -> Report {
    Report { time: NOON + days * DAY, ..openfn(&id(instance), 1) }
}

/// What the receiver forwards of its one stored report.
async fn stored(receiver: &Running) -> Vec<u8> {
    let stored = all(&*receiver.store).await;
    let [stored] = stored.as_slice() else { panic!("one report, got {stored:?}") };
    let library = library();
    library.get(&stored.key.contract, &stored.key.version).unwrap().otlp(&stored.part)
}

/// A figure of the receiver's metrics.
async fn figure(receiver: &Running, line: &str) -> f64 {
    let told = receiver.told("/metrics").await;
    let told = told.lines().find_map(|told| told.strip_prefix(line)?.trim().parse().ok());
    told.unwrap_or_else(|| panic!("no {line}"))
}

fn parts(outcome: &str) -> String {
    format!("headcount_receiver_forward_parts_total{{outcome=\"{outcome}\"}} ")
}

/// Waits until so many parts were forwarded.
async fn until_forwarded(receiver: &Running, count: u64) {
    receiver.until_told(&format!("{}{count}", parts("forwarded"))).await;
}

#[tokio::test]
async fn what_was_accepted_arrives_and_nothing_else() {
    let backend = Backend::start(OK).await;
    let receiver = in_memory(forwards(&backend.endpoint())).await;
    let mut report = openfn(&id(1), 2);
    report.resource.push(("host.name", "canary".to_owned()));
    report.resource.push(("process.command_line", "canary".to_owned()));
    report.gauges.push(("canary.gauge", report.gauges[0].1.clone()));
    take(&receiver, &report).await;
    let came = backend.after(1).await;
    assert_eq!(came[0].body, stored(&receiver).await);
    assert!(!String::from_utf8_lossy(&came[0].body).contains("canary"));
    assert!(!String::from_utf8_lossy(&came[0].body).contains(&id(1)), "ids are hashed");
    let request = ExportMetricsServiceRequest::decode(&*came[0].body).unwrap();
    assert_eq!(request.resource_metrics.len(), 1);

    let mut headers: Vec<_> =
        came[0].headers.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
    headers.sort_unstable();
    let host = backend.address.to_string();
    let length = came[0].headers["content-length"].to_str().unwrap();
    let expected = [
        ("content-encoding", "gzip"),
        ("content-length", length),
        ("content-type", PROTOBUF),
        ("host", &host),
        ("user-agent", "theirs"),
        ("x-scope", "of-the-tests"),
    ];
    assert_eq!((headers.as_slice(), came[0].path.as_str()), (&expected[..], "/v1/metrics"));

    // What adds nothing is not sent again.
    take(&receiver, &report).await;
    take(&receiver, &manyfold(&id(1))).await;
    let came = backend.after(2).await;
    assert!(String::from_utf8_lossy(&came[1].body).contains("manyfold"));
    until_forwarded(&receiver, 2).await;
    assert!(figure(&receiver, "headcount_receiver_forward_waiting ").await < 0.1);
    assert!(figure(&receiver, "headcount_receiver_forward_failing ").await < 0.1);
}

#[tokio::test]
async fn parts_arrive_one_by_one_in_their_order() {
    let backend = Backend::start(OK).await;
    let receiver = in_memory(forwards(&backend.endpoint())).await;
    for day in 0..40 {
        take(&receiver, &later(1, day)).await;
    }
    let days = backend.after(40).await.into_iter().map(|came| newest(&came.body));
    assert_eq!(days.collect::<Vec<_>>(), (0..40).map(|day| NOON + day * DAY).collect::<Vec<_>>());
}

/// The time of a request's first point.
fn newest(body: &[u8]) -> u64 {
    use headcount_proto::otlp::metric::Data;
    let request = ExportMetricsServiceRequest::decode(body).unwrap();
    let metric = &request.resource_metrics[0].scope_metrics[0].metrics[0];
    match metric.data.as_ref() {
        Some(Data::Gauge(gauge)) => gauge.data_points[0].time_unix_nano,
        other => panic!("expected a gauge, got {other:?}"),
    }
}

#[tokio::test]
async fn a_backend_that_was_down_gets_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let address = Backend::gone().await;
    let endpoint = format!("http://{address}");
    let receiver = on_disk(forwards(&endpoint), folder.path()).await;
    take(&receiver, &later(1, 0)).await;
    take(&receiver, &later(1, 1)).await;
    receiver.until_told("headcount_receiver_forward_failing 1").await;
    assert!((figure(&receiver, "headcount_receiver_forward_waiting ").await - 2.0).abs() < 0.1);
    assert!(figure(&receiver, "headcount_receiver_forward_waiting_size_bytes ").await > 100.0);
    // Nor is it lost when the receiver ends meanwhile.
    receiver.stop().await.unwrap();
    let receiver = on_disk(forwards(&endpoint), folder.path()).await;
    take(&receiver, &later(1, 2)).await;
    let backend = Backend::at(address, OK).await;
    let times: Vec<_> = backend.after(3).await.iter().map(|came| newest(&came.body)).collect();
    assert_eq!(times, [0, 1, 2].map(|day| NOON + day * DAY));
    receiver.until_told("headcount_receiver_forward_waiting 0").await;
    assert!(figure(&receiver, "headcount_receiver_forward_failing ").await < 0.1);
    receiver.stop().await.unwrap();
    assert_eq!(sqlite(folder.path()).outbox().parts, 0, "it does not come again");
}

#[tokio::test]
async fn what_may_be_taken_later_is_sent_again() {
    const TIRED: Script = |number| match number {
        0 => Reply::Says(503, vec![("retry-after", "0".to_owned())], vec![]),
        1 => Reply::says(429),
        // A key that is wrong is set right some day.
        2 => Reply::says(401),
        3 => {
            Reply::Says(302, vec![("location", "http://127.0.0.1:1/v1/metrics".to_owned())], vec![])
        }
        // More than anybody has to say.
        4 => Reply::Says(200, vec![], vec![0; 70_000]),
        _ => Reply::says(200),
    };
    let backend = Backend::start(TIRED).await;
    let receiver = in_memory(forwards(&backend.endpoint())).await;
    take(&receiver, &later(1, 0)).await;
    take(&receiver, &later(1, 1)).await;
    let bodies: Vec<_> =
        backend.after(7).await.into_iter().map(|came| newest(&came.body)).collect();
    assert_eq!(bodies, [0, 0, 0, 0, 0, 0, 1].map(|day| NOON + day * DAY));
    until_forwarded(&receiver, 2).await;
}

#[tokio::test]
async fn a_connection_that_rests_may_be_closed() {
    let backend = Backend::start(OK).await;
    // Without a second attempt on a new connection the next one would come after an hour.
    let mut settings = forwards(&backend.endpoint());
    settings.forward.first_wait = Duration::from_hours(1);
    settings.forward.longest_wait = Duration::from_hours(1);
    let receiver = in_memory(settings).await;
    take(&receiver, &later(1, 0)).await;
    backend.after(1).await;
    until(|| receiver.store.outbox().parts == 0).await;
    let address = backend.stop().await;
    let backend = Backend::at(address, OK).await;
    take(&receiver, &later(1, 1)).await;
    assert_eq!(newest(&backend.after(1).await[0].body), NOON + DAY);
}

#[tokio::test]
async fn what_is_refused_is_given_up_and_counted() {
    const CHOOSY: Script = |number| match number {
        0 => Reply::says(400),
        // `partial_success { rejected_data_points: 3 }`
        1 => Reply::Says(200, vec![], vec![0x0a, 2, 8, 3]),
        _ => Reply::says(200),
    };
    let backend = Backend::start(CHOOSY).await;
    let receiver = in_memory(forwards(&backend.endpoint())).await;
    for day in 0..3 {
        take(&receiver, &later(1, day)).await;
    }
    until_forwarded(&receiver, 2).await;
    assert_eq!(backend.came().len(), 3);
    assert!((figure(&receiver, &parts("refused")).await - 1.0).abs() < 0.1);
    let rejected = "headcount_receiver_forward_points_rejected_total ";
    assert!((figure(&receiver, rejected).await - 3.0).abs() < 0.1);
}

#[tokio::test]
async fn a_backend_that_says_nothing_does_not_slow_receiving_and_the_oldest_goes() {
    const SILENT: Script = |_| Reply::Nothing;
    let backend = Backend::start(SILENT).await;
    let mut settings = forwards(&backend.endpoint());
    settings.forward.queue_bytes = bytesize::ByteSize::b(2_000);
    let receiver = in_memory(settings).await;
    for day in 0..30 {
        take(&receiver, &later(1, day)).await;
    }
    assert_eq!(receiver.documents().await.len(), 30, "all are kept");
    let displaced = figure(&receiver, &parts("displaced")).await;
    let waiting = figure(&receiver, "headcount_receiver_forward_waiting ").await;
    assert!(displaced > 0.0 && waiting > 0.0, "{displaced} {waiting}");
    assert!((displaced + waiting - 30.0).abs() < 0.1, "{displaced} {waiting}");
    assert!(figure(&receiver, "headcount_receiver_forward_waiting_size_bytes ").await <= 2_000.0);
    // Nor does it hold up a stop.
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_erased_while_it_waits_is_never_sent() {
    let address = Backend::gone().await;
    let receiver = in_memory(forwards(&format!("http://{address}"))).await;
    take(&receiver, &later(1, 0)).await;
    take(&receiver, &later(2, 0)).await;
    let mut erasure = manyfold(&id(1));
    erasure = Report { contract: "openfn", version: "2", ..erasure };
    erasure.resource = vec![("headcount.report.reason", "erase".to_owned())];
    erasure.time = NOON + DAY;
    take(&receiver, &erasure).await;
    until(|| receiver.store.outbox().parts == 1).await;
    let expected = stored(&receiver).await;
    let backend = Backend::at(address, OK).await;
    backend.after(1).await;
    until(|| receiver.store.outbox().parts == 0).await;
    assert_eq!(backend.bodies(), [expected], "the other one's report, and no word of the erasure");
}

#[tokio::test]
async fn it_speaks_tls_with_those_whom_the_authorities_know() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let other = Authority::new();
    let tls = authority.issue(folder.path());
    let second = start_with(Settings { tls, ..settings() }, Arc::new(Memory::new())).await;
    let mut settings = forwards(&format!("https://localhost:{}", second.address.port()));
    settings.forward.authorities = Some(other.write(folder.path()));
    let stranger = in_memory(settings.clone()).await;
    take(&stranger, &later(1, 0)).await;
    stranger.until_told("headcount_receiver_forward_failing 1").await;
    assert_eq!(second.documents().await.len(), 0);

    settings.forward.authorities = Some(authority.write(folder.path()));
    let receiver = in_memory(settings).await;
    take(&receiver, &later(1, 0)).await;
    until_forwarded(&receiver, 1).await;
    // Another receiver documents the same.
    assert_eq!(second.documents().await, receiver.documents().await);
}

#[tokio::test]
async fn without_an_endpoint_nothing_waits() {
    let receiver = start().await;
    take(&receiver, &later(1, 0)).await;
    assert_eq!(receiver.store.outbox().parts, 0);

    let folder = tempfile::tempdir().unwrap();
    let address = Backend::gone().await;
    let receiver = on_disk(forwards(&format!("http://{address}")), folder.path()).await;
    take(&receiver, &later(1, 0)).await;
    receiver.stop().await.unwrap();
    let receiver = on_disk(settings(), folder.path()).await;
    until(|| receiver.store.outbox().parts == 0).await;
    let told = receiver.told("/metrics").await;
    assert!(!told.contains("headcount_receiver_forward_parts_total{"), "{told}");
}
