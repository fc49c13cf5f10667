//! What was decided in one place, done in others.

mod always;
mod damage;

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use headcount_contract::{Contract, Level, Reason};

use super::running::{ACME, ID, OTHER, Relay, at, date, report, turn, waiting};
use crate::Exporter;

#[test]
fn while_nobody_agreed_nothing_is_written_for_an_instance() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    relay.keep(date(1), 3);
    relay.keep(date(2), 3);
    let instance = running.first();
    for day in 1..4 {
        running.turn(at(day, "12:00"));
        let turn = turn(&instance, at(day, "12:00"));
        assert!(turn.made == 0 && turn.failed.is_none(), "{turn:?}");
        assert!(!instance.answer());
    }
    assert!(!relay.path("instances").exists());
    assert!(instance.preview().is_ok() || !relay.path("instances").exists());
    let error = instance.instance().send(Reason::Daily, at(3, "12:00")).expect_err("no consent");
    assert!(error.is_consent(), "{error}");
}

#[test]
fn an_instance_that_comes_long_after_the_decision_reports_from_its_first_day() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    for day in 1..=8 {
        relay.keep(date(day), 3);
    }
    let instance = running.first();
    assert_eq!(turn(&instance, at(7, "12:00")).made, 0);
    assert_eq!(turn(&instance, at(8, "01:29")).made, 0);
    assert_eq!(turn(&instance, at(8, "01:30")).made, 1);
    assert_eq!(waiting(&instance), [(Reason::Daily, date(7))]);
    assert!(report(&instance).contains(ID), "{}", report(&instance));
    assert!(!relay.path("instances/1/identity").exists(), "nobody uses another id");
}

#[test]
fn the_one_that_decides_reports_nothing_and_makes_no_id() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    relay.keep(date(1), 3);
    let turn = running.turn(at(2, "12:00"));
    assert!(turn.made == 0 && turn.failed.is_none(), "{turn:?}");
    running.decline(at(2, "13:00"));
    running.turn(at(2, "13:00"));
    let mut files: Vec<_> = fs::read_dir(relay.path("")).expect("a folder").flatten().collect();
    files.sort_by_key(fs::DirEntry::file_name);
    let names: Vec<_> = files.iter().map(fs::DirEntry::file_name).collect();
    assert_eq!(names, ["contracts", "lock", "state.json"]);
    let instance = running.leader.instance();
    for refused in [
        instance.send(Reason::Daily, at(3, "12:00")).map(drop),
        instance.erase(at(3, "12:00")),
        instance.held(at(3, "12:00")).map(drop),
        running.leader.renew(),
    ] {
        let text = refused.expect_err("it is no instance").to_string();
        assert!(text.starts_with("expected an instance that reports"), "{text}");
    }
}

#[test]
fn the_level_is_that_of_the_decision_also_where_it_is_lowered() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Usage, at(1, "12:00"));
    let instance = running.first();
    (1..=4).for_each(|day| relay.keep(date(day), 3));
    turn(&instance, at(1, "12:01"));
    turn(&instance, at(2, "12:00"));
    assert!(report(&instance).contains("books"), "{}", report(&instance));

    running.agree(Level::Basic, at(2, "13:00"));
    turn(&instance, at(2, "13:01"));
    assert_eq!(waiting(&instance), [], "what tells more is not sent any more");
    turn(&instance, at(3, "12:00"));
    assert_eq!(waiting(&instance), [(Reason::Daily, date(2))]);
    assert!(!report(&instance).contains("books"), "{}", report(&instance));

    running.agree(Level::Usage, at(3, "13:00"));
    turn(&instance, at(4, "12:00"));
    assert_eq!(waiting(&instance), [(Reason::Daily, date(2)), (Reason::Daily, date(3))]);
    assert!(report(&instance).contains("books"), "{}", report(&instance));
}

#[test]
fn to_decline_there_is_to_withdraw_here_once() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    let (instance, silent) = (running.first(), running.instance("2", OTHER));
    (1..=5).for_each(|day| relay.keep(date(day), 3));
    turn(&instance, at(1, "12:01"));
    turn(&instance, at(2, "12:00"));
    assert_eq!(waiting(&instance), [(Reason::Daily, date(1))]);
    assert!(!instance.is_gone().expect("readable") && !silent.is_gone().expect("readable"));

    running.decline(at(2, "13:00"));
    let farewell = [(Reason::Erase, date(2)), (Reason::OptOut, date(2))];
    for later in ["13:01", "13:02", "14:00"] {
        let turn = turn(&instance, at(2, later));
        assert!(turn.made == 0 && turn.failed.is_none(), "{turn:?}");
        let mut waits = waiting(&instance);
        waits.sort_by_key(|(reason, _)| *reason == Reason::OptOut);
        assert_eq!(waits, farewell, "{later}");
        assert!(!instance.is_gone().expect("readable"), "that is to be told");
    }
    let spooled =
        instance.instance().spool().entries(&instance.instance().kept_contracts().expect("kept"));
    for one in spooled.expect("readable").spooled {
        let told = (one.head().reason == Reason::Erase).then_some(ID);
        assert_eq!(one.head().instance.as_deref(), told, "an announcement names nobody");
    }
    for one in instance.instance().spool().waiting().expect("readable") {
        instance.instance().spool().remove(&one.report_id).expect("it can be removed");
    }
    assert!(instance.is_gone().expect("readable"));
    // One that never reported has nothing to take back.
    turn(&silent, at(2, "13:01"));
    assert_eq!(waiting(&silent), []);
    assert!(!relay.path("instances/2").exists());
}

#[test]
fn a_process_that_is_killed_after_the_decision_goes_on_where_it_stood() {
    let relay = Relay::new();
    relay.keep(date(1), 3);
    relay.keep(date(8), 3);
    {
        let running = relay.run(ACME);
        running.agree(Level::Basic, at(1, "12:00"));
        turn(&running.first(), at(1, "12:01"));
        turn(&running.first(), at(2, "12:00"));
        running.decline(at(2, "13:00"));
    }
    let running = relay.run(ACME);
    let instance = running.first();
    // Whatever is called first: nothing of what waited leaves.
    let error = instance.instance().send(Reason::Daily, at(9, "12:00")).expect_err("declined");
    assert!(error.is_consent(), "{error}");
    let mut reasons: Vec<_> =
        waiting(&instance).iter().map(|(reason, _)| reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["erase", "opt_out"]);
    assert!(!instance.instance().make_again(date(1), at(2, "14:00")).expect("no failure"));
}

#[test]
fn what_was_taken_back_and_given_again_unnoticed_is_gone_through_all_the_same() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    let instance = running.first();
    (1..=6).for_each(|day| relay.keep(date(day), 3));
    turn(&instance, at(1, "12:01"));
    turn(&instance, at(2, "12:00"));
    running.decline(at(3, "12:00"));
    running.agree(Level::Basic, at(3, "12:00"));

    turn(&instance, at(3, "12:01"));
    let reasons: BTreeSet<_> =
        waiting(&instance).iter().map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(reasons, BTreeSet::from(["erase", "opt_out"]));
    // The day on which reports were off is not told.
    turn(&instance, at(4, "12:00"));
    assert_eq!(waiting(&instance).len(), 2);
    turn(&instance, at(5, "12:00"));
    assert_eq!(waiting(&instance).last(), Some(&(Reason::Daily, date(4))));
    assert_eq!(waiting(&instance).len(), 3, "the withdrawal is told once");
}

#[test]
fn an_older_contract_goes_on_while_a_wider_one_waits() {
    let wider = ACME.replace("version: \"1\"", "version: \"2\"").replace(
        "    sizes:\n",
        "    shelves: { $gauge: acme.shelves, brief: Shelves, optional: omit }\n    sizes:\n",
    );
    let relay = Relay::new();
    (1..=5).for_each(|day| relay.keep(date(day), 3));
    {
        let running = relay.run(ACME);
        running.agree(Level::Basic, at(1, "12:00"));
        turn(&running.first(), at(1, "12:01"));
    }
    let running = relay.run(&wider);
    running.turn(at(2, "12:00"));
    let (instance, new) = (running.first(), running.instance("2", OTHER));
    turn(&new, at(1, "12:02"));
    for instance in [&instance, &new] {
        turn(instance, at(2, "12:00"));
        let status = instance.instance().status(at(2, "12:00")).expect("a status");
        assert_eq!(status.agreed_contract.as_deref(), Some("acme/1"));
        assert_eq!(waiting(instance), [(Reason::Daily, date(1))]);
    }
    running.agree(Level::Basic, at(2, "13:00"));
    turn(&instance, at(3, "12:00"));
    let spooled =
        instance.instance().spool().entries(&instance.instance().kept_contracts().expect("kept"));
    let labels: Vec<_> =
        spooled.expect("readable").spooled.iter().map(|one| one.head().contract.clone()).collect();
    assert_eq!(labels, ["acme/1", "acme/2"]);
}

#[test]
fn nothing_is_made_before_the_time_after_the_notice_is_over() {
    let opt_out = ACME.replace("default: opt_in", "default: opt_out, grace: 2d");
    let relay = Relay::new();
    (1..=6).for_each(|day| relay.keep(date(day), 3));
    let running = relay.run(&opt_out);
    let instance = running.first();
    running.turn(at(1, "12:30"));
    let waits = turn(&instance, at(3, "12:00"));
    assert_eq!((waits.made, waits.next), (0, at(3, "12:30").into()));
    assert!(!relay.path("instances").exists());
    running.turn(at(3, "12:30"));
    turn(&instance, at(3, "12:30"));
    assert_eq!(turn(&instance, at(4, "12:00")).made, 1);
    assert_eq!(waiting(&instance), [(Reason::Daily, date(3))]);
}

#[test]
fn a_variable_silences_all_of_them_without_a_farewell() {
    let relay = Relay::new();
    (1..=6).for_each(|day| relay.keep(date(day), 3));
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    let (instance, late) = (running.first(), running.instance("2", OTHER));
    for one in [&instance, &late] {
        turn(one, at(1, "12:01"));
        turn(one, at(2, "12:00"));
    }
    relay.variables.lock().expect("no panic").insert("DO_NOT_TRACK".to_owned());
    running.turn(at(3, "12:00"));
    turn(&instance, at(3, "12:00"));
    assert_eq!(waiting(&instance), []);
    relay.variables.lock().expect("no panic").clear();
    // Also of one that had no turn meanwhile.
    running.turn(at(5, "12:00"));
    for one in [&instance, &late] {
        turn(one, at(5, "12:00"));
        turn(one, at(6, "12:00"));
        assert_eq!(waiting(one), [(Reason::Daily, date(5))]);
    }
}

#[test]
fn what_another_process_decides_asks_for_a_turn_once() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.turn(at(1, "12:00"));
    running.leader.answer();
    assert!(!running.leader.answer(), "nothing was asked or decided");
    let operator = Exporter::open(relay.path("")).expect("it ran");
    operator.agree(Level::Basic).expect("it can be decided");
    assert!(running.leader.answer());
    assert!(!running.leader.answer());
    assert!(operator.leads() && operator.instances().expect("none").is_empty());
    for label in ["", "1", "..", "../instances/1", "a/b"] {
        let error = operator.instance_at(label).expect_err("there is none");
        assert!(error.is_configuration(), "{error}");
    }
}

#[test]
fn nobody_decides_for_one_of_them() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    let instance = running.first();
    turn(&instance, at(1, "12:01"));
    let opened = Exporter::open(relay.path("instances/1")).expect("it ran");
    for exporter in [&instance, &opened] {
        for refused in [exporter.agree(Level::Usage), exporter.decline()] {
            let error = refused.expect_err("it is decided for all");
            assert!(error.is_configuration(), "{error}");
            let place = relay.folder.path().display().to_string();
            assert!(error.to_string().contains(&place), "{error}");
        }
    }
    assert!(instance.status().expect("a status").reporting);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    let told = |_: &crate::Asked| Ok::<_, std::io::Error>(None);
    let elsewhere = relay.builder(&running.contract, "elsewhere").follows(&running.leader);
    let alone = relay.builder(&running.contract, "alone").build().expect("everything is right");
    let wider = ACME.replace("version: \"1\"", "version: \"2\"");
    let wider = Arc::new(Contract::parse("wider.yaml", &wider).expect("a contract"));
    for (refused, why) in [
        (elsewhere.build(), "instances"),
        (
            relay.builder(&running.contract, "alone/instances/1").follows(&alone).build(),
            "only decides",
        ),
        (relay.builder(&wider, "instances/1").follows(&running.leader).build(), "this contract"),
        (running.builder("1", ID).build(), "`recorded`"),
        (
            running.builder("1", "3cfb674b-e878-470d-b7c0-cfa8f7e003ae").recorded(told).build(),
            "64 hex",
        ),
    ] {
        let error = refused.expect_err(why);
        assert!(error.is_configuration() && error.to_string().contains(why), "{error}");
    }
}
