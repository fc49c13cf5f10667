use headcount_contract::{Level, Reason};

use crate::Exporter;
use crate::follow::running::{ACME, Relay, Running, at, date, report, turn, waiting};

/// A relay to which somebody agreed on the first of the month, with one instance.
fn reporting(relay: &Relay) -> (Running<'_>, Exporter) {
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "12:00"));
    let instance = running.first();
    turn(&instance, at(1, "12:01"));
    (running, instance)
}

fn ids(instance: &Exporter) -> Vec<String> {
    let waiting = instance.instance().spool().waiting().expect("it can be read");
    waiting.into_iter().map(|one| one.report_id).collect()
}

#[test]
fn what_came_later_takes_the_place_of_what_waits_also_within_the_hour() {
    let relay = Relay::new();
    let (_running, instance) = reporting(&relay);
    relay.keep(date(1), 3);
    turn(&instance, at(2, "01:30"));
    let mut before = ids(&instance);
    assert_eq!(before.len(), 1);
    for (users, time) in [(4, "01:31"), (5, "01:32"), (6, "09:00"), (7, "08:00")] {
        relay.keep(date(1), users);
        assert!(instance.instance().make_again(date(1), at(2, time)).expect("a report"));
        assert_eq!(waiting(&instance), [(Reason::Daily, date(1))], "{time}");
        assert!(report(&instance).contains(&format!("\"users\": {users}")), "{time}");
        let after = ids(&instance);
        assert!(before < after, "{time}: a receiver keeps the greater: {before:?} {after:?}");
        before = after;
    }
    // The day after, it is one that is made up for.
    assert!(instance.instance().make_again(date(1), at(3, "00:10")).expect("a report"));
    assert_eq!(waiting(&instance), [(Reason::Backfill, date(1))]);
    assert!(before < ids(&instance));
    // The schedule goes on as it did.
    relay.keep(date(2), 3);
    turn(&instance, at(3, "01:30"));
    assert_eq!(waiting(&instance).last(), Some(&(Reason::Daily, date(2))));
}

#[test]
fn a_day_of_which_nothing_came_in_time_is_told_when_something_comes() {
    let relay = Relay::new();
    let (_running, instance) = reporting(&relay);
    assert_eq!(turn(&instance, at(2, "01:30")).made, 0);
    assert!(!instance.instance().make_again(date(1), at(2, "02:00")).expect("nothing came"));
    relay.keep(date(1), 3);
    assert!(instance.instance().make_again(date(1), at(2, "03:00")).expect("a report"));
    assert_eq!(waiting(&instance), [(Reason::Daily, date(1))]);
    assert_eq!(turn(&instance, at(2, "04:00")).made, 0);
}

#[test]
fn days_that_are_not_open_stay_as_they_are() {
    let relay = Relay::new();
    let (_running, instance) = reporting(&relay);
    (1..=20).for_each(|day| relay.keep(date(day), 3));
    (2..=10).for_each(|day| drop(turn(&instance, at(day, "12:00"))));
    instance.instance().clear_spool().expect("it can be written");
    let again = |day, now| instance.instance().make_again(date(day), now).expect("no failure");
    // The contract looks five days back.
    assert!(!again(4, at(10, "12:00")), "too old");
    assert!(again(5, at(10, "12:00")));
    assert!(!again(10, at(10, "12:00")), "not over");
    assert!(!again(11, at(10, "12:00")), "to come");
    assert!(!again(10, at(11, "00:30")), "the schedule makes it");
    assert_eq!(waiting(&instance), [(Reason::Backfill, date(5))]);

    let first = relay.run(ACME).instance("2", &"a".repeat(64));
    turn(&first, at(10, "12:00"));
    let again = first.instance().make_again(date(9), at(10, "12:01")).expect("no failure");
    assert!(!again, "before its first day");
}

#[test]
fn what_was_to_be_erased_is_not_told_again() {
    let relay = Relay::new();
    let (_running, instance) = reporting(&relay);
    (1..=4).for_each(|day| relay.keep(date(day), 3));
    turn(&instance, at(2, "12:00"));
    turn(&instance, at(3, "12:00"));
    instance.instance().erase(at(3, "13:00")).expect("it can be asked for");
    turn(&instance, at(4, "12:00"));
    let again =
        |day| instance.instance().make_again(date(day), at(4, "13:00")).expect("no failure");
    assert!(!again(1) && !again(2));
    assert!(again(3), "it ended after that");
}

#[test]
fn nothing_is_made_again_while_reports_are_off() {
    let relay = Relay::new();
    let (running, instance) = reporting(&relay);
    relay.keep(date(1), 3);
    turn(&instance, at(2, "12:00"));
    running.decline(at(2, "13:00"));
    assert!(!instance.instance().make_again(date(1), at(2, "13:01")).expect("no failure"));
    running.agree(Level::Basic, at(2, "14:00"));
    assert!(!instance.instance().make_again(date(1), at(2, "14:01")).expect("no failure"));
    let told = waiting(&instance).iter().any(|(reason, _)| *reason == Reason::Daily);
    assert!(!told, "{:?}", waiting(&instance));
}

#[test]
fn what_holds_now_is_not_told_for_another_day() {
    let now = ACME.replace("covers: previous_day", "covers: now").replace(" backfill: 5,", "");
    let relay = Relay::new();
    let running = relay.run(&now);
    running.agree(Level::Basic, at(1, "00:10"));
    let instance = running.first();
    relay.keep(date(1), 3);
    assert_eq!(turn(&instance, at(1, "12:00")).made, 1);
    assert!(!instance.instance().make_again(date(1), at(2, "00:10")).expect("no failure"));
}
