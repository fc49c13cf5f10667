//! Large bodies, all at once and never ended, wait for each other; the receiver stays small and goes on.

use std::fs;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use h2::client;
use headcount_tests::{Connection, Receiver, Serving};
use http::{Request, StatusCode};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Connections, and requests on each of them: as many as a receiver answers at once.
const CONNECTIONS: usize = 16;
const STREAMS: usize = 64;

/// Bytes of each body: as many as one may have. Together they are 4 GiB.
const BODY: usize = 4 * 1024 * 1024;

/// What the receiver may take at most, in KiB. It takes 62 MiB; with a budget of 4 GiB (`requests.body_bytes`) 220.
const MEMORY: u64 = 192 * 1024;

/// The most that a process has had in memory, in KiB.
fn peak(receiver: &Receiver) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", receiver.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()).context("VmHWM")?;
    Ok(number.parse()?)
}

/// Sends bodies over one connection that are whole but for their end, and gives the statuses of the answers.
async fn converse(receiver: std::net::SocketAddr, body: Bytes) -> anyhow::Result<Vec<StatusCode>> {
    let stream = TcpStream::connect(receiver).await?;
    let (client, connection) = client::handshake(stream).await?;
    tokio::spawn(connection);
    let mut asked = JoinSet::new();
    for _ in 0..STREAMS {
        let request = Request::post("http://receiver/v1/metrics")
            .header("content-type", "application/json")
            .body(())?;
        let (answer, mut sending) = client.clone().ready().await?.send_request(request, false)?;
        sending.send_data(body.clone(), false)?;
        asked.spawn(async move {
            let answer = answer.await?;
            drop(sending);
            anyhow::Ok(answer.status())
        });
    }
    asked.join_all().await.into_iter().collect()
}

async fn attack(receiver: std::net::SocketAddr) -> anyhow::Result<Vec<StatusCode>> {
    let body = Bytes::from(vec![b' '; BODY]);
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        connections.spawn(converse(receiver, body.clone()));
    }
    let statuses: anyhow::Result<Vec<_>> = connections.join_all().await.into_iter().collect();
    Ok(statuses?.concat())
}

#[test]
fn a_thousand_bodies_of_four_megabytes_that_do_not_end() -> anyhow::Result<()> {
    let folder = Arc::new(tempfile::tempdir()?);
    let hurried = ["--set", "requests.body_timeout=2s"];
    let receiver = Serving::in_folder(&folder).in_memory().arguments(hurried).start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let statuses = runtime.block_on(attack(receiver.address()))?;
    ensure!(statuses.len() == CONNECTIONS * STREAMS, "expected all to be answered");
    let other = statuses.iter().find(|&&status| status != StatusCode::SERVICE_UNAVAILABLE);
    ensure!(other.is_none(), "expected them to be too slow, got {other:?}");
    let peak = peak(&receiver)?;
    ensure!(peak <= MEMORY, "expected at most {MEMORY} KiB, got {peak}");
    ensure!(Connection::open(receiver.address())?.post(b"")?.acknowledges(), "it goes on");
    Ok(())
}
