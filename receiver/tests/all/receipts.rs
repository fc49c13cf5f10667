//! A receipt is that of what is stored: for every contract, over every protocol, from every store.

use std::sync::Arc;

use headcount_contract::{Anonymous, Contract, Header, Part, Reason, Receipt};
use headcount_receiver::{Filter, Memory, Store};

use crate::conformance::list;
use crate::receiver::{Answer, JSON, PROTOBUF, Running, settings, sqlite, start_with};
use crate::reports::{NOON, id, library, manyfold, openfn};

async fn each(check: impl AsyncFn(Running)) {
    let directory = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn Store>; 2] = [Arc::new(Memory::new()), sqlite(directory.path())];
    for store in stores {
        check(start_with(settings(), store).await).await;
    }
}

fn receipt(answer: &Answer) -> Option<Receipt> {
    let value = answer.headers.get("headcount-receipt")?;
    Some(value.to_str().unwrap().parse().unwrap())
}

/// The request over each protocol in turn.
async fn send(receiver: &Running, otlp: &[u8]) -> [Answer; 3] {
    let json = headcount_proto::to_json(otlp).unwrap();
    [
        receiver.post(&[("content-type", PROTOBUF)], otlp.to_vec()).await,
        receiver.post(&[("content-type", JSON)], json).await,
        receiver.call(None, 0, otlp).await,
    ]
}

/// The contract's example, as an instance would send it.
pub fn example(contract: &Arc<Contract>) -> Anonymous {
    let header = Header {
        report_id: Header::report_id_at(NOON, 0, [3; 8]),
        date: "2024-04-25".parse().unwrap(),
        time_unix_nano: NOON,
        reason: Reason::Daily,
        dropped: 2,
    };
    let part = contract.part(&contract.example(), &header).unwrap();
    Anonymous::restore(contract, &contract.otlp(&part)).unwrap()
}

#[tokio::test]
async fn the_instance_and_the_receiver_agree_on_every_contract() {
    each(async |receiver| {
        for contract in library().iter() {
            let example = example(contract);
            for answer in send(&receiver, &example.otlp()).await {
                assert_eq!(answer.partial(), None, "{}", contract.label());
                assert_eq!(receipt(&answer), Some(example.receipt()), "{}", contract.label());
            }
        }
        let stored = list(&*receiver.store, &Filter::default(), 100).await;
        assert_eq!(stored.len(), library().iter().count());
    })
    .await;
}

#[tokio::test]
async fn the_receipt_of_a_piece_is_that_of_what_is_stored_so_far() {
    each(async |receiver| {
        let whole = openfn(&id(1), 2);
        let mut so_far: Option<Part> = None;
        for piece in [0..3, 5..8, 2..6] {
            let piece = whole.piece(piece).bytes();
            for answer in send(&receiver, &piece).await {
                let stored = list(&*receiver.store, &Filter::default(), 2).await.remove(0).part;
                assert_eq!(receipt(&answer), Some(stored.receipt()));
                assert_ne!(so_far.as_ref(), Some(&stored), "it grew");
            }
            so_far = Some(list(&*receiver.store, &Filter::default(), 2).await.remove(0).part);
        }
    })
    .await;
}

#[tokio::test]
async fn pieces_that_come_at_once_get_receipts_of_what_was_committed() {
    each(async |receiver| {
        let whole = openfn(&id(1), 2);
        let receiver = Arc::new(receiver);
        let mut sending = tokio::task::JoinSet::new();
        for piece in 0..8 {
            let (receiver, piece) = (receiver.clone(), whole.piece(piece..piece + 1).bytes());
            sending.spawn(async move { receipt(&receiver.call(None, 0, &piece).await) });
        }
        let receipts = sending.join_all().await;
        let stored = list(&*receiver.store, &Filter::default(), 2).await.remove(0).part;
        assert!(receipts.contains(&Some(stored.receipt())), "whoever came last knows");
    })
    .await;
}

#[tokio::test]
async fn without_one_report_there_is_no_receipt() {
    each(async |receiver| {
        let mut two = openfn(&id(1), 1).request();
        two.resource_metrics.extend(manyfold(&id(2)).request().resource_metrics);
        let mut unknown = manyfold(&id(3));
        unknown.resource.clear();
        let mut erasure = manyfold(&id(4));
        erasure.resource = vec![("headcount.report.reason", "erase".to_owned())];
        let late = manyfold(&id(4));
        let mut both = manyfold(&id(5)).request();
        both.resource_metrics.extend(erasure.request().resource_metrics);
        let requests = [two, unknown.request(), erasure.request(), late.request(), both];
        for request in requests {
            let otlp = prost::Message::encode_to_vec(&request);
            for answer in send(&receiver, &otlp).await {
                assert_eq!(answer.status, 200);
                assert_eq!(receipt(&answer), None);
            }
        }
    })
    .await;
}
