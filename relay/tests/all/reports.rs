//! What applications tell becomes their documented reports.

use crate::sent::{A, A_HASHED, B, openfn};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn three_instances_report_apart_over_both_protocols() {
    let world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    let now = world.time.now();
    let answer = world.grpc(vec![openfn(Some(A), 3, now)]).await;
    assert_eq!(answer.partial_success, None);
    let answer = world.json(vec![openfn(Some(B), 5, now), openfn(None, 7, now)]).await;
    assert_eq!(answer, serde_json::json!({}), "what no contract lists is left out, and no fault");
    world.at("2026-11-20T23:59:00Z").await;
    assert_eq!(world.makers.reports().await, [], "the day is not over");
    world.at("2026-11-21T01:30:00Z").await;
    let reports = world.makers.reports().await;
    let users = |of: &str| reports.iter().filter(|(_, report)| report.contains(of)).count();
    assert_eq!(reports.len(), 3, "{reports:#?}");
    assert!(reports.iter().all(|(day, _)| day == "2026-11-20"), "{reports:#?}");
    assert_eq!((users(r#""no_of_users": 3"#), users(A_HASHED)), (1, 1), "{reports:#?}");
    assert_eq!((users(r#""no_of_users": 5"#), users(r#""no_of_users": 7"#)), (1, 1));
}
