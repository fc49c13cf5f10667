//! Killed under load a thousand times, a receiver has every acknowledged report exactly once, every other whole or
//! not at all, and is ready again within two seconds.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_tests::{Connection, Numbered, Random, Receiver, Serving, reports};
use tempfile::TempDir;

use crate::expected::yesterday;

/// Receivers that are killed at the same time, each with a store of its own.
const RECEIVERS: usize = 2;
const KILLS: usize = 1_000 / RECEIVERS;
const CONNECTIONS: usize = 8;
/// Every so many kills the whole store is compared.
const SAMPLE: usize = 50;
/// How soon a receiver must answer after a crash.
const READY: Duration = Duration::from_secs(2);

/// Keeps what clients know of their requests. Each request holds the reports of a pair: `2 * n` and `2 * n + 1`.
#[derive(Debug, Default)]
struct Oracle {
    known: Mutex<Known>,
    acknowledgement: Condvar,
}

#[derive(Debug, Default)]
struct Known {
    /// Pairs that were sent at all.
    sent: u64,
    /// Pairs that were acknowledged.
    acknowledged: BTreeSet<u64>,
    /// Pairs whose connection broke before an answer came: they are there, or not.
    unanswered: BTreeSet<u64>,
    /// What an answer said that it must not say.
    wrong: Option<String>,
    /// Clients that are still connected.
    connected: usize,
}

impl Oracle {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pair to send next: a new one, or one of which nobody knows, as a client repeats it.
    fn next(&self, random: &mut Random) -> u64 {
        let mut known = self.known();
        let repeated = known.unanswered.first().copied().filter(|_| random.below(4) == 0);
        let pair = repeated.unwrap_or(known.sent);
        known.sent += u64::from(repeated.is_none());
        known.unanswered.insert(pair);
        pair
    }

    /// One client on one connection, until that breaks.
    fn send(&self, numbered: &Numbered, receiver: std::net::SocketAddr, mut random: Random) {
        let mut connection = Connection::open(receiver).ok();
        while let Some(open) = &mut connection {
            let pair = self.next(&mut random);
            let Ok(reply) = open.post(&numbered.request(&[2 * pair, 2 * pair + 1])) else { break };
            let mut known = self.known();
            if reply.acknowledges() {
                known.unanswered.remove(&pair);
                known.acknowledged.insert(pair);
                self.acknowledgement.notify_all();
            } else if !reply.asks_to_repeat() {
                known.wrong = Some(format!("{reply:?}"));
                break;
            }
        }
        self.known().connected -= 1;
        self.acknowledgement.notify_all();
    }

    /// Waits until that many more pairs are acknowledged.
    fn wait(&self, more: usize) -> anyhow::Result<()> {
        let known = self.known();
        let until = known.acknowledged.len() + more;
        let short = |known: &mut Known| known.acknowledged.len() < until && known.connected > 0;
        let waited = self.acknowledgement.wait_while(known, short);
        let known = waited.unwrap_or_else(PoisonError::into_inner);
        ensure!(known.acknowledged.len() >= until, "no client is left: {:?}", known.wrong);
        Ok(())
    }

    /// Compares what is stored with what was acknowledged.
    fn compare(&self, numbered: &Numbered, folder: &TempDir) -> anyhow::Result<usize> {
        let lines = reports(folder.path(), &[])?;
        let numbers = lines.iter().map(|line| numbered.number(line));
        let stored: BTreeSet<u64> = numbers.collect::<anyhow::Result<_>>()?;
        ensure!(stored.len() == lines.len(), "a report is there twice");
        let known = self.known();
        for pair in &known.acknowledged {
            let whole = stored.contains(&(2 * pair)) && stored.contains(&(2 * pair + 1));
            ensure!(whole, "pair {pair} was acknowledged, and is not there");
        }
        for number in &stored {
            ensure!(stored.contains(&(number ^ 1)), "half of pair {} is there", number / 2);
            ensure!(number / 2 < known.sent, "{number} was never sent");
        }
        Ok(stored.len())
    }
}

/// One receiver after the other on the same store.
struct Lives {
    oracle: Arc<Oracle>,
    numbered: Numbered,
    folder: Arc<TempDir>,
    random: Random,
}

impl Lives {
    /// Starts a receiver, and has it answer in time.
    fn start(&self) -> anyhow::Result<Receiver> {
        let begin = Instant::now();
        let receiver = Serving::in_folder(&self.folder).start()?;
        // A report that every life gets: a duplicate in all but the first.
        let reply = Connection::open(receiver.address())?.post(&self.numbered.request(&[0, 1]))?;
        ensure!(reply.acknowledges(), "{reply:?}");
        let took = begin.elapsed();
        ensure!(took <= READY, "it was ready after {took:?}: {}", receiver.log());
        Ok(receiver)
    }

    fn live(&mut self) -> anyhow::Result<()> {
        let receiver = self.start()?;
        self.oracle.known().connected = CONNECTIONS;
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (oracle, numbered) = (self.oracle.clone(), self.numbered.clone());
                let (address, random) = (receiver.address(), Random::new(self.random.number()));
                thread::spawn(move || oracle.send(&numbered, address, random))
            })
            .collect();
        let acknowledged = usize::try_from(self.random.below(30)).context("a small number")?;
        let waited = self.oracle.wait(acknowledged);
        // Anywhere in the next request: a commit takes about as long.
        thread::sleep(Duration::from_micros(self.random.below(2_000)));
        let log = receiver.log();
        receiver.kill()?;
        for client in clients {
            ensure!(client.join().is_ok(), "a client panicked");
        }
        let wrong = self.oracle.known().wrong.take();
        ensure!(wrong.is_none(), "expected an acknowledgement or to be asked to repeat: {wrong:?}");
        waited.context(log)
    }

    /// Kills it before it is ready, where it recovers what the kill before left.
    fn die_early(&mut self) -> anyhow::Result<()> {
        let pause = Duration::from_micros(self.random.below(20_000));
        Serving::in_folder(&self.folder).kill_after(pause)
    }
}

#[test]
fn a_thousand_times() -> anyhow::Result<()> {
    let runs: Vec<_> = (0..RECEIVERS)
        .map(|number| {
            thread::spawn(move || run(number as u64).with_context(|| format!("seed {number}")))
        })
        .collect();
    for run in runs {
        run.join().map_err(|_| anyhow::anyhow!("a run panicked"))??;
    }
    Ok(())
}

fn run(seed: u64) -> anyhow::Result<()> {
    let mut lives = Lives {
        oracle: Arc::default(),
        numbered: Numbered::at(yesterday())?,
        folder: Arc::new(tempfile::tempdir()?),
        random: Random::new(seed),
    };
    lives.oracle.known().sent = 1;
    for kill in 1..=KILLS {
        lives.live().with_context(|| format!("kill {kill}"))?;
        if lives.random.below(10) == 0 {
            lives.die_early()?;
        }
        if kill % SAMPLE == 0 {
            lives.oracle.compare(&lives.numbered, &lives.folder)?;
        }
    }
    let mut receiver = lives.start()?;
    ensure!(receiver.stop()? == Some(0), "{}", receiver.log());
    let stored = lives.oracle.compare(&lives.numbered, &lives.folder)?;
    ensure!(stored > 10 * KILLS, "under load more than {stored} reports come");
    Ok(())
}
