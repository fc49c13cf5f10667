//! What a relay holds is bounded, and what it does not take is told.

use bytesize::ByteSize;
use headcount_contract::Library;
use headcount_proto::otlp::ResourceMetrics;
use headcount_relay::Settings;

use crate::sent::{A, B, PROJECT, gauge, openfn, point, resource};
use crate::world::World;

async fn world(set: impl FnOnce(&mut Settings)) -> World {
    let contract = Library::built_in().find("openfn/2").unwrap().clone();
    let mut settings = Settings { listen: vec![([127, 0, 0, 1], 0).into()], ..Settings::default() };
    set(&mut settings);
    let mut world = World::with(contract, settings, "2026-11-20T10:00:00Z").await;
    world.agree().await;
    world
}

/// Rejected points, and what is said of them.
async fn rejected(world: &World, sent: ResourceMetrics) -> (i64, String) {
    let partial = world.grpc(vec![sent]).await.partial_success.unwrap_or_default();
    (partial.rejected_data_points, partial.error_message)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_instance_too_many_is_refused_until_another_is_gone() {
    let world = world(|settings| settings.held.instances = 2).await;
    let now = world.time.now();
    for id in [Some(A), None, Some(A)] {
        assert_eq!(rejected(&world, openfn(id, 3, now)).await.0, 0);
    }
    let (points, said) = rejected(&world, openfn(Some(B), 5, now)).await;
    assert_eq!(points, 4, "what is no usage figure is left out all the same");
    assert!(said.contains("(held.instances)"), "{said}");
    assert!(!said.contains(B), "{said}");
    let counts = world.counts();
    assert_eq!((counts.sent, counts.rejected, counts.left_out), (20, 4, 4));
    assert_eq!(counts.accepted + counts.rejected + counts.duplicate + counts.left_out, counts.sent);

    // Day by day, so that the clock is believed.
    for day in 21..=30 {
        world.at(&format!("2026-11-{day}T10:00:00Z")).await;
    }
    world.at("2026-12-01T11:00:00Z").await;
    assert_eq!(rejected(&world, openfn(Some(B), 5, world.time.now())).await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_room_known_series_go_on_and_new_ones_are_refused() {
    // SQLite's first pages are more than this.
    let mut settings = None;
    let mut world = {
        let settings = &mut settings;
        world(move |set| *settings = Some(set.clone())).await
    };
    world.json(vec![openfn(Some(A), 3, world.time.now())]).await;
    world.settings = settings.unwrap();
    world.settings.held.bytes = ByteSize::b(1);
    world.restart().await;
    world.time.set("2026-11-20T11:00:00Z");
    let now = world.time.now();
    assert_eq!(rejected(&world, openfn(Some(A), 4, now)).await.0, 0, "it replaces what is held");
    let other = "0f1e2d3c-4b5a-4678-8901-23456789abcd";
    let projects = [PROJECT, other].map(|id| point(6, now, &[("openfn.project.id", id)]));
    let attributes = [("service.name", "openfn"), ("service.instance.id", A)];
    let more = resource(&attributes, vec![gauge("openfn.project.users", projects.to_vec())]);
    let (points, said) = rejected(&world, more).await;
    assert_eq!(points, 1, "{said}");
    assert!(said.contains("(held.bytes)") && !said.contains(other), "{said}");
    assert_eq!(rejected(&world, openfn(Some(B), 4, now)).await.0, 4, "nothing of it is known");
    for time in ["2026-11-20T11:00:30Z", "2026-11-21T01:30:00Z"] {
        world.at(time).await;
    }
    let reports = world.makers.reports().await;
    assert_eq!(reports.len(), 1, "{reports:#?}");
    assert!(reports[0].1.contains(r#""no_of_users": 4"#), "{reports:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_of_an_instance_that_is_gone_is_removed_and_the_relays_own_stays() {
    let world = world(|settings| settings.held.idle_days = 12).await;
    world.json(vec![openfn(Some(A), 3, world.time.now()), openfn(None, 4, world.time.now())]).await;
    let labels = || std::fs::read_dir(world.data().join("instances")).unwrap().count();
    for day in 20..=30 {
        world.at(&format!("2026-11-{day}T11:00:00Z")).await;
        assert_eq!(labels(), 2, "{day}");
    }
    for day in 1..=4 {
        world.at(&format!("2026-12-0{day}T12:00:00Z")).await;
    }
    assert_eq!(labels(), 1);
    assert!(world.data().join("instances/own").exists());
    assert_eq!(world.makers.reports().await.len(), 2, "no report is empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_listens_in_clear_on_the_loopback_only_and_alone() {
    let world = world(|_| {}).await;
    let error = world.builder().bind().await.expect_err("one works on the directory");
    assert!(error.is_held() && error.to_string().contains("another relay (process "), "{error}");
    let mut settings = Settings { listen: vec![([0, 0, 0, 0], 0).into()], ..Settings::default() };
    let builder = || world.builder().settings(settings.clone());
    let error = builder().bind().await.expect_err("it is open to the network");
    assert!(error.is_configuration());
    assert!(error.to_string().contains("(plain_on_the_network)"), "{error}");
    settings.plain_on_the_network = true;
    let data = world.folder.path().join("other");
    let relay = headcount_relay::Relay::builder(world.contract.clone(), data);
    let relay = relay.upstream("http://127.0.0.1:9").environment(|_| None).show_notice(|_| {});
    relay.settings(settings).bind().await.expect("somebody said so");
}
