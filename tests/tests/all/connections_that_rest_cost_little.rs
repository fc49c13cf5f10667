//! A thousand connections that do nothing cost little memory, and more than the system has files for do no harm.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_tests::{Receiver, Serving};

/// What cannot take so long on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

const CONNECTIONS: usize = 1_000;

/// KiB that a connection may cost. One of HTTP/1.1 takes 32, one of HTTP/2 35, as the tests are built.
const EACH: u64 = 48;

/// A question over HTTP/1.1 that leaves the connection open.
const HTTP1: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";

/// The same over HTTP/2: preface, empty SETTINGS, and HEADERS by which a request ends (RFC 9113, RFC 7541).
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\
    \0\0\x0c\x01\x05\0\0\0\x01\x82\x86\x04\x08/healthz";

/// The resident memory of a process, in KiB.
fn memory(receiver: &Receiver) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", receiver.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()).context("VmRSS")?;
    Ok(number.parse()?)
}

/// A connection on which something was asked and answered.
fn open(receiver: &Receiver, question: &[u8]) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(receiver.address())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(question)?;
    let mut came = Vec::new();
    while !came.windows(6).any(|bytes| bytes == b"alive\n") {
        let mut more = [0; 512];
        let read = stream.read(&mut more)?;
        ensure!(read > 0, "expected an answer, got {came:?} and the end");
        came.extend_from_slice(&more[..read]);
    }
    Ok(stream)
}

#[test]
fn a_thousand_that_rest_take_little_memory() -> anyhow::Result<()> {
    for (name, question) in [("HTTP/2", HTTP2), ("HTTP/1.1", HTTP1)] {
        let folder = Arc::new(tempfile::tempdir()?);
        let wide = ["--set", "connections.per_prefix=2000", "--set", "connections.idle_timeout=1h"];
        // The pages are written meanwhile, which is no connection's memory.
        let alone = ["--set", "publish.enabled=false"];
        let receiver = Serving::in_folder(&folder).in_memory().arguments(wide).arguments(alone);
        let receiver = receiver.start()?;
        let first = open(&receiver, question)?;
        let before = memory(&receiver)?;
        let all: anyhow::Result<Vec<_>> =
            (0..CONNECTIONS).map(|_| open(&receiver, question)).collect();
        let all = all?;
        let each = memory(&receiver)?.saturating_sub(before) / CONNECTIONS as u64;
        ensure!(each <= EACH, "expected at most {EACH} KiB for one of {name}, got {each}");
        drop((first, all));
    }
    Ok(())
}

#[test]
fn without_free_files_others_wait_and_the_log_says_so_once() -> anyhow::Result<()> {
    let folder = Arc::new(tempfile::tempdir()?);
    let few = ["sh", "-c", "ulimit -n 40; exec \"$0\" \"$@\""];
    let receiver = Serving::in_folder(&folder).in_memory().under(few).start()?;
    let all: std::io::Result<Vec<_>> =
        (0..60).map(|_| TcpStream::connect(receiver.address())).collect();
    let all = all?;
    let warned = "cannot accept connections";
    let started = Instant::now();
    while !receiver.log().contains(warned) {
        ensure!(started.elapsed() < PATIENCE, "expected a warning, got {}", receiver.log());
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(all);
    open(&receiver, HTTP1)?;
    let times = receiver.log().matches(warned).count();
    ensure!(times == 1, "expected one warning, got {times}: {}", receiver.log());
    Ok(())
}
