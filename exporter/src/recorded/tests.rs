use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headcount_contract::{Level, Reason};

use super::*;
use crate::Exporter;
use crate::follow::running::{
    ACME, ID, Relay, Running, at, collected, date, report, turn, waiting,
};

/// What an instance tells when it is asked.
type Told = Result<Option<Collected>, io::Error>;

/// An instance that began on the first of the month, and tells this.
fn instance(
    running: &Running<'_>,
    tell: impl Fn(&Asked) -> Told + Send + Sync + 'static,
) -> Exporter {
    running.agree(Level::Basic, at(1, "00:10"));
    let instance = running.builder("1", ID).recorded(tell).build().expect("everything is right");
    turn(&instance, at(1, "00:11"));
    instance
}

/// Why the last report could not be made.
fn not_made(exporter: &Exporter, now: Timestamp) -> Option<String> {
    exporter.instance().status(now).expect("a status").failed
}

#[test]
fn a_day_of_which_nothing_came_is_passed_over_in_peace() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let instance = instance(&running, move |asked| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok((asked.day == date(3)).then(|| collected("1.0", 3)))
    });
    let begun = asked.load(Ordering::Relaxed);
    for time in ["01:30", "02:31", "09:00", "23:59"] {
        let turn = turn(&instance, at(2, time));
        assert!(turn.made == 0 && turn.failed.is_none(), "{turn:?}");
        let text = "2026-03-02T01:30:00Z: nothing came on 2026-03-01";
        assert_eq!(not_made(&instance, at(2, time)).as_deref(), Some(text));
    }
    // Once for the report, and with each turn for the newest resource, whose change is told.
    assert_eq!(asked.load(Ordering::Relaxed) - begun, 1 + 4 * 2);
    let next = instance.instance().status(at(2, "12:00")).expect("a status").next;
    assert_eq!(next, Some(at(3, "01:30")));
    turn(&instance, at(3, "12:00"));
    turn(&instance, at(4, "12:00"));
    assert_eq!(waiting(&instance), [(Reason::Daily, date(3))]);
    assert_eq!(not_made(&instance, at(4, "12:00")), None);
}

#[test]
fn days_without_anything_do_not_keep_others_from_being_made_up_for() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    let instance =
        instance(&running, |asked| Ok((asked.day >= date(9)).then(|| collected("1.0", 3))));
    // Away for ten days; five days are made up for in a turn.
    turn(&instance, at(12, "12:00"));
    assert_eq!(waiting(&instance), [(Reason::Daily, date(11))]);
    assert_eq!(not_made(&instance, at(12, "12:00")), None);
    turn(&instance, at(12, "13:00"));
    let told =
        [(Reason::Daily, date(11)), (Reason::Backfill, date(9)), (Reason::Backfill, date(10))];
    assert_eq!(waiting(&instance), told);
}

#[test]
fn what_cannot_be_told_is_shown_and_tried_again() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    let instance = instance(&running, |asked| {
        if asked.now < at(2, "03:00") {
            Err(io::Error::other("the disk is gone"))
        } else {
            Ok(Some(collected("1.0", 3)))
        }
    });
    let failed = turn(&instance, at(2, "02:00")).failed.expect("it cannot be told");
    assert!(failed.is_collection(), "{failed}");
    let text = "2026-03-02T02:00:00Z: the disk is gone";
    assert_eq!(not_made(&instance, at(2, "02:00")).as_deref(), Some(text));
    assert!(turn(&instance, at(2, "02:59")).failed.is_none(), "not at once");
    assert_eq!(turn(&instance, at(2, "03:00")).made, 1);
    assert_eq!(waiting(&instance), [(Reason::Daily, date(1))]);
}

#[test]
fn a_panic_is_contained() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    let instance = instance(&running, |_| panic!("a mistake"));
    let failed = turn(&instance, at(2, "02:00")).failed.expect("it panics");
    assert!(failed.to_string().contains("panicked"), "{failed}");
    // A withdrawal waits for nobody.
    running.decline(at(2, "03:00"));
    turn(&instance, at(2, "03:00"));
    assert_eq!(waiting(&instance), [(Reason::Erase, date(2))]);
}

#[test]
fn what_holds_now_is_asked_for_again_while_nothing_came() {
    let now = ACME.replace("covers: previous_day", "covers: now").replace(" backfill: 5,", "");
    let relay = Relay::new();
    let running = relay.run(&now);
    let instance = instance(&running, |asked| {
        assert_eq!(asked.day, crate::schedule::day_of(asked.now));
        Ok((asked.now >= at(2, "04:00")).then(|| collected("1.0", 3)))
    });
    for time in ["01:30", "01:31", "02:30", "03:59"] {
        let turn = turn(&instance, at(2, time));
        assert!(turn.made == 0 && turn.failed.is_none(), "{turn:?}");
    }
    let text = not_made(&instance, at(2, "03:59")).expect("it says so");
    assert!(text.ends_with(": nothing came on 2026-03-02"), "{text}");
    assert_eq!(turn(&instance, at(2, "05:00")).made, 1);
    assert_eq!(waiting(&instance), [(Reason::Daily, date(2))]);
}

#[test]
fn an_upgrade_is_that_of_the_newest_resource() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "00:10"));
    let instance = running.first();
    turn(&instance, at(1, "00:11"));
    relay.keep(date(1), 3);
    turn(&instance, at(2, "01:30"));
    // Nothing comes for a while, which is no other release.
    turn(&instance, at(5, "01:00"));
    "1.1".clone_into(&mut relay.version.lock().expect("no panic"));
    turn(&instance, at(5, "01:10"));
    assert_eq!(waiting(&instance), [(Reason::Daily, date(1))]);
    relay.keep(date(5), 3);
    relay.keep(date(4), 3);
    turn(&instance, at(5, "01:20"));
    assert_eq!(waiting(&instance).last(), Some(&(Reason::Upgrade, date(4))));
    assert!(report(&instance).contains("1.1"), "{}", report(&instance));
    turn(&instance, at(5, "01:21"));
    assert_eq!(waiting(&instance).len(), 2, "once");
}

#[test]
fn the_application_s_name_and_the_id_are_the_exporter_s() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    let instance = instance(&running, |_| {
        let mut collected = collected("1.0", 3);
        let told = [("service.name", "other"), ("service.instance.id", "someone")];
        let told = told.map(|(key, value)| (key.to_owned(), Scalar::from(value)));
        collected.resource.extend(told);
        Ok(Some(collected))
    });
    turn(&instance, at(2, "12:00"));
    let otlp = instance.waiting().expect("readable")[0].otlp().to_vec();
    let text = String::from_utf8_lossy(&otlp);
    assert!(text.contains(ID) && !text.contains("someone") && !text.contains("other"), "{text}");
}

#[test]
fn ids_that_were_not_hidden_do_not_go_beside_one_that_was() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    let instance =
        instance(&running, |_| Ok(Some(Collected { ids: Ids::Raw, ..collected("1.0", 3) })));
    let failed = turn(&instance, at(2, "12:00")).failed.expect("it could be hashed twice");
    assert!(failed.to_string().contains("got raw ones"), "{failed}");
}

#[test]
fn an_exporter_of_its_own_hashes_its_id_beside_hidden_ones() {
    let relay = Relay::new();
    let running = relay.run(ACME);
    running.agree(Level::Basic, at(1, "00:10"));
    let builder = running.nameless("own");
    let told = |_: &Asked| Ok::<_, io::Error>(Some(collected("1.0", 3)));
    let instance = builder.recorded(told).build().expect("everything is right");
    turn(&instance, at(1, "00:11"));
    turn(&instance, at(2, "12:00"));
    let keys = instance.instance().present_keys().expect("it has some");
    let expected = running.leader.contract().kept_id(keys.named().expect("an id"));
    assert!(report(&instance).contains(&expected.expect("it can be hashed")));
}
