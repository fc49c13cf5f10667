//! Days for which reports are taken, by a clock that the test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use headcount_proto::to_json;
use headcount_receiver::settings::Admission;
use headcount_receiver::{Clock, Importer, Keys, Memory, Receiver, Settings};
use jiff::Timestamp;

use crate::receiver::{Answer, JSON, PROTOBUF, Running, running, settings};
use crate::reports::{DAY, NOON, Report, library, manyfold};

/// A clock that stands where it is put.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn set(&self, moment: &str) {
        let moment: Timestamp = moment.parse().unwrap();
        self.0.store(moment.as_second(), Ordering::Relaxed);
    }

    fn clock(&self) -> Clock {
        let seconds = self.0.clone();
        Clock::new(move || Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap())
    }
}

/// A receiver that takes reports for two days before today.
async fn start(hands: &Hands, contracts: &[&str]) -> Running {
    let contracts = contracts.iter().map(|&label| label.to_owned()).collect();
    let admission = Admission { days: 2, contracts, ..settings().admission };
    let (settings, store) = (Settings { admission, ..settings() }, Arc::new(Memory::new()));
    let keys = Keys::fresh().unwrap();
    let receiver = Receiver::bind_at(hands.clock(), settings, library(), keys, store.clone()).await;
    running(receiver.unwrap(), store)
}

/// A report of one point for so many days after 2024-04-25.
fn report(day: i64) -> Report {
    Report {
        time: NOON.strict_add_signed(day * DAY.cast_signed()),
        ..manyfold(crate::reports::INSTANCE)
    }
}

/// The answers to a report over every way in.
async fn each_way(receiver: &Running, report: &Report) -> [Answer; 3] {
    let bytes = report.bytes();
    let json = to_json(&bytes).unwrap();
    [
        receiver.post(&[("content-type", PROTOBUF)], bytes.clone()).await,
        receiver.post(&[("content-type", JSON)], json).await,
        receiver.call(None, 0, &bytes).await,
    ]
}

#[tokio::test]
async fn days_close_and_open_at_midnight_over_every_way_in() {
    let hands = Hands::default();
    hands.set("2024-04-25T23:59:59Z");
    let receiver = start(&hands, &[]).await;
    let closed = "expected a day from 2024-04-23 to 2024-04-26, got another, at resourceMetrics[0].\
                  scopeMetrics[0].metrics[0].dataPoints[0]";
    for day in [-3, 2] {
        for answer in each_way(&receiver, &report(day)).await {
            assert_eq!(answer.partial(), Some((1, closed.to_owned())), "day {day}");
        }
    }
    for day in [-2, -1, 0, 1] {
        for answer in each_way(&receiver, &report(day)).await {
            assert_eq!(answer.partial(), None, "day {day}");
        }
    }
    hands.set("2024-04-26T00:00:00Z");
    for (day, rejected) in [(-2, 1), (-1, 0), (2, 0), (3, 1)] {
        for answer in each_way(&receiver, &report(day)).await {
            let came = answer.partial().map_or(0, |(rejected, _)| rejected);
            assert_eq!(came, rejected, "day {day}");
        }
    }
    let counts = receiver.tally.counts();
    assert_eq!((counts.sent, counts.rejected), (30, 12));
    assert_eq!(counts.reasons.of("closed_day"), 12);
    assert_eq!(counts.accepted + counts.duplicate, 18);
    assert_eq!(receiver.documents().await.len(), 5);
}

#[tokio::test]
async fn a_contract_that_is_not_taken_is_as_one_that_nobody_knows() {
    let hands = Hands::default();
    hands.set("2024-04-25T12:00:00Z");
    let receiver = start(&hands, &["openfn"]).await;
    for answer in each_way(&receiver, &report(0)).await {
        let (rejected, why) = answer.partial().unwrap();
        assert_eq!(rejected, 1);
        assert!(why.contains(" of a known contract (openfn/1, openfn/2, openfn/3), got"), "{why}");
    }
    assert_eq!(receiver.tally.counts().reasons.of("no_contract"), 3);
}

#[tokio::test]
async fn a_file_may_bring_any_day_that_its_contract_still_keeps() {
    let hands = Hands::default();
    hands.set("2024-04-25T12:00:00Z");
    let (keys, store) = (Keys::fresh().unwrap(), Arc::new(Memory::new()));
    let importer = Importer::new_at(hands.clock(), library(), keys, store).await.unwrap();
    // Manyfold's reports are kept for 7 days.
    for (day, rejected) in [(-7, 0), (-8, 1), (1, 0), (2, 1)] {
        let taken = importer.json(to_json(&report(day).bytes()).unwrap()).await.unwrap();
        assert_eq!(taken.answer.rejected, rejected, "day {day}");
    }
}
