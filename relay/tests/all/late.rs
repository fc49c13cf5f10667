//! What comes after the report of its day, or while the relay or the receiver is away.

use jiff::SignedDuration;

use crate::sent::{A, B, openfn};
use crate::world::World;

fn users(reports: &[(String, String)]) -> Vec<(String, i64)> {
    let of = |report: &str| {
        let (_, rest) = report.split_once(r#""no_of_users": "#).unwrap();
        rest.split([',', '\n']).next().unwrap().parse().unwrap()
    };
    reports.iter().map(|(day, report)| (day.clone(), of(report))).collect()
}

fn day(day: &str, users: i64) -> (String, i64) {
    (day.to_owned(), users)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_value_of_the_day_is_told_whichever_came_last() {
    let world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    let early = world.time.now();
    world.time.set("2026-11-20T23:59:59.999Z");
    let late = world.time.now();
    world.json(vec![openfn(Some(A), 9, late)]).await;
    world.round().await;
    world.time.set("2026-11-21T00:00:00Z");
    // Another day, and an older value of the first.
    world.json(vec![openfn(Some(A), 11, world.time.now())]).await;
    world.json(vec![openfn(Some(A), 3, early)]).await;
    world.at("2026-11-21T01:30:00Z").await;
    assert_eq!(users(&world.makers.reports().await), [day("2026-11-20", 9)]);
    world.at("2026-11-22T01:30:00Z").await;
    let expected = [day("2026-11-20", 9), day("2026-11-21", 11)];
    assert_eq!(users(&world.makers.reports().await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_replayed_after_the_report_has_it_made_again() {
    let world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    let noon = world.time.now();
    world.json(vec![openfn(Some(A), 3, noon)]).await;
    world.at("2026-11-20T10:00:30Z").await;
    world.at("2026-11-21T01:30:00Z").await;
    assert_eq!(users(&world.makers.reports().await), [day("2026-11-20", 3)]);
    world.time.set("2026-11-21T02:00:00Z");
    let later = noon.checked_add(SignedDuration::from_hours(3)).unwrap();
    world.json(vec![openfn(Some(A), 7, later)]).await;
    world.at("2026-11-21T02:00:01Z").await;
    assert_eq!(users(&world.makers.reports().await), [day("2026-11-20", 3)], "more may come");
    let evening = later.checked_add(SignedDuration::from_hours(3)).unwrap();
    world.json(vec![openfn(Some(A), 8, evening)]).await;
    world.at("2026-11-21T02:05:01Z").await;
    assert_eq!(users(&world.makers.reports().await), [day("2026-11-20", 8)]);
    // The same once more is nothing new.
    let label = std::fs::read_dir(world.data().join("instances")).unwrap().next().unwrap().unwrap();
    let sent =
        || std::fs::read_to_string(label.path().join("history.jsonl")).unwrap().lines().count();
    let before = sent();
    world.json(vec![openfn(Some(A), 8, evening)]).await;
    world.at("2026-11-21T03:00:00Z").await;
    assert_eq!(sent(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_late_just_before_a_restart_is_reported_after_it() {
    let mut world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    let noon = world.time.now();
    world.json(vec![openfn(Some(A), 3, noon)]).await;
    world.round().await;
    world.at("2026-11-21T01:30:00Z").await;
    world.time.set("2026-11-21T02:00:00Z");
    let later = noon.checked_add(SignedDuration::from_hours(3)).unwrap();
    world.json(vec![openfn(Some(A), 7, later), openfn(Some(B), 5, later)]).await;
    world.restart().await;
    for time in ["2026-11-21T02:00:30Z", "2026-11-21T02:05:30Z", "2026-11-21T09:30:00Z"] {
        world.at(time).await;
    }
    let expected = [day("2026-11-20", 5), day("2026-11-20", 7)];
    let mut reports = users(&world.makers.reports().await);
    reports.sort();
    assert_eq!(reports, expected);
    world.restart().await;
    world.at("2026-11-21T10:30:00Z").await;
    let mut reports = users(&world.makers.reports().await);
    reports.sort();
    assert_eq!(reports, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_restarted_between_the_values_and_the_report_loses_nothing() {
    let mut world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    world.grpc(vec![openfn(Some(A), 3, world.time.now())]).await;
    world.restart().await;
    world.time.set("2026-11-20T12:00:00Z");
    world.grpc(vec![openfn(Some(B), 5, world.time.now())]).await;
    world.stop().await;
    world.time.set("2026-11-21T08:00:00Z");
    world.start().await;
    for time in ["2026-11-21T08:00:31Z", "2026-11-21T09:30:00Z"] {
        world.at(time).await;
    }
    let mut reports = users(&world.makers.reports().await);
    reports.sort();
    assert_eq!(reports, [day("2026-11-20", 3), day("2026-11-20", 5)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_wait_for_days_while_the_receiver_is_down() {
    let mut world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    world.makers.down().await;
    for date in 20..=24_i64 {
        world.time.set(&format!("2026-11-{date}T10:00:00Z"));
        world.json(vec![openfn(Some(A), date, world.time.now())]).await;
        for hour in [11, 17, 23] {
            world.at(&format!("2026-11-{date}T{hour}:00:00Z")).await;
        }
    }
    world.restart().await;
    world.makers.up().await;
    for time in ["2026-11-25T01:30:00Z", "2026-11-25T09:30:00Z", "2026-11-25T17:30:00Z"] {
        world.at(time).await;
    }
    let expected: Vec<_> = (20..=24).map(|date| day(&format!("2026-11-{date}"), date)).collect();
    assert_eq!(users(&world.makers.reports().await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_cannot_be_reported_any_more_are_rejected_with_their_place() {
    let world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    let at = |time: &str| time.parse().unwrap();
    for (time, rejected) in [
        ("2026-11-09T23:59:59Z", 4),
        ("2026-11-10T00:00:00Z", 0),
        ("2026-11-21T23:59:59Z", 0),
        ("2026-11-22T00:00:00Z", 4),
    ] {
        let answer = world.grpc(vec![openfn(Some(A), 1, at(time))]).await;
        let partial = answer.partial_success.unwrap_or_default();
        assert_eq!(partial.rejected_data_points, rejected, "{time}");
        let said = partial.error_message;
        let expected = "expected a day from 2026-11-10 to 2026-11-21, got another, at ";
        assert!(rejected == 0 || said.starts_with(expected), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_asks_for_no_report_twice_and_forgets_nothing() {
    let world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    world.json(vec![openfn(Some(A), 3, world.time.now())]).await;
    world.round().await;
    for time in ["2031-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-11-20T12:00:00Z"] {
        world.at(time).await;
    }
    assert_eq!(world.makers.reports().await, []);
    for time in ["2026-11-21T01:30:00Z", "2026-11-20T23:00:00Z", "2026-11-21T09:30:00Z"] {
        world.at(time).await;
    }
    assert_eq!(users(&world.makers.reports().await), [day("2026-11-20", 3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_with_a_newer_contract_reports_what_the_one_before_it_held() {
    let mut world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    world.json(vec![openfn(Some(A), 3, world.time.now())]).await;
    world.round().await;
    world.stop().await;
    world.time.set("2026-11-21T00:10:00Z");
    world.contract = headcount_contract::Library::built_in().find("openfn/3").unwrap().clone();
    world.start().await;
    world.round().await;
    world.at("2026-11-21T01:30:00Z").await;
    // The newer one tells more than was agreed to, so the one that was agreed to goes on.
    let reports = world.makers.reports().await;
    assert_eq!(users(&reports), [day("2026-11-20", 3)]);
    assert!(reports[0].1.contains(r#""version": "2""#), "{reports:?}");
}
