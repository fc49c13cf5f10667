//! Files that cannot be read, on either side, and clocks that were wrong.

use std::collections::BTreeSet;
use std::fs;

use headcount_contract::{Level, Reason};

use crate::Exporter;
use crate::follow::running::{ACME, Relay, at, date, turn, waiting};

#[test]
fn a_decision_that_cannot_be_read_is_a_no_and_no_withdrawal() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    (1..=4).for_each(|day| relay.keep(date(day), 3));
    let instance = running.first();
    turn(&instance, at(1, "12:01"));
    turn(&instance, at(2, "12:00"));
    let whole = fs::read(relay.path("state.json")).expect("it is there");
    fs::write(relay.path("state.json"), "damaged").expect("it can be written");
    let turned = turn(&instance, at(3, "12:00"));
    assert!(turned.made == 0 && turned.outcomes.is_empty(), "{turned:?}");
    assert_eq!(waiting(&instance), [(Reason::Daily, date(1))]);
    fs::write(relay.path("state.json"), whole).expect("it can be written");
    turn(&instance, at(3, "13:00"));
    assert_eq!(waiting(&instance), [(Reason::Daily, date(1)), (Reason::Daily, date(2))]);
}

#[test]
fn an_instance_that_lost_track_begins_anew_or_withdraws() {
    let relay = Relay::new();
    (1..=4).for_each(|day| relay.keep(date(day), 3));
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    let instance = running.first();
    turn(&instance, at(1, "12:01"));
    let damage = || fs::write(relay.path("instances/1/state.json"), "damaged").expect("written");
    damage();
    assert_eq!(turn(&instance, at(2, "12:00")).made, 0);
    assert_eq!(turn(&instance, at(3, "12:00")).made, 1);
    damage();
    running.decline(at(3, "13:00"));
    turn(&instance, at(3, "13:00"));
    let reasons: BTreeSet<_> =
        waiting(&instance).iter().map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(reasons, BTreeSet::from(["erase", "opt_out"]));
}

#[test]
fn a_clock_that_was_wrong_where_it_was_decided_drops_nothing_here() {
    let relay = Relay::new();
    (1..=6).for_each(|day| relay.keep(date(day), 3));
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    let instance = running.first();
    turn(&instance, at(1, "12:01"));
    turn(&instance, at(2, "12:00"));
    let mut memory = running.leader.instance().memory().expect("it can be read");
    memory.state.reportable_from = Some(jiff::civil::date(2034, 1, 1));
    memory.write(&running.leader.instance().directory).expect("it can be written");
    turn(&instance, at(3, "12:00"));
    assert_eq!(waiting(&instance), [(Reason::Daily, date(1)), (Reason::Daily, date(2))]);
}

#[test]
fn an_instance_is_seen_where_its_files_or_the_decision_are_damaged() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    turn(&running.first(), at(1, "12:01"));
    let operator = Exporter::open(relay.path("")).expect("it ran");
    let whole = fs::read(relay.path("instances/1/state.json")).expect("it is there");
    fs::write(relay.path("instances/1/state.json"), "damaged").expect("it can be written");
    let opened = operator.instance_at("1").expect("what was decided can be read");
    let status = opened.status().expect("a status");
    assert!(status.damage.expect("it is told").contains("state.json"));
    // The id is not in the files: only the relay can ask for the erasure.
    operator.decline().expect("it can be decided");
    turn(&opened, at(2, "12:00"));
    assert_eq!(waiting(&opened), []);
    turn(&running.first(), at(2, "12:01"));
    let reasons: BTreeSet<_> = waiting(&opened).iter().map(|(reason, _)| reason.as_str()).collect();
    assert!(reasons.contains("erase"), "{reasons:?}");

    fs::write(relay.path("instances/1/state.json"), whole).expect("it can be written");
    fs::write(relay.path("state.json"), "damaged").expect("it can be written");
    let opened = Exporter::open(relay.path("instances/1")).expect("it ran");
    assert!(!opened.instance().status(at(2, "13:00")).expect("a status").reporting);
    fs::remove_file(relay.path("state.json")).expect("it was there");
    let opened = Exporter::open(relay.path("instances/1")).expect("it ran");
    assert!(!opened.instance().status(at(2, "13:00")).expect("a status").reporting);
    let alone = relay.builder(running.leader.contract(), "").build().expect("everything is right");
    alone.instance().turn(at(2, "13:00")).expect("a turn");
    let error = Exporter::open(relay.path("instances/1")).expect_err("nobody decides for it");
    assert!(error.to_string().contains("two levels above"), "{error}");
}
