//! What a sender may ask of the receiver, and what it is told beyond that.

use std::sync::Arc;

use bytesize::ByteSize;
use headcount_contract::{Contract, Library};
use headcount_proto::otlp::ExportMetricsServiceRequest;
use headcount_receiver::settings::Admission;
use headcount_receiver::{Clock, Filter, Keys, Memory, Receiver, Settings, Store};
use http::StatusCode;
use jiff::Timestamp;
use prost::Message as _;

use crate::receiver::{Answer, PROTOBUF, Running, running, settings, start_by, start_with};
use crate::reports::{Report, attributes, id, library, manyfold};

const UNAVAILABLE: i32 = 14;
const RESOURCE_EXHAUSTED: i32 = 8;

/// Settings with limits for the loopback, too.
fn limited(admission: Admission) -> Settings {
    let admission = Admission { unlimited: vec![], days: 100_000, ..admission };
    Settings { admission, ..settings() }
}

async fn post(receiver: &Running, body: Vec<u8>) -> Answer {
    receiver.post(&[("content-type", PROTOBUF)], body).await
}

/// One request with a report of each of these instances.
fn batch(numbers: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let resources = numbers.into_iter().flat_map(|it| manyfold(&id(it)).request().resource_metrics);
    ExportMetricsServiceRequest { resource_metrics: resources.collect() }.encode_to_vec()
}

/// What an instance sends to be forgotten.
fn erasure(number: usize) -> Vec<u8> {
    let report = manyfold(&id(number));
    let reason = ("headcount.report.reason", "erase".to_owned());
    let mut request = Report { resource: vec![reason], ..report }.request();
    let name = [("service.name", "manyfold".to_owned())];
    let resource = request.resource_metrics[0].resource.as_mut().unwrap();
    resource.attributes.extend(attributes(&name));
    request.encode_to_vec()
}

/// Refused with 429, or its twin over gRPC; the seconds to wait, which both tell.
fn told_to_wait(answer: &Answer) -> i64 {
    let seconds = answer.retry_info().expect("a time to wait");
    if answer.header("content-type") == "application/grpc" {
        assert_eq!(answer.grpc_status(), RESOURCE_EXHAUSTED, "{answer:?}");
    } else {
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
        assert_eq!(answer.header("retry-after"), seconds.to_string());
    }
    seconds
}

#[tokio::test]
async fn one_request_more_than_a_minute_has_is_put_off_over_every_way_in() {
    let admission = Admission { requests_per_minute: 2, ..Admission::default() };
    let receiver = start_with(limited(admission), Arc::new(Memory::new())).await;
    assert_eq!(post(&receiver, batch([1])).await.partial(), None);
    assert_eq!(post(&receiver, batch([1])).await.partial(), None);
    let http = post(&receiver, batch([2])).await;
    let grpc = receiver.call(None, 0, &batch([2])).await;
    for answer in [http, grpc] {
        let seconds = told_to_wait(&answer);
        assert!((1..=30).contains(&seconds), "{seconds}");
    }
    let counts = receiver.tally.counts();
    assert_eq!((counts.answered, counts.sent), (2, 2));
    assert_eq!(receiver.documents().await.len(), 1);
}

#[tokio::test]
async fn new_instances_of_a_day_are_limited_and_known_ones_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn Store>; 2] =
        [Arc::new(Memory::new()), crate::receiver::sqlite(directory.path())];
    for store in stores {
        let admission = Admission { new_instances_per_day: 3, ..Admission::default() };
        let at: Timestamp = "2024-04-25T23:00:00Z".parse().unwrap();
        let (clock, keys) = (Clock::new(move || at), Keys::fresh().unwrap());
        let bound = Receiver::bind_at(clock, limited(admission), library(), keys, store.clone());
        let receiver = running(bound.await.unwrap(), store);
        assert_eq!(post(&receiver, batch([1, 2, 1])).await.partial(), None);
        // All or nothing: the instance 3 would have had a place.
        assert_eq!(told_to_wait(&post(&receiver, batch([1, 3, 4])).await), 3_600);
        assert_eq!(receiver.documents().await.len(), 2);
        assert_eq!(post(&receiver, batch([1, 2, 3])).await.partial(), None);
        assert_eq!(told_to_wait(&receiver.call(None, 0, &batch([4])).await), 3_600);
        assert_eq!(post(&receiver, batch([1, 2, 3])).await.partial(), None);
        // Whoever is known may always be forgotten. Else the erasure would be remembered as a new instance is.
        assert_eq!(told_to_wait(&post(&receiver, erasure(9)).await), 3_600);
        assert_eq!(post(&receiver, erasure(1)).await.partial(), None);
        let counts = receiver.tally.counts();
        assert_eq!((counts.erasures, counts.sent), (1, 10));
    }
}

#[tokio::test]
async fn a_nearly_full_store_takes_known_instances_and_a_full_one_only_erasures() {
    let store = Arc::new(Memory::new());
    let receiver = start_with(settings(), store.clone()).await;
    assert_eq!(post(&receiver, batch([1, 2])).await.partial(), None);
    receiver.stop().await.unwrap();
    let stored = store.bytes();
    let quota = |bytes| Admission { store_bytes: ByteSize::b(bytes), ..settings().admission };
    let keys = Keys::fresh().unwrap();
    let start = async |bytes| {
        let settings = Settings { admission: quota(bytes), ..settings() };
        let bound = Receiver::bind(settings, library(), keys.clone(), store.clone());
        running(bound.await.unwrap(), store.clone())
    };

    // Under these keys the instances are others, so all of them are new at first.
    let receiver = start(stored * 100).await;
    assert_eq!(post(&receiver, batch([1])).await.partial(), None);
    receiver.stop().await.unwrap();

    let receiver = start(store.bytes() * 100 / 95).await;
    assert_eq!(post(&receiver, batch([1])).await.partial(), None, "known");
    let http = post(&receiver, batch([1, 2])).await;
    assert_eq!((http.status, http.retry_info()), (StatusCode::SERVICE_UNAVAILABLE, Some(3_600)));
    receiver.stop().await.unwrap();

    let receiver = start(store.bytes()).await;
    let grpc = receiver.call(None, 0, &batch([1])).await;
    assert_eq!((grpc.grpc_status(), grpc.retry_info()), (UNAVAILABLE, Some(3_600)));
    assert_eq!(post(&receiver, erasure(1)).await.partial(), None);
    assert_eq!(receiver.tally.counts().erasures, 1);
}

/// A contract that has the receiver add what it knows.
const DERIVING: &str = r#"
contract: shop
version: "1"
brief: A shop.
identity: stable
consent: { default: opt_in }
schedule: { covers: now, daily: random }
report:
  id: { $id: service.instance.id, hash: sha256, encoding: hex }
receiver:
  derives: [received_at, source_address_hash]
"#;

#[tokio::test]
async fn what_is_derived_stands_beside_the_report_where_the_contract_says_so() {
    let mut shops = Library::built_in();
    shops.add(Contract::parse("shop.yaml", DERIVING).unwrap()).unwrap();
    let before = Timestamp::now().as_second();
    let receiver = start_by(Arc::new(shops), settings(), Arc::new(Memory::new())).await;
    let shop = |number| Report {
        contract: "shop",
        version: "1",
        resource: vec![],
        ..manyfold(&id(number))
    };
    for report in [shop(1), shop(2), manyfold(&id(3))] {
        assert_eq!(post(&receiver, report.bytes()).await.partial(), None);
    }
    let rows = receiver.store.page(&Filter::default(), None, 10).await.unwrap();
    let of = |contract: &str| {
        let rows = rows.iter().filter(|row| row.key.contract == contract);
        rows.map(|row| row.derived).collect::<Vec<_>>()
    };
    let shops = of("shop");
    assert_eq!(shops.len(), 2);
    for derived in &shops {
        let came = derived.received_at.unwrap();
        assert!((before..=Timestamp::now().as_second()).contains(&came.as_second()), "{came}");
        assert_eq!(came.subsec_nanosecond(), 0);
    }
    assert!(shops[0].source.is_some(), "{shops:?}");
    assert_eq!(shops[0].source, shops[1].source, "one sender");
    assert_eq!(of("manyfold"), [headcount_receiver::Derived::default()]);
}
