//! A receiver that is watched while it gets hostile inputs.

mod metrics;
mod process;
mod told;

use std::fs;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};

use process::{memory, processor_time, reset_peak};
use told::Told;

use super::leak::Vocabulary;
use super::{Ran, Vector};
use crate::client::{Encoding, Way, send};
use crate::process::PATIENCE;
use crate::receiver::{Receiver, Serving};
use crate::report::Report;

/// The memory that the receiver may have: 192 MiB. It is the limit on what a process may write to
/// (`RLIMIT_DATA`), not on its addresses: the C library reserves 64 MiB of those for each thread, and
/// touches little of it.
const DATA_BYTES: u64 = 192 * 1024 * 1024;

/// By how much the memory may grow for vectors that wait, at its peak.
const GROWTH_BYTES: u64 = 16 * 1024 * 1024;

/// The processor time that one exchange may take, of all threads together.
const PROCESSOR_TIME: Duration = Duration::from_secs(1);

/// Nobody wants to wait long for a time-out; and the operator's interface tells what became of every data point.
const SETTINGS: [&str; 5] = [
    "admission.days=14",
    "connections.idle_timeout=6s",
    "requests.body_timeout=10s",
    "operator.listen=127.0.0.1:0",
    "operator.token_file=operator.token",
];

/// A receiver, and what it must be like after whatever comes.
#[derive(Debug)]
pub struct Watched {
    receiver: Receiver,
    vocabulary: Vocabulary,
    /// Right reports that were sent in between.
    probes: usize,
    /// Bytes of the log that were looked at.
    looked_at: usize,
    /// Data points that were sent in requests that were answered, and those of them that were rejected.
    points: u64,
    rejected: u64,
    /// Requests that were given up, and that the log may still tell of.
    stragglers: usize,
}

impl Watched {
    /// With what the ids of the instances of all right reports begin.
    pub const INSTANCES: &str = "fdb45536-cba8-4204-b352-0001";

    /// Starts a receiver, and watches it.
    pub fn start(serving: Serving) -> anyhow::Result<Self> {
        let limited = serving
            .under(["prlimit".to_owned(), format!("--data={DATA_BYTES}")])
            .arguments(SETTINGS.iter().flat_map(|setting| ["--set", setting]));
        let mut written = Ok(());
        let started = limited.attempt(|command| {
            command.env("RUST_LOG", "trace");
            let folder = command.get_current_dir().unwrap_or(Path::new("."));
            written = fs::write(folder.join("operator.token"), metrics::TOKEN);
        })?;
        written?;
        let receiver = started.map_err(|ended| anyhow!("expected it to listen, got {ended:?}"))?;
        let vocabulary = Vocabulary::read()?;
        let mut watched = Self {
            receiver,
            vocabulary,
            probes: 0,
            looked_at: 0,
            points: 0,
            rejected: 0,
            stragglers: 0,
        };
        // The first request makes what all later ones use.
        watched.probe()?;
        let first = Ran::default();
        watched.log_until_told(&first, true)?;
        Ok(watched)
    }

    /// Sends a vector, and checks the answers, and that the receiver is as before.
    pub fn withstands(&mut self, vector: &Vector) -> anyhow::Result<()> {
        let mut ran = Ran::default();
        let mut outcome = Ok(());
        for exchange in vector.exchanges()? {
            outcome = outcome
                .and_then(|()| self.watch(vector.grows(), |to| vector.run(exchange, to, &mut ran)));
        }
        self.is_as_before(&ran, outcome)
    }

    /// The same with many vectors beside each other, for those that wait for a time-out.
    pub fn withstands_together(&mut self, vectors: &[Vector]) -> anyhow::Result<()> {
        let mut all = Ran::default();
        let outcome = self.watch(GROWTH_BYTES, |to| {
            thread::scope(|scope| {
                let run = |vector: &'_ Vector| {
                    let mut ran = Ran::default();
                    for exchange in vector.exchanges()? {
                        vector.run(exchange, to, &mut ran)?;
                    }
                    Ok(ran)
                };
                let running: Vec<_> = vectors
                    .iter()
                    .map(|vector| (vector, scope.spawn(move || run(vector))))
                    .collect();
                for (vector, ran) in running {
                    let ran: anyhow::Result<Ran> =
                        ran.join().unwrap_or_else(|panic| resume_unwind(panic));
                    all.add(ran.with_context(|| vector.name.clone())?);
                }
                Ok(())
            })
        });
        self.is_as_before(&all, outcome)
    }

    fn is_as_before(&mut self, ran: &Ran, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
        self.probe().context("a right report afterwards")?;
        self.stragglers += ran.abandoned;
        self.points += ran.points;
        self.rejected += ran.rejected;
        // Also where something else failed, so that the next vector finds the log where it begins.
        let log = self.log_until_told(ran, outcome.is_ok())?;
        outcome?;
        self.log_is_right(ran, &log)
    }

    /// Bounds what the receiver takes for an exchange.
    fn watch(
        &self,
        growth: u64,
        exchange: impl FnOnce(SocketAddr) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let id = self.receiver.id();
        reset_peak(id)?;
        let (before, started) = (memory(id, "VmRSS")?, processor_time(id)?);
        exchange(self.receiver.address())?;
        let grown = memory(id, "VmHWM")?.saturating_sub(before);
        let took = processor_time(id)?.saturating_sub(started);
        ensure!(grown < growth, "expected less than {growth} bytes, took {grown}");
        ensure!(took < PROCESSOR_TIME, "expected less than {PROCESSOR_TIME:?}, took {took:?}");
        Ok(())
    }

    /// The right reports, which all must be there, and what is kept of the vectors.
    pub fn receiver(&mut self) -> &mut Receiver {
        &mut self.receiver
    }

    /// Checks that the receiver's metrics account for every data point: accepted + rejected + duplicate = sent.
    pub fn adds_up(&self) -> anyhow::Result<()> {
        let metrics = metrics::of_points(&self.receiver)?;
        let [accepted, rejected, duplicate, sent] = metrics;
        ensure!(accepted + rejected + duplicate == sent, "it does not add up: {metrics:?}");
        let expected = (self.points, self.rejected);
        ensure!((sent, rejected) == expected, "expected {expected:?}, got {metrics:?}");
        Ok(())
    }

    /// How many right reports were sent.
    pub fn probes(&self) -> usize {
        self.probes
    }

    /// Sends a right report of a new instance, each in another way, and has the receipt for it.
    fn probe(&mut self) -> anyhow::Result<()> {
        let mut report = Report::read("manyfold-0.90", super::report::yesterday())?;
        for (key, value) in &mut report.resource {
            if key == "service.instance.id" {
                *value = format!("{}{:08}", Self::INSTANCES, self.probes);
            }
        }
        let way = Way::ALL[self.probes % Way::ALL.len()];
        let answer = send(self.receiver.address(), &report, way, Encoding::Identity)?.success()?;
        ensure!(answer.partial_success()?.is_none(), "expected all points taken, got {answer:?}");
        ensure!(answer.header("headcount-receipt").len() == 64, "no receipt in {answer:?}");
        self.probes += 1;
        self.points += 1;
        Ok(())
    }

    /// The log says what became of the vector and of the right report after it, and nothing that came.
    fn log_is_right(&mut self, ran: &Ran, log: &str) -> anyhow::Result<()> {
        let told = Told::read(log);
        // Of the right report, too.
        ensure!(told.sent == ran.points + 1, "expected {} points sent, {told:?}", ran.points);
        ensure!(told.rejected == ran.rejected, "expected {} rejected, {told:?}", ran.rejected);
        ensure!(told.rejected + told.duplicate <= told.sent, "more than was sent: {told:?}");
        self.refusals_are_right(&ran.refused, &told.refused)?;
        for (place, said) in [("an answer", &ran.said[..]), ("the log", log.as_bytes())] {
            let leaks = self.vocabulary.leaks(&ran.sent, said);
            ensure!(leaks.is_empty(), "expected nothing of what came in {place}, got {leaks:?}");
        }
        Ok(())
    }

    /// The log tells each refusal that was answered. Of requests that were given up it may tell one, at any time.
    fn refusals_are_right(&mut self, answered: &[String], told: &[String]) -> anyhow::Result<()> {
        let mut rest = told.to_vec();
        for label in answered {
            let at = rest.iter().position(|told| told == label);
            let at = at.with_context(|| format!("expected {answered:?} refused, got {told:?}"))?;
            rest.swap_remove(at);
        }
        ensure!(
            rest.len() <= self.stragglers && rest.iter().all(|label| label == "malformed"),
            "expected {answered:?} refused, got {told:?}"
        );
        self.stragglers -= rest.len();
        Ok(())
    }

    /// What was logged since the last time, when everything that was answered is in it.
    fn log_until_told(&mut self, ran: &Ran, right: bool) -> anyhow::Result<String> {
        let started = Instant::now();
        loop {
            let log = self.receiver.log_from(self.looked_at);
            let told = Told::read(&log);
            let whole = log.ends_with('\n');
            if whole && told.answered > ran.answered && told.refused.len() >= ran.refused.len() {
                self.looked_at += log.len();
                return Ok(log);
            }
            let patience = if right { PATIENCE } else { Duration::from_secs(1) };
            if started.elapsed() > patience {
                self.looked_at += log.len();
                ensure!(
                    !right,
                    "expected {} answers and the next in the log, got {log}",
                    ran.answered
                );
                return Ok(log);
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}
