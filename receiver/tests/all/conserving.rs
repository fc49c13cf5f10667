//! accepted + rejected + duplicate = sent, for whatever requests, in whatever order. What is accepted is held against
//! what the store has more of afterwards, and what was sent against what was made.

use std::sync::Arc;

use headcount_proto::otlp::{ExportMetricsServiceRequest, ResourceMetrics};
use headcount_receiver::settings::Admission;
use headcount_receiver::{Clock, Counts, Filter, Keys, Memory, Receiver, Settings, Store};
use http::StatusCode;
use jiff::Timestamp;
use proptest::prelude::*;
use prost::Message as _;

use crate::receiver::{PROTOBUF, Running, running, settings};
use crate::reports::{DAY, NOON, Point, Report, id, library, manyfold, openfn};

/// New instances of a day, so few that some requests are put off.
const NEW: u32 = 4;
const INSTANCES: usize = 6;

/// What one resource of a request says.
#[derive(Clone, Debug)]
enum Says {
    /// A report of OpenFn with so many projects.
    Report { instance: usize, projects: usize },
    /// The number of users, as in the report, so many times.
    Twice { instance: usize, times: usize },
    /// A metric that no contract has.
    Misspelt { instance: usize },
    /// A contract that nobody knows.
    Unknown,
    /// That the instance is to be forgotten.
    Erase { instance: usize },
}

/// A resource, for so many days after 2024-04-25 and some seconds.
type Made = (Says, i64, u64);

fn says() -> impl Strategy<Value = Says> {
    let instance = 0..INSTANCES;
    prop_oneof![
        4 => (instance.clone(), 0..3_usize).prop_map(|(instance, projects)| Says::Report { instance, projects }),
        2 => (instance.clone(), 1..4_usize).prop_map(|(instance, times)| Says::Twice { instance, times }),
        1 => instance.clone().prop_map(|instance| Says::Misspelt { instance }),
        1 => Just(Says::Unknown),
        1 => instance.prop_map(|instance| Says::Erase { instance }),
    ]
}

fn requests() -> impl Strategy<Value = Vec<Vec<Made>>> {
    // Days from -2 to 1 are open.
    let made = (says(), prop_oneof![4 => -2..=1_i64, 1 => -4..=3_i64], 0..3_u64);
    prop::collection::vec(prop::collection::vec(made, 1..4), 1..10)
}

fn report(says: &Says) -> Report {
    let users = |instance: usize, name, times| Report {
        gauges: vec![(name, vec![Point { attributes: vec![], value: 11 }; times])],
        ..openfn(&id(instance), 0)
    };
    match says {
        Says::Report { instance, projects } => openfn(&id(*instance), *projects),
        Says::Twice { instance, times } => users(*instance, "openfn.users", *times),
        Says::Misspelt { instance } => users(*instance, "openfn.user", 1),
        Says::Unknown => Report { contract: "nobodys", ..manyfold(&id(1)) },
        Says::Erase { instance } => {
            let resource = vec![("headcount.report.reason", "erase".to_owned())];
            Report { contract: "openfn", version: "2", resource, ..manyfold(&id(*instance)) }
        }
    }
}

/// The resource, and how many points it has.
fn resource((says, day, seconds): &Made) -> (ResourceMetrics, u64) {
    let time = NOON.strict_add_signed(day * DAY.cast_signed()) + seconds * 1_000_000_000;
    let report = Report { time, ..report(says) };
    let points = report.gauges.iter().map(|(_, points)| points.len() as u64).sum();
    (report.request().resource_metrics.remove(0), points)
}

async fn start() -> Running {
    let admission = Admission {
        requests_per_minute: u32::MAX,
        new_instances_per_day: NEW,
        unlimited: vec![],
        days: 2,
        ..Admission::default()
    };
    let noon: Timestamp = "2024-04-25T12:00:00Z".parse().unwrap();
    let (settings, store) = (Settings { admission, ..settings() }, Arc::new(Memory::new()));
    let (clock, keys) = (Clock::new(move || noon), Keys::fresh().unwrap());
    let receiver = Receiver::bind_at(clock, settings, library(), keys, store.clone()).await;
    running(receiver.unwrap(), store)
}

async fn stored(store: &dyn Store) -> u64 {
    let rows = store.page(&Filter::default(), None, 1_000).await.unwrap();
    rows.iter().map(|row| row.part.as_ref().unwrap().points()).sum()
}

/// Sends a request, and holds what the receiver says of it against what is there.
async fn conserve(receiver: &Running, made: &[Made], still: bool) {
    let before: Counts = receiver.tally.counts();
    let held = stored(&*receiver.store).await;
    let (resource_metrics, points): (Vec<_>, Vec<_>) = made.iter().map(resource).unzip();
    let body = ExportMetricsServiceRequest { resource_metrics }.encode_to_vec();
    let answer = receiver.post(&[("content-type", PROTOBUF)], body).await;
    let after = receiver.tally.counts();
    let holds = stored(&*receiver.store).await;
    let [sent, accepted, rejected, duplicate] = [
        after.sent - before.sent,
        after.accepted - before.accepted,
        after.rejected - before.rejected,
        after.duplicate - before.duplicate,
    ];
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        assert_eq!((sent, accepted, rejected, duplicate), (0, 0, 0, 0), "put off whole");
        assert_eq!((holds, after.erasures), (held, before.erasures), "nothing is half done");
        return;
    }
    assert_eq!(sent, points.iter().sum::<u64>(), "{made:?}");
    assert_eq!(accepted + rejected + duplicate, sent, "{made:?}");
    let told = answer.partial().map_or(0, |(rejected, _)| u64::try_from(rejected).unwrap());
    assert_eq!(told, rejected, "{made:?}");
    assert_eq!(after.reasons.total(), after.rejected, "each has a reason");
    if after.erasures == before.erasures {
        // A newer value of a point takes the place of an older one, and is accepted, too.
        assert!(holds - held <= accepted, "nothing is there that was not accepted: {made:?}");
        assert!(!still || holds - held == accepted, "what is accepted is there: {made:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_counted_twice(requests in requests(), still: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let receiver = start().await;
            for mut made in requests {
                for (_, _, seconds) in made.iter_mut().filter(|_| still) {
                    *seconds = 0;
                }
                conserve(&receiver, &made, still).await;
            }
            let rows = receiver.store.page(&Filter::default(), None, 1_000).await.unwrap();
            let instances: std::collections::BTreeSet<_> = rows.iter().map(|row| row.key.instance).collect();
            assert!(instances.len() <= NEW as usize, "{} new instances", instances.len());
        });
    }
}
