//! An intake hands on what was sorted, answers what its keeper says, and counts every point.

use std::sync::{Arc, Mutex};

use headcount_contract::{Secret, Sorted, sort_for_relay};
use headcount_receiver::{Answer, Clock, Intake, Keeper, Pending, Refusal, Sorting};
use jiff::civil::Date;

use crate::receiver::{PROTOBUF, Running, settings, taking};
use crate::reports::{INSTANCE, Point, library, manyfold};

/// Keeps the points of parts in a list, or nothing while it is out of order.
#[derive(Debug, Default)]
struct Kept {
    points: Mutex<Vec<u64>>,
    broken: Mutex<bool>,
}

impl Keeper for Kept {
    fn keep(&self, sorted: Sorted) -> Pending<'_, Result<Answer, Refusal>> {
        if *self.broken.lock().unwrap() {
            return Box::pin(std::future::ready(Err(Refusal::Unavailable)));
        }
        let points = sorted.arrived.iter().map(|arrived| arrived.part.points());
        self.points.lock().unwrap().extend(points);
        Box::pin(std::future::ready(Ok(Answer::of(&sorted))))
    }

    fn ready(&self) -> Pending<'_, bool> {
        Box::pin(std::future::ready(!*self.broken.lock().unwrap()))
    }
}

async fn start(kept: &Arc<Kept>) -> Running {
    let secret = Secret::new([3; 32]);
    let any_day = |_: &_| Some(Date::MIN..=Date::MAX);
    let sort = move |library: &_, bytes: &[u8], limits: &_| {
        sort_for_relay(&any_day, library, &secret, bytes, limits)
    };
    let sorting = Sorting { library: library(), sort: Box::new(sort) };
    let intake = Intake::bind(settings(), sorting, kept.clone(), Clock::system()).await;
    taking(intake.unwrap())
}

#[tokio::test]
async fn what_is_sorted_is_handed_on_and_every_point_is_counted() {
    let kept = Arc::new(Kept::default());
    let intake = start(&kept).await;
    let mut report = manyfold(INSTANCE);
    // An instance tells these itself; a relay takes what applications tell.
    report.resource.retain(|(name, _)| !name.starts_with("headcount.report."));
    let other = vec![Point { attributes: Vec::new(), value: 1 }; 3];
    report.gauges.push(("http.server.active_requests", other));
    let answer = intake.call(None, 0, &report.bytes()).await;
    assert_eq!(answer.grpc_status(), 0, "{answer:?}");
    let answer = intake.post(&[("content-type", PROTOBUF)], report.bytes()).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    let points: u64 = kept.points.lock().unwrap().iter().sum();
    let counts = intake.tally.counts();
    assert_eq!((counts.left_out, counts.rejected, counts.accepted), (6, 0, points));
    assert_eq!(counts.sent, points + 6);
    assert!(points > 0);
}

#[tokio::test]
async fn a_keeper_that_can_keep_nothing_has_the_sender_repeat_it() {
    let kept = Arc::new(Kept::default());
    let intake = start(&kept).await;
    *kept.broken.lock().unwrap() = true;
    let answer = intake.post(&[("content-type", PROTOBUF)], manyfold(INSTANCE).bytes()).await;
    assert_eq!(answer.status.as_u16(), 503);
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(intake.send("GET", "/readyz", &[], "").await.status.as_u16(), 503);
    // Nobody asks a relay what it holds.
    let path = "/v1/instances/show";
    assert_eq!(intake.post(&[], "").await.status.as_u16(), 415);
    assert_eq!(intake.send("POST", path, &[], "{}").await.status.as_u16(), 404);
}
