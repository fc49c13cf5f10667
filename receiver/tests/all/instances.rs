//! What whoever holds an instance's id is told, over every protocol and from every store.

pub mod asking;
mod erased;
mod refused;

use std::sync::Arc;

use headcount_contract::{Contract, Library};
use headcount_proto::instances::{EraseRequest, HeldReport, ShowRequest, ShowResponse, Timestamp};
use headcount_receiver::{Derived, Keys, Memory, Store, Stored, StoredKey};

use crate::conformance::all;
use crate::receipts::example;
use crate::receiver::{PROTOBUF, Running, settings, sqlite, start_as, start_by, start_with};
use crate::reports::{DAY, NOON, Point, Report, id, library, manyfold, openfn};
use asking::{ERASING, SHOWING, as_it_travels, erase, raw, show, three_ways};

/// A receiver with each store in turn.
pub async fn each(check: impl AsyncFn(Running)) {
    let directory = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn Store>; 2] = [Arc::new(Memory::new()), sqlite(directory.path())];
    for store in stores {
        check(start_with(settings(), store).await).await;
    }
}

/// Sends a report, and gives the receipt for it.
pub async fn report(receiver: &Running, report: &Report) -> String {
    let answer = receiver.post(&[("content-type", PROTOBUF)], report.bytes()).await;
    assert_eq!(answer.partial(), None);
    answer.header("headcount-receipt").to_owned()
}

/// The hash under which an instance of OpenFn travels.
pub fn hash(id: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(id);
    hash.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"))
}

/// The report as the contract documents it, and what it lacks.
fn draft(stored: &Stored) -> (String, String) {
    let library = library();
    let contract = library.get(&stored.key.contract, &stored.key.version).unwrap();
    let (document, incomplete) = contract.draft(&stored.part);
    (document.to_string(), incomplete.map(|lacks| lacks.to_string()).unwrap_or_default())
}

#[tokio::test]
async fn it_sees_its_reports_as_they_are_stored_and_nobody_elses() {
    each(async |receiver| {
        let mine = Report { time: NOON + DAY, ..openfn(&id(1), 2) };
        let receipts = [
            report(&receiver, &openfn(&id(1), 1)).await,
            report(&receiver, &mine).await,
            report(&receiver, &Report { version: "3", ..openfn(&id(1), 0) }).await,
        ];
        for other in [openfn(&id(2), 1), manyfold(&id(1))] {
            report(&receiver, &other).await;
        }
        let stored = all(&*receiver.store).await;
        let documents: Vec<_> = stored.iter().map(draft).collect();
        for whose in [raw("openfn", &id(1)), as_it_travels("openfn", &hash(&id(1)))] {
            let shown =
                show(&receiver, &ShowRequest { instance: whose, ..Default::default() }).await;
            assert_eq!(shown.next_page_token, "");
            assert!(shown.erasures.is_empty());
            let told: Vec<_> = shown.reports.iter().map(|held| held.receipt.clone()).collect();
            assert_eq!(told, receipts);
            let days: Vec<_> =
                shown.reports.iter().map(|held| (&*held.version, &*held.date)).collect();
            assert_eq!(days, [("2", "2024-04-25"), ("2", "2024-04-26"), ("3", "2024-04-25")]);
            for held in &shown.reports {
                let document = (held.report.clone(), held.lacks.clone());
                assert!(documents.contains(&document), "{document:?} is not stored");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_report_of_every_contract_with_ids_is_shown() {
    each(async |receiver| {
        let mut tried = Vec::new();
        for contract in library().iter() {
            let example = example(contract);
            let Some(id) = example.instance() else { continue };
            receiver.post(&[("content-type", PROTOBUF)], example.otlp()).await;
            let instance = as_it_travels(contract.name(), id);
            let shown = show(&receiver, &ShowRequest { instance, ..Default::default() }).await;
            let held = shown.reports.iter().find(|held| held.version == contract.version());
            let held = held.unwrap_or_else(|| panic!("{} is not held", contract.label()));
            assert_eq!(held.report, contract.example().to_string(), "{}", contract.label());
            assert_eq!(held.receipt, example.receipt().to_string(), "{}", contract.label());
            tried.push(contract.name().to_owned());
        }
        tried.dedup();
        assert_eq!(tried, ["openfn", "flowforge", "flowfuse", "manyfold"]);
    })
    .await;
}

#[tokio::test]
async fn an_id_that_travels_in_clear_is_found_in_either_form() {
    each(async |receiver| {
        let mut told = manyfold(&id(1));
        told.resource.push(("headcount.report.id", "a-report".to_owned()));
        told.resource.push(("headcount.report.reason", "daily".to_owned()));
        let receipt = report(&receiver, &told).await;
        let expected = HeldReport {
            version: "0.90".to_owned(),
            date: "2024-04-25".to_owned(),
            receipt,
            report: receiver.documents().await.remove(0),
            report_id: "a-report".to_owned(),
            reason: "daily".to_owned(),
            ..HeldReport::default()
        };
        for whose in [raw("manyfold", &id(1)), as_it_travels("manyfold", &id(1))] {
            let shown =
                show(&receiver, &ShowRequest { instance: whose, ..Default::default() }).await;
            assert_eq!(shown.reports, std::slice::from_ref(&expected));
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_holds_no_id_learns_nothing() {
    each(async |receiver| {
        report(&receiver, &manyfold(&id(1))).await;
        let strangers = [
            raw("manyfold", &id(2)),
            raw("openfn", &id(1)),
            as_it_travels("openfn", &hash(&id(1))),
            as_it_travels("nobody", "anything"),
            raw("nobody", &id(1)),
        ];
        for instance in strangers {
            let request = ShowRequest { instance, ..ShowRequest::default() };
            assert_eq!(show(&receiver, &request).await, ShowResponse::default());
        }
    })
    .await;
}

#[tokio::test]
async fn pages_join_to_the_whole() {
    each(async |receiver| {
        let mut receipts = Vec::new();
        for version in ["2", "3"] {
            for day in 0..5 {
                let told = Report { version, time: NOON + day * DAY, ..openfn(&id(1), 1) };
                receipts.push(report(&receiver, &told).await);
            }
        }
        for page_size in [1, 3, 5, 10, 2000] {
            let instance = raw("openfn", &id(1));
            let mut request = ShowRequest { instance, page_size, ..ShowRequest::default() };
            let mut told = Vec::new();
            loop {
                let page = show(&receiver, &request).await;
                assert!(page.reports.len() <= usize::try_from(page_size).unwrap());
                told.extend(page.reports.into_iter().map(|held| held.receipt));
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            assert_eq!(told, receipts, "by {page_size}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_is_a_mebibyte_and_one_report_and_receipts_alone_are_short() {
    each(async |receiver| {
        let mut receipts = Vec::new();
        for day in 0..6 {
            let told = Report { time: NOON + day * DAY, ..openfn(&id(1), 2000) };
            receipts.push(report(&receiver, &told).await);
        }
        let instance = raw("openfn", &id(1));
        let mut request = ShowRequest { instance, ..ShowRequest::default() };
        let first = show(&receiver, &request).await;
        let sizes: Vec<_> = first.reports.iter().map(|held| held.report.len()).collect();
        let mebibyte = 1024 * 1024;
        assert!(sizes.iter().all(|size| (mebibyte / 4..mebibyte).contains(size)), "{sizes:?}");
        assert!(sizes[1..].iter().sum::<usize>() < mebibyte, "{sizes:?}");
        assert!(sizes.iter().sum::<usize>() >= mebibyte, "{sizes:?}");
        assert_ne!(first.next_page_token, "");
        request.receipts_only = true;
        let short = show(&receiver, &request).await;
        let told: Vec<_> = short.reports.iter().map(|held| held.receipt.clone()).collect();
        assert_eq!((told, short.next_page_token), (receipts, String::new()));
        assert!(short.reports.iter().all(|held| held.report.is_empty() && held.lacks.is_empty()));
    })
    .await;
}

#[tokio::test]
async fn what_the_receiver_added_is_shown_too() {
    let keys = Keys::fresh().unwrap();
    let store = Arc::new(Memory::new());
    let received_at = jiff::Timestamp::from_second(1_714_050_000).unwrap();
    let derived = Derived { received_at: Some(received_at), source: Some([0xa5; 32]) };
    let stored = Stored { derived, ..manyfold(&id(1)).stored(&keys) };
    store.put(vec![stored]).await.unwrap();
    let receiver = start_as(keys, library(), settings(), store).await;
    let instance = raw("manyfold", &id(1));
    let mut request = ShowRequest { instance, ..ShowRequest::default() };
    for receipts_only in [false, true] {
        request.receipts_only = receipts_only;
        let held = show(&receiver, &request).await.reports.remove(0);
        assert_eq!(held.received_at, Some(Timestamp { seconds: 1_714_050_000, nanos: 0 }));
        assert_eq!(held.source_address_hash, "a5".repeat(32));
    }
}

#[tokio::test]
async fn a_damaged_report_is_told_and_erased() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = start_with(settings(), sqlite(directory.path())).await;
    for day in [0, 1] {
        report(&receiver, &Report { time: NOON + day * DAY, ..openfn(&id(1), 1) }).await;
    }
    let raw_connection = rusqlite::Connection::open(directory.path().join("reports.db")).unwrap();
    let first = "(SELECT min(date) FROM report)";
    let damage = format!("UPDATE report SET part = CAST('no part' AS BLOB) WHERE date = {first}");
    assert_eq!(raw_connection.execute(&damage, []).unwrap(), 1);
    let instance = raw("openfn", &id(1));
    let request = ShowRequest { instance: instance.clone(), ..ShowRequest::default() };
    let shown = show(&receiver, &request).await.reports;
    assert_eq!((&*shown[0].lacks, &*shown[0].receipt), ("the stored report is damaged", ""));
    assert_eq!((&*shown[1].lacks, shown[1].receipt.len()), ("", 64));
    let erased = erase(&receiver, &EraseRequest { instance }).await;
    assert_eq!(erased.reports, 2);
    assert!(show(&receiver, &request).await.reports.is_empty());
}

#[tokio::test]
async fn a_sender_asks_no_more_often_than_it_may_report() {
    let mut settings = settings();
    settings.admission.unlimited.clear();
    settings.admission.requests_per_minute = 1;
    let receiver = start_with(settings, Arc::new(Memory::new())).await;
    report(&receiver, &manyfold(&id(1))).await;
    let request = ShowRequest { instance: raw("manyfold", &id(1)), ..ShowRequest::default() };
    for call in [SHOWING, ERASING] {
        let [grpc, protobuf, json] = three_ways(&receiver, call, &request).await;
        assert_eq!(grpc.grpc_status(), 8, "{grpc:?}");
        for answer in [&protobuf, &json] {
            assert_eq!(answer.status.as_u16(), 429, "{answer:?}");
        }
        assert!([grpc, protobuf, json].iter().all(|answer| answer.retry_info().is_some()));
    }
}

#[tokio::test]
async fn a_report_that_is_not_whole_says_what_it_lacks() {
    each(async |receiver| {
        report(&receiver, &openfn(&id(1), 1).piece(0..1)).await;
        let instance = raw("openfn", &id(1));
        let shown = show(&receiver, &ShowRequest { instance, ..Default::default() }).await;
        let held = &shown.reports[0];
        assert!(held.report.contains(r#""no_of_active_users":null"#), "{}", held.report);
        assert!(held.lacks.contains("instance.no_of_active_users"), "{}", held.lacks);
        assert_eq!(held.receipt.len(), 64);
    })
    .await;
}

#[tokio::test]
async fn a_report_of_a_contract_that_is_gone_is_shown_without_its_text() {
    let store = Arc::new(Memory::new());
    let stored = openfn(&id(1), 1).stored(&Keys::fresh().unwrap());
    let keys = Keys::fresh().unwrap();
    let instance = keys.instance("openfn", &hash(&id(1)));
    let key = StoredKey { instance, ..stored.key };
    let put = Stored::new(key, stored.part);
    store.put(vec![put]).await.unwrap();
    let receiver = start_as(keys, Arc::new(Library::empty()), settings(), store).await;
    let instance = as_it_travels("openfn", &hash(&id(1)));
    let shown = show(&receiver, &ShowRequest { instance, ..Default::default() }).await;
    assert_eq!(shown.reports.len(), 1);
    assert_eq!(shown.reports[0].receipt.len(), 64);
    assert_eq!(shown.reports[0].lacks, "the receiver has no contract of this version any more");
}

/// Its ids are hashed under a secret: that of the instance, or where a stock SDK sends one, the receiver's.
const SECRETIVE: &str = "contract: secretive\nversion: \"1\"\nbrief: x\nidentity: stable\nconsent: { default: opt_in }\n\
    report:\n  \
    id: { $id: service.instance.id, hash: hmac_sha256, encoding: hex }\n";

#[tokio::test]
async fn an_id_that_the_receiver_hashes_under_its_secret_is_found_as_it_was_sent() {
    let contract = Contract::parse("secretive.yaml", SECRETIVE).expect("a contract");
    let library = Arc::new(Library::only(Arc::new(contract)));
    let receiver = start_by(library, settings(), Arc::new(Memory::new())).await;
    let heartbeat = ("headcount.report", vec![Point { attributes: vec![], value: 1 }]);
    let told = |instance: &str| Report {
        contract: "secretive",
        version: "1",
        resource: vec![],
        gauges: vec![heartbeat.clone()],
        ..manyfold(instance)
    };
    let by_the_instance = "5f".repeat(32);
    let sent = [told("a host"), told(&by_the_instance)];
    let mut receipts = Vec::new();
    for told in &sent {
        receipts.push(report(&receiver, told).await);
    }
    let by_the_receiver = {
        let stored = all(&*receiver.store).await;
        let other = stored.iter().find(|stored| stored.part.receipt().to_string() == receipts[0]);
        let contract = Contract::parse("secretive.yaml", SECRETIVE).expect("a contract");
        let (document, _) = contract.draft(&other.unwrap().part);
        document.get("id").unwrap().to_string().replace('"', "")
    };
    let cases = [
        (raw("secretive", "a host"), Some(0)),
        (as_it_travels("secretive", &by_the_receiver), Some(0)),
        (raw("secretive", &by_the_instance), Some(1)),
        (as_it_travels("secretive", &by_the_instance), Some(1)),
        (raw("secretive", "another host"), None),
    ];
    for (instance, expected) in cases {
        let shown = show(&receiver, &ShowRequest { instance, ..Default::default() }).await;
        let told: Vec<_> = shown.reports.iter().map(|held| held.receipt.clone()).collect();
        let expected: Vec<_> =
            expected.map(|index: usize| receipts[index].clone()).into_iter().collect();
        assert_eq!(told, expected);
    }
}
