//! Whatever is decided, and whenever an instance looks.

use headcount_contract::{Level, Reason};
use jiff::{SignedDuration, Timestamp};

use crate::Exporter;
use crate::follow::running::{ACME, ID, Relay, Running, at, turn, waiting};
use crate::schedule::day_of;

/// Numbers without an order that follow from a seed.
struct Random(u64);

impl Random {
    fn below<N: TryFrom<u64>>(&mut self, limit: u64) -> N {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        N::try_from((self.0 >> 33) % limit).ok().expect("few")
    }
}

/// The next version, which tells more.
fn wider() -> String {
    let usage = "$when: { reason: [daily, backfill] }\n";
    let shelves = "    shelves: { $gauge: acme.shelves, brief: Shelves, optional: omit }\n";
    let more = ACME.replace(usage, &format!("{usage}{shelves}"));
    more.replace("version: \"1\"", "version: \"2\"")
}

/// Holds the instance against the one that decides. Says how much of a withdrawal waits.
fn compared(running: &Running<'_>, instance: &Exporter, now: Timestamp, seed: u64) -> usize {
    let stands = |exporter: &Exporter| {
        let status = exporter.instance().status(now).expect("a status");
        (status.reporting, status.level, status.agreed_contract, status.decision)
    };
    assert_eq!(stands(instance), stands(&running.leader), "{seed}");
    let state = instance.instance().memory().expect("it can be read").state;
    let view = running.leader.instance().look(now).expect("a look");
    if let Some(terms) = view.standing.terms() {
        let agreed = state.agreed.expect("what was agreed to is kept");
        let kept = (agreed.digest, agreed.level, agreed.by);
        assert_eq!(kept, (terms.contract.digest(), terms.level, terms.by), "{seed}");
        assert!(state.reportable_from.is_some(), "{seed}");
        return 0;
    }
    assert!(state.reportable_from.is_none() && !state.leaving, "{seed}");
    let waits = waiting(instance);
    let farewell = |reason| matches!(reason, Reason::Erase | Reason::OptOut);
    assert!(waits.iter().all(|(reason, _)| farewell(*reason)), "{seed}: {waits:?}");
    waits.len()
}

#[test]
fn after_each_turn_an_instance_stands_as_was_decided() {
    let wider = wider();
    let mut farewells = 0;
    for seed in 0..8 {
        let mut random = Random(seed);
        let relay = Relay::new();
        let mut now = at(1, "00:10");
        let mut contract = ACME;
        let mut running = relay.run(contract);
        for _ in 0..40 {
            now += SignedDuration::from_mins(random.below(900));
            relay.keep(day_of(now), 3);
            match random.below::<u8>(8) {
                0 => running.agree(Level::Basic, now),
                1 => running.agree(Level::Usage, now),
                2 => running.decline(now),
                3 => drop(running.turn(now)),
                4 => {
                    if random.below::<u8>(3) == 0 {
                        contract = &wider;
                    }
                    running = relay.run(contract);
                }
                _ => {}
            }
            let instance = running.instance(["1", "2", "3"][random.below::<usize>(3)], ID);
            let turn = turn(&instance, now);
            assert!(turn.failed.is_none(), "{seed}: {turn:?}");
            farewells += compared(&running, &instance, now, seed);
        }
    }
    assert!(farewells > 30, "{farewells}: some were reporting when they were declined");
}
