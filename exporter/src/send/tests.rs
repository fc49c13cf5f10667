//! What a hostile peer can make us keep in memory.

#[path = "../../tests/exporter/blunt.rs"]
mod blunt;

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use super::*;
use crate::endpoint::{Endpoint, Protocol};
use blunt::{Heard, answer, answer_endlessly, field, frame, hear, settings};

/// Far above what any answer needs, far below what would be felt.
const LIMIT: u64 = 512 * 1024;

/// The most that sending a report to the address takes at once, with what became of the report.
fn memory(address: SocketAddr, protocol: Protocol) -> (u64, Outcome) {
    let endpoint = Endpoint::parse(&format!("http://{address}"), Some(protocol)).expect("a URL");
    let route = Route::new(endpoint, Roots::default(), &|_: &str| None);
    let deadline = Instant::now() + Duration::from_secs(20);
    let moment = Moment { now: SystemTime::UNIX_EPOCH, deadline };
    let report = Outgoing::of(Bytes::from_static(&[0; 1000]));
    let mut outcome = None;
    let used = allocation_counter::measure(|| {
        outcome = run(&route, &report, moment).ok().map(|answer| answer.outcome);
    });
    (used.bytes_max, outcome.expect("a runtime"))
}

#[track_caller]
fn assert_bounded(what: &str, address: SocketAddr, protocol: Protocol) {
    let (used, outcome) = memory(address, protocol);
    assert!(used < LIMIT, "{what}: {used} bytes, {outcome}");
    assert!(matches!(outcome, Outcome::Retry { .. }), "{what}: {outcome}");
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\n";

#[test]
fn an_answer_over_http_takes_little_memory_whatever_it_is() {
    for (what, start, then) in [
        ("headers", &b""[..], &b"x: y\r\n"[..]),
        ("a header", b"x: ", b"y"),
        ("a body", b"\r\n", b"\0"),
        ("chunks", b"transfer-encoding: chunked\r\n\r\n", b"1\r\n\0\r\n"),
        ("an extension", b"transfer-encoding: chunked\r\n\r\n1;", b"x"),
        ("trailers", b"transfer-encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n"),
    ] {
        let address = answer_endlessly([OK, start].concat(), then);
        assert_bounded(what, address, Protocol::Http);
    }
    let interim = b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n";
    let address = answer_endlessly(Vec::new(), interim);
    assert_bounded("interim answers", address, Protocol::Http);
    // Half of all 64 KiB is a message of nothing but empty fields that somebody could decode.
    let nested = [OK, b"content-length: 65536\r\n\r\n", &b"\x0a\0".repeat(32 * 1024)].concat();
    let (used, outcome) = memory(answer(nested), Protocol::Http);
    assert!(used < LIMIT && outcome.to_string() == "delivered", "{used} bytes, {outcome}");
}

#[test]
fn an_answer_over_grpc_takes_little_memory_whatever_it_is() {
    let head = [&[0x88], &field("content-type", b"application/grpc")[..]].concat();
    let (unfinished, opened) = (frame(1, 0, 1, &head), frame(1, 4, 1, &head));
    let padding = field("x", &[b'y'; 8000]);
    let indexed = [&[0x40], &padding[1..]].concat();
    for (what, start, then) in [
        ("headers", unfinished.clone(), frame(9, 0, 1, &padding)),
        ("headers to remember", unfinished.clone(), frame(9, 0, 1, &indexed)),
        ("empty headers", unfinished, frame(9, 0, 1, &[])),
        ("a body", opened.clone(), frame(0, 0, 1, &[0; 8192])),
        ("a body byte by byte", opened.clone(), frame(0, 0, 1, &[0])),
        ("empty data", opened, frame(0, 0, 1, &[])),
        ("settings", Vec::new(), settings()),
        ("pings", Vec::new(), frame(6, 0, 0, &[0; 8])),
        ("windows", Vec::new(), frame(8, 0, 0, &[0, 0, 0, 1])),
        ("unknown frames", Vec::new(), frame(99, 0, 0, &[0; 8192])),
        ("interim answers", Vec::new(), frame(1, 4, 1, &field(":status", b"103"))),
    ] {
        let then = then.repeat(8192_usize.div_ceil(then.len()));
        let address = blunt::blunt(move |mut stream| {
            if hear(&mut stream) != Heard::Http2 {
                return;
            }
            let mut written = stream.write_all(&[settings(), start.clone()].concat());
            while written.is_ok() {
                written = stream.write_all(&then);
            }
        });
        assert_bounded(what, address, Protocol::Grpc);
    }
}
