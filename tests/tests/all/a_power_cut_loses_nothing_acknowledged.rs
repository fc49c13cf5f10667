//! Before a client is told that its report is kept, the report was flushed to the disk: whenever the power is cut, and
//! whatever a disk forgets that was not flushed, everything acknowledged is there afterwards.
//!
//! A receiver under load is recorded by strace: what it wrote, what it flushed, what it answered. The recording is
//! played on a disk that forgets, up to many places, and the store is opened on what is left.
#![cfg(target_os = "linux")]

mod clients;
mod recorded;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use anyhow::{Context as _, anyhow, ensure};
use clients::Said;
use headcount_tests::Random;
use headcount_tests::disk::{Cut, Event, File};
use recorded::recorded;

/// Cuts at any place, beside those at every answer.
const CUTS: usize = 500;

/// The places of all answers.
fn answers(events: &[Event]) -> impl Iterator<Item = usize> {
    let places = events.iter().enumerate();
    places.filter(|(_, event)| matches!(event, Event::Answer(_))).map(|(place, _)| place)
}

#[test]
fn between_a_request_and_its_answer_the_log_is_flushed() -> anyhow::Result<()> {
    let recorded = recorded()?;
    let check = |events: &[Event]| unflushed(events, &recorded.logs(), &recorded.said);
    assert_eq!(check(&recorded.recording.events)?, 0);
    // It can fail.
    ensure!(check(&recorded.without_flushes())? > 0);
    Ok(())
}

/// How many requests that changed something were answered without a flush that began after they had come.
fn unflushed(events: &[Event], logs: &BTreeSet<File>, said: &[Said]) -> anyhow::Result<usize> {
    let mut unflushed = 0;
    for said in said {
        let mut exchanges = said.exchanges.iter();
        let (mut came, mut flushed) = (0, false);
        for (place, event) in events.iter().enumerate() {
            match event {
                Event::Request(port) if *port == said.port => (came, flushed) = (place, false),
                Event::Flushed(file, before) => flushed |= logs.contains(file) && *before > came,
                Event::Answer(port) if *port == said.port => {
                    let exchange = exchanges.next().context("an answer for each request")?;
                    unflushed += usize::from(exchange.changes() && !flushed);
                }
                _ => {}
            }
        }
        ensure!(exchanges.next().is_none(), "an answer for each request");
    }
    Ok(unflushed)
}

#[test]
fn the_recording_holds_all_that_happens_to_a_log() -> anyhow::Result<()> {
    let recorded = recorded()?;
    let logs = recorded.logs();
    let mut happened = BTreeSet::new();
    let mut written = false;
    for event in &recorded.recording.events {
        match event {
            Event::Write(file, 0, _) if logs.contains(file) && written => {
                happened.insert("written from its start again");
            }
            Event::Write(file, 0, _) if logs.contains(file) => written = true,
            Event::Length(file, 0) if logs.contains(file) && written => {
                happened.insert("cut to nothing");
                written = false;
            }
            _ => {}
        }
    }
    assert_eq!(happened, BTreeSet::from(["cut to nothing", "written from its start again"]));
    Ok(())
}

#[test]
fn whatever_the_disk_forgets() -> anyhow::Result<()> {
    let recorded = recorded()?;
    let events = &recorded.recording.events;
    let mut random = Random::new(1);
    let mut cuts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for place in answers(events) {
        cuts.entry(place).or_default().push(Cut::Forgets);
    }
    for _ in 0..CUTS {
        let place = usize::try_from(random.below(events.len() as u64))?;
        cuts.entry(place).or_default().push(Cut::Tears(Random::new(random.number())));
    }
    // In two halves, one for each of two cores.
    let later = cuts.split_off(&(events.len() * 2 / 3));
    let halves = thread::scope(|scope| {
        let one = scope.spawn(|| recorded.cut(events, &cuts));
        [one.join(), Ok(recorded.cut(events, &later))]
    });
    for wrong in halves {
        let wrong = wrong.map_err(|_| anyhow!("a cut panicked"))??;
        assert_eq!(wrong, Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn a_receiver_that_does_not_wait_for_its_log_is_found_out() -> anyhow::Result<()> {
    let recorded = recorded()?;
    let events = recorded.without_flushes();
    let cuts: BTreeMap<_, _> =
        answers(&events).step_by(10).map(|place| (place, vec![Cut::Forgets])).collect();
    let wrong = recorded.cut(&events, &cuts)?;
    let lost = wrong.iter().filter(|wrong| wrong.ends_with("was acknowledged, and is not there"));
    let lost = lost.count();
    ensure!(lost > cuts.len() / 2, "lost after {lost} of {} power cuts: {wrong:?}", cuts.len());
    Ok(())
}
