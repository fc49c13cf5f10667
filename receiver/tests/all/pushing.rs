//! The published figures, and nothing else, reach another backend: each frozen day once and in its order, whatever the
//! backend does.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use headcount_proto::otlp::{ExportMetricsServiceRequest, metric};
use headcount_receiver::settings::Push;
use headcount_receiver::{Clock, Headers, Keys, Receiver, Settings, Token};
use jiff::Timestamp;
use prost::Message as _;

use crate::forwarding::backend::{Backend, OK, Reply, Script};
use crate::freezing::asking::{date, day, freeze, ran, settled};
use crate::receiver::{ANYWHERE, PROTOBUF, Running, TOKEN, running, settings, sqlite};

/// Settings that push there, without long waits.
fn pushes(endpoint: &str) -> Settings {
    let push = Push {
        endpoint: Some(endpoint.parse().unwrap()),
        first_wait: Duration::from_millis(10),
        longest_wait: Duration::from_millis(50),
        timeout: Duration::from_secs(20),
        ..Push::default()
    };
    let mut settings = Settings { push, ..settings() };
    settings.operator.listen = Some(ANYWHERE);
    settings
}

/// A receiver that pushes, at that time, with a store in this folder.
async fn start(settings: Settings, folder: &Path, now: Timestamp) -> Running {
    let keys = Keys::load_or_create(&folder.join("reports.db.secret")).unwrap();
    let (clock, store) = (Clock::new(move || now), sqlite(folder));
    let library = crate::reports::library();
    let receiver = Receiver::bind_at(clock, settings, library, keys, store.clone()).await.unwrap();
    let receiver = receiver.pushing(Headers::new("x-scope: figures").unwrap()).unwrap();
    let receiver = receiver.operated_by(Token::new(TOKEN).unwrap()).await.unwrap();
    running(receiver, store)
}

/// A store in the folder in which these days have a report each, and are frozen.
async fn frozen(folder: &Path, days: i64) {
    let keys = Keys::load_or_create(&folder.join("reports.db.secret")).unwrap();
    let store = sqlite(folder);
    settled(&*store, day(0)).await;
    for at in 0..days {
        let report = ran(usize::try_from(at).unwrap(), at.unsigned_abs(), 0);
        store.put(vec![report.stored(&keys)]).await.unwrap();
        settled(&*store, day(at + 2)).await;
        freeze(&*store, day(at + 2)).await;
    }
    let shown = store.snapshot("manyfold", None).await.unwrap();
    assert_eq!(i64::try_from(shown.days.len()).unwrap(), days);
    store.close().await;
}

/// What a request tells: its day, counted from the first, and the number of instances.
fn told(body: &[u8]) -> (i64, f64) {
    let request = ExportMetricsServiceRequest::decode(body).unwrap();
    let scope = &request.resource_metrics[0].scope_metrics[0];
    let instances = scope.metrics.iter().find(|metric| metric.name == "manyfold.instances");
    let Some(metric::Data::Gauge(gauge)) = &instances.unwrap().data else { panic!("{scope:?}") };
    let point = &gauge.data_points[0];
    let begin = i64::try_from(point.start_time_unix_nano / 1_000_000_000).unwrap();
    let days = (begin - day(0).as_second()) / 86_400;
    let value = match point.value.as_ref().unwrap() {
        headcount_proto::otlp::number_data_point::Value::AsDouble(value) => *value,
        other @ headcount_proto::otlp::number_data_point::Value::AsInt(_) => panic!("{other:?}"),
    };
    (days, value)
}

fn all_told(backend: &Backend) -> Vec<(i64, f64)> {
    backend.bodies().iter().map(|body| told(body)).collect()
}

#[tokio::test]
async fn each_frozen_day_is_pushed_once_and_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    frozen(folder.path(), 3).await;
    let backend = Backend::start(OK).await;
    let receiver = start(pushes(&backend.endpoint()), folder.path(), day(4)).await;
    let came = backend.after(3).await;
    assert_eq!(all_told(&backend), [(0, 1.0), (1, 2.0), (2, 3.0)]);
    assert_eq!(came[0].path, "/v1/metrics");
    assert_eq!(came[0].headers["x-scope"], "figures");
    assert_eq!(came[0].headers["content-type"], PROTOBUF);
    receiver.until_told("headcount_receiver_push_days_total{outcome=\"pushed\"} 3").await;
    receiver.stop().await.unwrap();
    assert_eq!(sqlite(folder.path()).pushed("manyfold").await.unwrap(), Some(date(2)));

    // After a restart, on the day on which the next one is frozen, that one follows and no other.
    let receiver = start(pushes(&backend.endpoint()), folder.path(), day(5)).await;
    backend.after(4).await;
    assert_eq!(all_told(&backend)[3..], [(3, 3.0)]);
    receiver.until_told("headcount_receiver_push_days_total{outcome=\"pushed\"} 1").await;
    receiver.stop().await.unwrap();
    assert_eq!(backend.came().len(), 4);
}

#[tokio::test]
async fn nothing_but_published_figures_is_pushed() {
    let folder = tempfile::tempdir().unwrap();
    frozen(folder.path(), 1).await;
    let backend = Backend::start(OK).await;
    let _receiver = start(pushes(&backend.endpoint()), folder.path(), day(2)).await;
    let came = backend.after(1).await;
    let request = ExportMetricsServiceRequest::decode(&*came[0].body).unwrap();
    let library = crate::reports::library();
    let contract = library.newest("manyfold").unwrap();
    let published: BTreeSet<_> = contract.metrics().into_iter().map(|metric| metric.name).collect();
    let scope = &request.resource_metrics[0].scope_metrics[0];
    let names = scope.metrics.iter().map(|metric| metric.name.clone());
    assert!(names.collect::<BTreeSet<_>>().is_subset(&published));
    assert!(!String::from_utf8_lossy(&came[0].body).contains(&crate::reports::id(0)));
}

#[tokio::test]
async fn days_that_were_frozen_while_the_backend_was_away_follow_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    frozen(folder.path(), 3).await;
    let gone = Backend::gone().await;
    let receiver = start(pushes(&format!("http://{gone}")), folder.path(), day(4)).await;
    receiver.until_told("headcount_receiver_push_failing 1").await;
    let backend = Backend::at(gone, OK).await;
    backend.after(3).await;
    assert_eq!(all_told(&backend), [(0, 1.0), (1, 2.0), (2, 3.0)]);
    receiver.until_told("headcount_receiver_push_failing 0").await;
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn a_day_that_was_not_taken_is_sent_again_and_one_that_is_refused_is_not() {
    const SCRIPT: Script = |number| match number {
        0 | 1 => Reply::says(503),
        // `partial_success { rejected_data_points: 2 }`
        3 => Reply::Says(200, Vec::new(), vec![0x0a, 2, 8, 2]),
        2 => Reply::says(400),
        _ => Reply::says(200),
    };
    let folder = tempfile::tempdir().unwrap();
    frozen(folder.path(), 3).await;
    let backend = Backend::start(SCRIPT).await;
    let receiver = start(pushes(&backend.endpoint()), folder.path(), day(4)).await;
    receiver.until_told("headcount_receiver_push_days_total{outcome=\"pushed\"} 2").await;
    receiver.until_told("headcount_receiver_push_days_total{outcome=\"refused\"} 1").await;
    receiver.until_told("headcount_receiver_push_points_rejected_total 2").await;
    let days: Vec<_> = all_told(&backend).into_iter().map(|(day, _)| day).collect();
    assert_eq!(days, [0, 0, 0, 1, 2]);
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn no_more_days_are_pushed_than_the_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    frozen(folder.path(), 5).await;
    let backend = Backend::start(OK).await;
    let mut settings = pushes(&backend.endpoint());
    settings.push.days = 2;
    let receiver = start(settings, folder.path(), day(6)).await;
    receiver.until_told("headcount_receiver_push_days_total{outcome=\"pushed\"} 2").await;
    assert_eq!(all_told(&backend), [(3, 4.0), (4, 5.0)]);
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn without_an_endpoint_nothing_is_pushed_or_told_about() {
    let folder = tempfile::tempdir().unwrap();
    frozen(folder.path(), 1).await;
    let mut settings = settings();
    settings.operator.listen = Some(ANYWHERE);
    let receiver = start(settings, folder.path(), day(2)).await;
    assert!(!receiver.told("/metrics").await.contains("headcount_receiver_push"));
    assert_eq!(receiver.store.pushed("manyfold").await.unwrap(), None);
}
