//! The stock SDKs against the receiver, with nothing in between.

use anyhow::{Context as _, ensure};
use headcount_tests::{Capture, Captured, Encoding, Receiver, Sdk, Sending, Way, contains};
use jiff::Timestamp;

use crate::stock::{Application, Cell, How, Made, Route, check, exact, send};
use crate::stored;

#[test]
fn every_application_in_every_way() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let cells = Cell::all()?;
    let started = Timestamp::now();
    send(&cells, |cell| cell.sending(receiver.endpoint()))?;
    let made = Made { at: started..=Timestamp::now(), by_a_relay: false };
    check(Route::Direct, &exact(&cells, &receiver.reports(&[])?, &made)?)
}

/// What the rows of the matrix say is what is on the wire; and so is every id in clear.
#[test]
fn each_way_is_what_its_name_says() -> anyhow::Result<()> {
    let cells: Vec<_> =
        Cell::all()?.into_iter().filter(|c| c.application.contract() == "openfn/2").collect();
    for sdk in Sdk::ALL {
        let capture = Capture::start()?;
        let own: Vec<_> = cells.iter().filter(|cell| cell.how.sdk == sdk).cloned().collect();
        send(&own, |cell| cell.sending(capture.endpoint()))?;
        let requests = capture.requests();
        ensure!(requests.len() == own.len(), "{} of {} in {sdk:?}", requests.len(), own.len());
        for (cell, captured) in own.iter().zip(&requests) {
            is_what_it_says(cell, captured).with_context(|| format!("{:?}", cell.how))?;
        }
    }
    Ok(())
}

fn is_what_it_says(cell: &Cell, captured: &Captured) -> anyhow::Result<()> {
    let How { way, encoding, .. } = cell.how;
    let (path, content_type, encoded) = match way {
        Way::Grpc => {
            let path = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
            (path, "application/grpc", "grpc-encoding")
        }
        Way::Protobuf => ("/v1/metrics", "application/x-protobuf", "content-encoding"),
        Way::Json => ("/v1/metrics", "application/json", "content-encoding"),
    };
    let header = |name: &str| captured.headers.get(name).and_then(|value| value.to_str().ok());
    ensure!(captured.path == path, "{}", captured.path);
    ensure!(header("content-type") == Some(content_type), "{:?}", captured.headers);
    let expected = match encoding {
        Encoding::Identity => "identity",
        Encoding::Gzip => "gzip",
        Encoding::Zstd => "zstd",
    };
    ensure!(header(encoded).unwrap_or("identity") == expected, "{:?}", captured.headers);
    if way == Way::Grpc {
        // The frame says, too, whether the message in it is compressed.
        let flag = u8::from(encoding != Encoding::Identity);
        ensure!(captured.body.first() == Some(&flag), "the frame says otherwise");
    }
    if encoding == Encoding::Identity {
        let id = cell.application.id()?.context("OpenFn's instances have one")?;
        ensure!(contains(&captured.message(), id.as_bytes()), "{id} is not in clear");
    }
    Ok(())
}

/// A day of exports, as fast as they go: one row for each instance, with what was told last.
#[test]
fn every_minute_is_one_row_with_the_last_values() -> anyhow::Result<()> {
    const FLUSHES: u32 = 50;
    let cells: Vec<_> = Cell::all()?
        .into_iter()
        .filter(|cell| cell.application.contract() == "openfn/2")
        .filter(|cell| matches!(cell.how.encoding, Encoding::Identity))
        .collect();
    let often = |cell: &Cell, endpoint: String| -> anyhow::Result<Sending> {
        Ok(Sending { flushes: FLUSHES, ..cell.sending(endpoint)? })
    };
    // The SDKs do export that often.
    let capture = Capture::start()?;
    send(&cells, |cell| often(cell, capture.endpoint()))?;
    assert_eq!(capture.requests().len(), cells.len() * FLUSHES as usize);

    let mut receiver = Receiver::start()?;
    let started = Timestamp::now();
    send(&cells, |cell| often(cell, receiver.endpoint()))?;
    let made = Made { at: started..=Timestamp::now(), by_a_relay: false };
    exact(&cells, &receiver.reports(&[])?, &made)?;
    receiver.stop()?;
    assert_eq!(stored::rows(receiver.folder())?.len(), cells.len());
    Ok(())
}

/// An application without an identity has no row to come back to, but saying the same again is the same report.
#[test]
fn the_same_without_an_identity_is_one_row() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let application = Application::read("openwisp/1")?;
    assert_eq!(application.id()?, None);
    let how = How { sdk: Sdk::Go, way: Way::Grpc, encoding: Encoding::Identity };
    let cell = Cell { how, number: 0, application };
    let same = cell.sending(receiver.endpoint())?;
    let mut changed = same.clone();
    changed.report["resource"]["service.version"] = "22.05.1".into();
    Sdk::Go.send(&[same.clone(), same.clone(), same])?;
    assert_eq!(receiver.reports(&[])?.len(), 1);
    Sdk::Go.send(&[changed])?;
    assert_eq!(receiver.reports(&[])?.len(), 2);
    Ok(())
}

/// The gauges of Node's SDK are doubles unless an application asks for integers.
#[test]
fn integers_of_node_are_as_good_as_its_doubles() -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let cells = Cell::all()?.into_iter().filter(|cell| cell.how.sdk == Sdk::Node);
    let cells: Vec<_> = cells.filter(|cell| cell.how.encoding == Encoding::Identity).collect();
    let integers = |cell: &Cell, endpoint: String| -> anyhow::Result<Sending> {
        Ok(Sending { integers: true, ..cell.sending(endpoint)? })
    };
    let json = cells.iter().find(|cell| cell.how.way == Way::Json).context("Node has JSON")?;
    let capture = Capture::start()?;
    Sdk::Node.send(&[json.sending(capture.endpoint())?, integers(json, capture.endpoint())?])?;
    let kinds = capture
        .requests()
        .into_iter()
        .map(|request| ["asDouble", "asInt"].map(|kind| contains(&request.body, kind.as_bytes())));
    assert_eq!(kinds.collect::<Vec<_>>(), [[true, false], [false, true]]);

    let started = Timestamp::now();
    send(&cells, |cell| integers(cell, receiver.endpoint()))?;
    let made = Made { at: started..=Timestamp::now(), by_a_relay: false };
    exact(&cells, &receiver.reports(&[])?, &made)?;
    Ok(())
}
