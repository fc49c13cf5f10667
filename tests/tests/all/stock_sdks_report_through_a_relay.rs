//! The stock SDKs, a relay for each application, and the receiver; and the same behind a Collector.

use headcount_tests::{Encoding, Receiver, Sending};
use jiff::Timestamp;

use crate::stock::{Cell, Relays, Route, check, collector_to_relays, door, exact, send};

#[test]
fn every_application_in_every_way() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let cells = Cell::all()?;
    let mut relays = Relays::start(&cells, &receiver.endpoint())?;
    let started = Timestamp::now();
    send(&cells, |cell| cell.sending(format!("http://{}", relays.address(cell)?)))?;
    let made = relays.report(started, || Ok(receiver.reports(&[])?.len() >= cells.len()))?;
    relays.close()?;
    check(Route::Relay, &exact(&cells, &receiver.reports(&[])?, &made)?)
}

#[test]
fn every_application_in_every_way_behind_a_collector() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let cells = Cell::all()?;
    let mut relays = Relays::start(&cells, &receiver.endpoint())?;
    let mut collector = collector_to_relays(&cells, &relays)?;
    let started = Timestamp::now();
    send(&cells, |cell| cell.sending(door(&collector, cell)))?;
    // Before it ends it sends what waits.
    collector.stop()?;
    let made = relays.report(started, || Ok(receiver.reports(&[])?.len() >= cells.len()))?;
    relays.close()?;
    check(Route::CollectorAndRelay, &exact(&cells, &receiver.reports(&[])?, &made)?)
}

/// A day of exports, as fast as they go, is one report with what was told last.
#[test]
fn every_minute_is_one_report_with_the_last_values() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let mut cells = Cell::all()?;
    cells.retain(|cell| ["openfn/2", "flowforge/0.2"].contains(&cell.application.contract()));
    cells.retain(|cell| cell.how.encoding == Encoding::Gzip);
    let mut relays = Relays::start(&cells, &receiver.endpoint())?;
    let started = Timestamp::now();
    send(&cells, |cell| {
        let endpoint = format!("http://{}", relays.address(cell)?);
        Ok(Sending { flushes: 20, ..cell.sending(endpoint)? })
    })?;
    let made = relays.report(started, || Ok(receiver.reports(&[])?.len() >= cells.len()))?;
    relays.close()?;
    exact(&cells, &receiver.reports(&[])?, &made)?;
    Ok(())
}
