//! A Collector with a queue on its disk is killed under load while the receiver is away, then the receiver is killed and
//! the network cut while the queue is worked off: every report that the Collector took is there once.
//!
//! Nobody waits for hours here. A Collector repeats a request as it was, and the receiver looks only at the times in it. So
//! the reports are of the day before, as after a network that was cut for a day, and what comes again much later is the
//! same queue, from a copy of the disk, for a receiver that remembers nothing but what it stored.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail, ensure};
use headcount_tests::{
    Cable, Collecting, Collector, Connection, Numbered, Receiver, Serving, database, headcount,
    reports, run,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::expected::yesterday;
use crate::through::{Onward, passing};

const REPORTS: u64 = 600;
const SENDERS: u64 = 4;
/// The Collector is killed each time that so many more reports were acknowledged.
const BETWEEN_KILLS: u64 = 120;
const PATIENCE: Duration = Duration::from_mins(2);

/// A queue of requests on the disk, which are sent until they are answered.
fn queueing(to: &Cable, onward: Onward, queue: &TempDir) -> Collecting {
    let queue = queue.path().display().to_string();
    passing(to.address(), onward, &[]).set("QUEUE", &queue).and(&format!(
        r#"
extensions:
  file_storage: {{ directory: "${{env:QUEUE}}", fsync: true }}
exporters:
  {}:
    sending_queue: {{ storage: file_storage, queue_size: 100000, num_consumers: 2 }}
    retry_on_failure: {{ initial_interval: 100ms, max_interval: 500ms, max_elapsed_time: 0 }}
service: {{ extensions: [file_storage] }}
"#,
        onward.exporter()
    ))
}

/// Sends the reports whose numbers leave this remainder, each until the Collector says that it has it.
fn sends(
    remainder: u64,
    numbered: &Numbered,
    to: SocketAddr,
    taken: &AtomicU64,
) -> anyhow::Result<()> {
    let mut connection = None;
    for number in (remainder..REPORTS).step_by(usize::try_from(SENDERS)?) {
        let request = numbered.request(&[number]);
        let deadline = Instant::now() + PATIENCE;
        loop {
            ensure!(Instant::now() < deadline, "report {number} was never taken");
            if connection.is_none() {
                connection = Connection::open(to).ok();
            }
            match connection.as_mut().map(|open| open.post(&request)) {
                Some(Ok(reply)) if reply.status == 200 => break,
                Some(Ok(reply)) => bail!("expected to be taken, got {reply:?}"),
                // It is down.
                Some(Err(_)) => connection = None,
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
        taken.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// A Collector that is killed while it is sent to. When it returns, the Collector has taken every report.
fn fill(collector: &mut Collector, numbered: &Numbered) -> anyhow::Result<()> {
    let (to, taken) = (collector.http(), AtomicU64::new(0));
    thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|remainder| {
                scope.spawn({
                    let taken = &taken;
                    move || sends(remainder, numbered, to, taken)
                })
            })
            .collect();
        for kill in 1..REPORTS / BETWEEN_KILLS {
            until("more reports to be taken", || {
                Ok(taken.load(Ordering::Relaxed) >= kill * BETWEEN_KILLS)
            })?;
            collector.kill()?;
            collector.restart()?;
        }
        for sender in senders {
            sender.join().map_err(|_| anyhow!("a sender panicked"))??;
        }
        Ok(())
    })
}

fn until(what: &str, mut is: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !is()? {
        ensure!(Instant::now() < deadline, "waited for {what} for {PATIENCE:?}");
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// A receiver that says what it answers.
fn receiver(folder: &Arc<TempDir>) -> anyhow::Result<Receiver> {
    let started = Serving::in_folder(folder).attempt(|command| {
        command.env("RUST_LOG", "headcount_receiver=debug");
    })?;
    started.map_err(|ended| anyhow!("expected it to listen, got {ended:?}"))
}

/// How many points it answered to, and how many of them it had before.
fn answered(receiver: &Receiver) -> (u64, u64) {
    let log = receiver.log();
    let sum = |field: &str| {
        let after = log.split(field).skip(1);
        let numbers = after.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
        numbers.filter_map(|number| number?.parse::<u64>().ok()).sum()
    };
    (sum("sent="), sum("duplicate="))
}

/// What is stored: each report once, and what `headcount store stats` counts.
fn all_stored(folder: &Path, numbered: &Numbered) -> anyhow::Result<Value> {
    let lines = reports(folder, &[])?;
    let numbers: Vec<u64> =
        lines.iter().map(|line| numbered.number(line)).collect::<Result<_, _>>()?;
    assert_eq!(numbers.iter().copied().collect::<BTreeSet<_>>(), (0..REPORTS).collect());
    assert_eq!(numbers.len(), lines.len(), "a report is there twice");

    let store = format!("sqlite:{}", database(folder).display());
    let mut command = headcount()?;
    command.args(["store", "stats", "--json", "--store", &store]).env_remove("CI");
    let stats: Value = serde_json::from_str(&run(&mut command)?.success()?.stdout)?;
    let contracts = &stats["contracts"];
    for count in ["reports", "instances"] {
        assert_eq!(contracts[0][count], REPORTS, "{stats}");
    }
    Ok(contracts.clone())
}

/// Lets a Collector work off its queue, while the receiver is killed, the network cut, and the Collector killed again.
fn work_off(
    collector: &mut Collector,
    cable: &Cable,
    folder: &Arc<TempDir>,
) -> anyhow::Result<Receiver> {
    const SOME: u64 = REPORTS / 6;
    let receiver = receiver(folder)?;
    cable.join(receiver.address());
    collector.restart()?;
    until("reports to arrive", || Ok(answered(&receiver).0 >= SOME))?;
    receiver.kill()?;

    let receiver = self::receiver(folder)?;
    cable.join(receiver.address());
    until("reports to arrive", || Ok(answered(&receiver).0 >= SOME))?;
    cable.cut();
    let before = cable.refused();
    until("the Collector to be refused", || Ok(cable.refused() > before))?;
    cable.join(receiver.address());
    until("reports to arrive", || Ok(answered(&receiver).0 >= 2 * SOME))?;
    collector.kill()?;
    collector.restart()?;
    until("all reports", || Ok(reports(folder.path(), &[])?.len() as u64 >= REPORTS))?;
    Ok(receiver)
}

fn check(onward: Onward) -> anyhow::Result<()> {
    let numbered = Numbered::at(yesterday())?;
    let cable = Cable::cut_off()?;
    let queue = tempfile::tempdir()?;
    let mut collector = queueing(&cable, onward, &queue).start()?;
    fill(&mut collector, &numbered)?;
    ensure!(cable.refused() > 0, "the Collector did not try to send");
    collector.kill()?;
    let kept = tempfile::tempdir()?;
    copy(queue.path(), kept.path())?;

    let folder = Arc::new(tempfile::tempdir()?);
    let mut first = work_off(&mut collector, &cable, &folder)?;
    collector.stop()?;
    first.stop()?;
    let stored = all_stored(folder.path(), &numbered)?;

    // The disk as it was, and a receiver that remembers nothing but what it stored.
    let receiver = receiver(&folder)?;
    cable.join(receiver.address());
    let mut collector = queueing(&cable, onward, &kept).start()?;
    until("all reports again", || Ok(answered(&receiver).0 >= REPORTS))?;
    collector.stop()?;
    let (sent, duplicate) = answered(&receiver);
    assert_eq!(sent, duplicate);
    assert_eq!(all_stored(folder.path(), &numbered)?, stored);
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for file in fs::read_dir(from)? {
        let file = file?;
        fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}

#[test]
fn over_grpc() -> anyhow::Result<()> {
    check(Onward::Grpc)
}

#[test]
fn over_http() -> anyhow::Result<()> {
    check(Onward::Http)
}
