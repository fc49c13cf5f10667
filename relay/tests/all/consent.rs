//! What an operator decides holds for everything behind the relay.

use std::fs;

use headcount_contract::Reason;

use crate::sent::{A, B, manyfold, openfn};
use crate::world::{PATIENCE, World};

/// The files of a decision, of the notice and of the lock.
fn is_of_a_decision(file: &str) -> bool {
    ["state.json", "lock", "lock.sending", "relay.lock"].contains(&file)
        || file.starts_with("contracts/")
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anybody_agreed_nothing_is_kept_and_a_preview_shows_what_came() {
    let world = World::new("manyfold/0.90", "2026-11-20T10:00:00Z").await;
    let mut sent = manyfold(A, world.time.now());
    sent.scope_metrics[0].metrics.push(crate::sent::gauge("my.own.metric", vec![]));
    let answer = world.json(vec![sent]).await;
    assert_eq!(answer, serde_json::json!({}), "nobody's SDK repeats it");
    world.at("2026-11-20T23:00:00Z").await;
    let now = world.time.now().into();
    let preview = world.ask(move |operator| operator.preview_of(Reason::Daily, now)).await.unwrap();
    assert!(preview.to_string().contains("v0.90.1"), "{preview}");
    world.at("2026-11-22T00:00:00Z").await;
    assert_eq!(world.makers.reports().await, []);
    let files = world.files();
    assert!(files.iter().all(|file| is_of_a_decision(file)), "{files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_the_agreement_is_kept_from_then_on() {
    let mut world = World::new("manyfold/0.90", "2026-11-20T10:00:00Z").await;
    world.json(vec![manyfold(A, world.time.now())]).await;
    assert!(!world.data().join("held.sqlite").exists());
    world.agree().await;
    assert!(world.data().join("held.sqlite").exists());
    // It waits until the instance has told all that it tells; then the day's time comes.
    world.restart().await;
    world.at("2026-11-21T09:59:00Z").await;
    let reports = world.makers.reports().await;
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].1.contains(A), "{reports:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_forgets_what_is_held_and_each_instance_withdraws() {
    let mut world = World::agreed("manyfold/0.90", "2026-11-20T10:00:00Z").await;
    let now = world.time.now();
    world.json(vec![manyfold(A, now), manyfold(B, now)]).await;
    world.at("2026-11-21T09:59:00Z").await;
    assert_eq!(world.makers.reports().await.len(), 2, "both reported");
    world.json(vec![manyfold(A, world.time.now())]).await;
    let key = fs::read(world.data().join("key")).unwrap();
    world.decline().await;
    assert_eq!(world.makers.reports().await, [], "the contract asks to have them erased");
    let files = world.files();
    let held = |file: &String| file.starts_with("held.sqlite") || file == "key";
    assert!(!files.iter().any(held), "{files:?}");
    let noted = files.iter().any(|file| file.ends_with("relay.json"));
    assert!(!noted, "nobody knows the ids any more: {files:?}");
    // Whoever goes on telling is told that all is well, and nothing of it is kept.
    world.json(vec![manyfold(A, world.time.now())]).await;
    world.at("2026-11-23T09:59:00Z").await;
    assert_eq!(world.makers.reports().await, []);
    assert!(!world.data().join("held.sqlite").exists());
    world.agree().await;
    assert_ne!(fs::read(world.data().join("key")).unwrap(), key, "nothing leads back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_while_the_relay_is_off_holds_before_it_listens_again() {
    let mut world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    world.json(vec![openfn(Some(A), 3, world.time.now())]).await;
    let key = fs::read(world.data().join("key")).unwrap();
    world.stop().await;
    assert!(world.data().join("held.sqlite").exists());
    world.operator().decline().unwrap();
    world.start().await;
    assert!(!world.data().join("held.sqlite").exists());
    world.at("2026-11-21T01:30:00Z").await;
    assert_eq!(world.makers.reports().await, []);
    // This contract keeps ids, for whoever comes back: those that are hashed under the key stay the same.
    assert_eq!(fs::read(world.data().join("key")).unwrap(), key);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_waits_for_nothing_after_a_restart() {
    let mut world = World::agreed("manyfold/0.90", "2026-11-20T10:00:00Z").await;
    world.json(vec![manyfold(A, world.time.now())]).await;
    world.at("2026-11-21T09:59:00Z").await;
    assert_eq!(world.makers.reports().await.len(), 1);
    world.stop().await;
    world.operator().decline().unwrap();
    world.start().await;
    world.round().await;
    assert_eq!(world.makers.reports().await, [], "the contract asks to have it erased");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_an_instance_has_its_directory_nobody_is_shown_it_under_another_id() {
    let world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    world.json(vec![openfn(Some(A), 3, world.time.now())]).await;
    let operator = world.operator().patience(PATIENCE);
    let now = world.time.now().into();
    let asking = tokio::task::spawn_blocking(move || operator.preview_of(Reason::Daily, now));
    // The question is there before the relay has looked once.
    let asked =
        || fs::read_dir(world.data().join("requests")).is_ok_and(|mut all| all.next().is_some());
    while !asked() && !asking.is_finished() {
        tokio::task::yield_now().await;
    }
    while !asking.is_finished() {
        world.round().await;
    }
    let shown = asking.await.unwrap().map(|preview| preview.to_string());
    let error = shown.expect_err("it is not that instance which is asked").to_string();
    assert!(error.contains("nothing came"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_cannot_be_read_forgets_nothing_and_sends_nothing() {
    let world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    world.json(vec![openfn(Some(A), 3, world.time.now())]).await;
    let state = world.data().join("state.json");
    let decided = fs::read(&state).unwrap();
    fs::write(&state, "{").unwrap();
    world.at("2026-11-21T01:30:00Z").await;
    assert_eq!(world.makers.reports().await, []);
    fs::write(&state, decided).unwrap();
    world.at("2026-11-21T09:30:00Z").await;
    world.at("2026-11-21T09:30:30Z").await;
    assert_eq!(world.makers.reports().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_names_what_is_left_out_and_tells_none_of_its_values() {
    let world = World::agreed("openfn/2", "2026-11-20T10:00:00Z").await;
    world.grpc(vec![openfn(Some(A), 3, world.time.now())]).await;
    world.round().await;
    let label = fs::read_dir(world.data().join("instances")).unwrap().next().unwrap().unwrap();
    let data = label.path();
    let contract = world.contract.clone();
    let now = world.time.now();
    let preview = world
        .ask(move |_| {
            let operator = crate::world::operator(&contract, &data);
            let operator = operator.patience(PATIENCE);
            operator.preview_of(Reason::Daily, now.into())
        })
        .await
        .unwrap();
    assert!(preview.to_string().contains(r#""no_of_users": 3"#), "{preview}");
    let withheld = preview.withheld().join("\n");
    assert!(withheld.contains("http.server.duration.of.the.operator"), "{withheld}");
    assert!(!withheld.contains('9'), "{withheld}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_that_is_announced_tells_what_the_instance_was_and_no_figure() {
    let mut world = World::agreed("openwisp/1", "2026-11-20T10:00:00Z").await;
    let now = world.time.now();
    let module = |name: &str, version: &str| {
        let at = [("openwisp.module.name", name), ("openwisp.module.version", version)];
        crate::sent::point(1, now, &at)
    };
    let modules = vec![module("openwisp-users", "1.0.3"), module("openwisp-controller", "1.1.0a")];
    let attributes = [
        ("service.name", "openwisp"),
        ("service.version", "22.05"),
        ("os.description", "Ubuntu 20.04.1 LTS"),
        ("os.version", "5.13.0-52-generic"),
        ("host.arch", "amd64"),
        ("openwisp.installation.method", "docker-openwisp"),
    ];
    let gauges = vec![crate::sent::gauge("openwisp.module", modules)];
    world.json(vec![crate::sent::resource(&attributes, gauges)]).await;
    world.at("2026-11-20T10:01:00Z").await;
    let installed = world.makers.reports().await;
    assert_eq!(installed.len(), 1, "{installed:#?}");
    assert!(installed[0].1.contains("openwisp-users"), "{installed:#?}");
    world.decline().await;
    let reports = world.makers.reports().await;
    let withdrawn: Vec<_> =
        reports.iter().filter(|(_, report)| report.contains("Consent Withdrawn")).collect();
    assert_eq!(withdrawn.len(), 1, "{reports:#?}");
    assert!(!withdrawn[0].1.contains("openwisp-users"), "{withdrawn:#?}");
    assert!(!world.data().join("held.sqlite").exists());
}
