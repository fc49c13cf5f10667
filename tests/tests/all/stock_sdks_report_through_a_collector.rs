//! The stock SDKs, an OpenTelemetry Collector with the generated configurations, and the receiver.

use headcount_tests::Receiver;
use jiff::Timestamp;

use crate::stock::{Cell, Made, Route, check, collector, door, exact, send};

#[test]
fn every_application_in_every_way() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let cells = Cell::all()?;
    let mut collector = collector(&cells, &receiver)?;
    let started = Timestamp::now();
    send(&cells, |cell| cell.sending(door(&collector, cell)))?;
    let made = Made { at: started..=Timestamp::now(), by_a_relay: false };
    // Before it ends it sends what waits.
    collector.stop()?;
    check(Route::Collector, &exact(&cells, &receiver.reports(&[])?, &made)?)
}
