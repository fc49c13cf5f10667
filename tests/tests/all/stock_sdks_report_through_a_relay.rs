//! The stock SDKs, a relay for each application, and the receiver; and the same behind a Collector.

use headcount_tests::Receiver;
use jiff::Timestamp;

use crate::stock::{Cell, Relays, Route, check, collector_to_relays, door, exact, send};

#[test]
fn every_application_in_every_way() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let cells = Cell::all()?;
    let relays = Relays::start(&cells, &receiver.endpoint())?;
    let started = Timestamp::now();
    send(&cells, |cell| cell.sending(format!("http://{}", relays.address(cell)?)))?;
    let made = relays.report(started)?;
    check(Route::Relay, &exact(&cells, &receiver.reports(&[])?, &made)?)
}

#[test]
fn every_application_in_every_way_behind_a_collector() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let cells = Cell::all()?;
    let relays = Relays::start(&cells, &receiver.endpoint())?;
    let mut collector = collector_to_relays(&cells, &relays)?;
    let started = Timestamp::now();
    send(&cells, |cell| cell.sending(door(&collector, cell)))?;
    // Before it ends it sends what waits.
    collector.stop()?;
    let made = relays.report(started)?;
    check(Route::CollectorAndRelay, &exact(&cells, &receiver.reports(&[])?, &made)?)
}
