//! What whoever holds an instance's id has erased.

use std::sync::Arc;

use headcount_proto::instances::{
    EraseRequest, EraseResponse, ShowRequest, ShowResponse, Timestamp,
};
use headcount_receiver::{Clock, Keys, Memory, Receiver, Store};
use prost::Message as _;

use super::asking::{ERASING, as_it_travels, erase, over_grpc, raw, show};
use super::{each, hash, report};
use crate::conformance::all;
use crate::receiver::{PROTOBUF, running, settings, sqlite, start_with};
use crate::reports::{DAY, NOON, Report, id, library, manyfold, openfn};

/// The time by which the receiver goes: after every report, in seconds.
const NOW: i64 = 1_714_500_000;
const MONTH: i64 = 30 * 24 * 60 * 60;

#[tokio::test]
async fn every_report_goes_and_is_not_kept_again() {
    let directory = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn Store>; 2] = [Arc::new(Memory::new()), sqlite(directory.path())];
    for store in stores {
        let clock = Clock::new(|| jiff::Timestamp::from_second(NOW).unwrap());
        let keys = Keys::fresh().unwrap();
        // Told by a clock that goes two years fast.
        let ahead = Report { time: NOON + 700 * DAY, ..openfn(&id(1), 1) };
        let held = ahead.stored(&keys);
        store.put(vec![held.clone()]).await.unwrap();
        let receiver = Receiver::bind_at(clock, settings(), library(), keys, store.clone()).await;
        let receiver = running(receiver.unwrap(), store);
        let days = [0, 1, 2];
        let mine = days.map(|day| Report { time: NOON + day * DAY, ..openfn(&id(1), 1) });
        for told in &mine {
            report(&receiver, told).await;
        }
        report(&receiver, &Report { version: "3", ..mine[0].clone() }).await;
        let others = [openfn(&id(2), 1), manyfold(&id(1))];
        for other in &others {
            report(&receiver, other).await;
        }
        let request = EraseRequest { instance: as_it_travels("openfn", &hash(&id(1))) };
        let erased = erase(&receiver, &request).await;
        let until = Some(Timestamp { seconds: NOW + MONTH, nanos: 0 });
        assert_eq!(erased, EraseResponse { reports: 5, remembered_until: until });
        assert_eq!(all(&*receiver.store).await.len(), others.len());
        for told in &mine {
            assert_eq!(report(&receiver, told).await, "", "what comes late is not kept");
        }
        assert_eq!(receiver.store.put(vec![held]).await.unwrap().receipt, None);
        let request = ShowRequest { instance: request.instance, ..Default::default() };
        let shown = show(&receiver, &request).await;
        assert!(shown.reports.is_empty());
        let [erasure] = &shown.erasures[..] else { panic!("one erasure: {shown:?}") };
        let newest = i64::try_from(ahead.time / 1_000_000_000).unwrap();
        assert_eq!(erasure.cutoff, Some(Timestamp { seconds: newest, nanos: 0 }));
        assert_eq!(erasure.remembered_until, until);
    }
}

#[tokio::test]
async fn an_instance_that_never_reported_is_remembered_all_the_same() {
    each(async |receiver| {
        let request = EraseRequest { instance: raw("manyfold", &id(1)) };
        let erased = erase_once(&receiver, &request).await;
        assert_eq!(erased.reports, 0);
        assert!(erased.remembered_until.is_some());
        assert_eq!(report(&receiver, &manyfold(&id(1))).await, "", "a Collector held it back");
        assert_eq!(report(&receiver, &manyfold(&id(2))).await.len(), 64);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_remembered_for_a_contract_that_is_unknown() {
    each(async |receiver| {
        let request = EraseRequest { instance: raw("nobody", &id(1)) };
        assert_eq!(erase_once(&receiver, &request).await, EraseResponse::default());
        let instance = raw("nobody", &id(1));
        let shown = show(&receiver, &ShowRequest { instance, ..Default::default() }).await;
        assert_eq!(shown, ShowResponse::default());
    })
    .await;
}

async fn erase_once(receiver: &crate::receiver::Running, request: &EraseRequest) -> EraseResponse {
    let answer = over_grpc(receiver, ERASING, &request.encode_to_vec()).await;
    assert_eq!(answer.grpc_status(), 0, "{answer:?}");
    EraseResponse::decode(answer.body.slice(5..)).unwrap()
}

#[tokio::test]
async fn who_comes_back_under_the_same_id_is_welcome() {
    let clock = Clock::new(|| jiff::Timestamp::from_second(NOW).unwrap());
    let (keys, store) = (Keys::fresh().unwrap(), Arc::new(Memory::new()));
    let receiver = Receiver::bind_at(clock, settings(), library(), keys, store.clone()).await;
    let receiver = running(receiver.unwrap(), store);
    report(&receiver, &openfn(&id(1), 1)).await;
    let request = EraseRequest { instance: raw("openfn", &id(1)) };
    assert_eq!(erase_once(&receiver, &request).await.reports, 1);
    let now = u64::try_from(NOW).unwrap() * 1_000_000_000;
    let told = |time| Report { time, ..openfn(&id(1), 1) };
    assert_eq!(report(&receiver, &told(now)).await, "", "from before the erasure");
    assert_eq!(report(&receiver, &told(now + 1)).await.len(), 64);
}

#[tokio::test]
async fn a_sender_erases_no_more_instances_that_nobody_knows_than_it_may_add() {
    let mut settings = settings();
    settings.admission.unlimited.clear();
    settings.admission.new_instances_per_day = 2;
    let receiver = start_with(settings, Arc::new(Memory::new())).await;
    report(&receiver, &manyfold(&id(1))).await;
    let ask = async |number| {
        let request = EraseRequest { instance: raw("manyfold", &id(number)) };
        over_grpc(&receiver, ERASING, &request.encode_to_vec()).await
    };
    assert_eq!(ask(2).await.grpc_status(), 0);
    let refused = ask(3).await;
    assert_eq!((refused.grpc_status(), refused.retry_info().is_some()), (8, true));
    let mut over_otlp = manyfold(&id(4));
    over_otlp.resource = vec![("headcount.report.reason", "erase".to_owned())];
    let answer = receiver.post(&[("content-type", PROTOBUF)], over_otlp.bytes()).await;
    assert_eq!(answer.status.as_u16(), 429);
    assert_eq!(ask(1).await.grpc_status(), 0, "what is held may always be erased");
    assert_eq!(all(&*receiver.store).await, []);
}
