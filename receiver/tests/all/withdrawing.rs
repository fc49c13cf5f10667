//! What an instance asks for when its operator withdraws, over the wire.

use std::sync::Arc;
use std::time::{Duration, Instant};

use headcount_contract::{Header, InstanceId, Reason, Secret, erasure};
use headcount_receiver::{Keys, Memory, Store};
use jiff::{SignedDuration, Timestamp};

use crate::conformance::all;
use crate::erasing::{erase, today};
use crate::receiver::{JSON, PROTOBUF, Running, settings, sqlite, start, start_as, start_with};
use crate::reports::{NOON, Point, Report, id, library, manyfold, openfn, openfn_points};

/// Accepted, rejected and duplicate points so far.
fn counts(receiver: &Running) -> [u64; 3] {
    let counts = receiver.tally.counts();
    assert_eq!(counts.accepted + counts.rejected + counts.duplicate, counts.sent);
    [counts.accepted, counts.rejected, counts.duplicate]
}

async fn post(receiver: &Running, otlp: Vec<u8>) {
    assert_eq!(receiver.post(&[("content-type", PROTOBUF)], otlp).await.partial(), None);
}

/// What the exporter sends for the instance with [`id`] 1.
fn asked(time_unix_nano: u64) -> Vec<u8> {
    let header = Header {
        report_id: Header::report_id_at(time_unix_nano, 0, [9; 8]),
        date: "2024-04-25".parse().unwrap(),
        time_unix_nano,
        reason: Reason::Erase,
        dropped: 0,
    };
    let (library, secret) = (library(), Secret::new([1; 32]));
    let contract = library.find("openfn/2").unwrap();
    erasure(contract, InstanceId::Raw(&id(1), &secret), &header).unwrap().otlp()
}

#[tokio::test]
async fn an_erasure_is_taken_over_every_protocol_and_accounted_for() {
    let directory = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn Store>; 2] = [Arc::new(Memory::new()), sqlite(directory.path())];
    for store in stores {
        let receiver = start_with(settings(), store).await;
        let other = openfn(&id(2), 1);
        post(&receiver, other.bytes()).await;
        let others = receiver.documents().await;
        let report = openfn(&id(1), 1);
        let points = openfn_points(1);
        let mut expected = [points, 0, 0];
        let mut repeated = 0;
        for protocol in 0..3 {
            let report = Report { time: NOON + 10 * protocol, ..report.clone() };
            post(&receiver, report.bytes()).await;
            expected[0] += points;
            assert_eq!(receiver.documents().await.len(), 2);
            let otlp = asked(NOON + 10 * protocol + 1);
            for _ in 0..2 {
                let answer = match protocol {
                    0 => receiver.post(&[("content-type", PROTOBUF)], otlp.clone()).await,
                    1 => {
                        let json = headcount_proto::to_json(&otlp).unwrap();
                        receiver.post(&[("content-type", JSON)], json).await
                    }
                    _ => receiver.call(None, 0, &otlp).await,
                };
                assert_eq!(answer.partial(), None);
            }
            expected[0] += 1;
            repeated += 1;
            assert_eq!(receiver.documents().await, others, "{:?}", receiver.store);
            // A Collector held it back.
            post(&receiver, report.bytes()).await;
            repeated += points;
            expected[2] = repeated;
            assert_eq!(receiver.documents().await, others, "{:?}", receiver.store);
            assert_eq!(counts(&receiver), expected, "{:?}", receiver.store);
        }
        post(&receiver, Report { time: NOON + 100, ..report }.bytes()).await;
        assert_eq!(receiver.documents().await.len(), 2, "the operator came back");
        receiver.stop().await.unwrap();
    }
}

#[tokio::test]
async fn an_erasure_and_what_it_erases_may_come_in_one_request() {
    let receiver = start().await;
    let mut batch = openfn(&id(1), 1).request();
    let mut ask = openfn(&id(1), 0);
    ask.resource.push(("headcount.report.reason", "erase".to_owned()));
    ask.gauges = manyfold(&id(1)).gauges;
    ask.gauges.push(("openfn.users", vec![Point { attributes: vec![], value: 3 }]));
    batch.resource_metrics.extend(ask.request().resource_metrics);
    let otlp = prost::Message::encode_to_vec(&batch);
    let answer = receiver.post(&[("content-type", PROTOBUF)], otlp).await;
    let (rejected, why) = answer.partial().unwrap();
    assert_eq!(rejected, 1);
    assert!(why.contains("for reason `erase`"), "{why}");
    assert_eq!(counts(&receiver), [1, 1, openfn_points(1)]);
    assert_eq!(receiver.documents().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_announcement_without_an_id_is_kept() {
    let receiver = start().await;
    let mut goodbye = manyfold("");
    goodbye.contract = "openwisp";
    goodbye.version = "1";
    goodbye.resource = vec![
        ("headcount.report.reason", "opt_out".to_owned()),
        ("headcount.report.id", "one-of-its-own".to_owned()),
    ];
    post(&receiver, goodbye.bytes()).await;
    post(&receiver, goodbye.bytes()).await;
    let expected = r#"{"idsite":5,"events":[{"category":"Consent Withdrawn","action":"Action","name":"Opt-out","value":1,"times":1,"period_start":1714046400,"period_end":1714046400}]}"#;
    assert_eq!(receiver.documents().await, [expected]);
}

#[tokio::test]
async fn a_receiver_that_starts_forgets_what_is_long_ago() {
    let keys = Keys::fresh().unwrap();
    let store = Arc::new(Memory::new());
    let report = openfn(&id(1), 1);
    let stored = report.stored(&keys);
    // Years ago: the receiver has the clock of the system.
    store.erase(vec![erase(&stored, "", 1)], today()).await.unwrap();
    // A store that was swept a day ago believes the clock that has gone on since.
    let yesterday = Timestamp::now() - SignedDuration::from_hours(25);
    assert!(store.sweep(yesterday, Vec::new()).await.unwrap().doubted);
    assert_eq!(store.put(vec![stored.clone()]).await.unwrap().merged[0].added, 0);
    let receiver = start_as(keys, library(), settings(), store.clone()).await;
    let deadline = Instant::now() + Duration::from_mins(1);
    while all(&*store).await.is_empty() {
        assert!(Instant::now() < deadline, "it sweeps at once");
        post(&receiver, report.bytes()).await;
    }
    assert_eq!(all(&*store).await, [stored]);
}
