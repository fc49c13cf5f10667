//! A receiver that is watched while it gets hostile inputs.

use std::fs;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};

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

/// By how much the memory may grow for one vector, at its peak.
const GROWTH_BYTES: u64 = 16 * 1024 * 1024;

/// The processor time that one exchange may take, of all threads together.
const PROCESSOR_TIME: Duration = Duration::from_secs(1);

/// A receiver, and what it must be like after whatever comes.
#[derive(Debug)]
pub struct Watched {
    receiver: Receiver,
    vocabulary: Vocabulary,
    /// Right reports that were sent in between.
    probes: usize,
    /// Bytes of the log that were looked at.
    looked_at: usize,
}

impl Watched {
    /// With what the ids of the instances of all right reports begin.
    pub const INSTANCES: &str = "fdb45536-cba8-4204-b352-0001";

    /// Starts a receiver, and watches it.
    pub fn start(serving: Serving) -> anyhow::Result<Self> {
        let limited = serving.under(["prlimit".to_owned(), format!("--data={DATA_BYTES}")]);
        let started = limited.attempt(|command| {
            command.env("RUST_LOG", "trace");
        })?;
        let receiver = started.map_err(|ended| anyhow!("expected it to listen, got {ended:?}"))?;
        let vocabulary = Vocabulary::read()?;
        let mut watched = Self { receiver, vocabulary, probes: 0, looked_at: 0 };
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
            outcome = outcome.and(self.watch(|to| vector.run(exchange, to, &mut ran)));
        }
        self.probe().context("a right report afterwards")?;
        // Also where something else failed, so that the next vector finds the log where it begins.
        let log = self.log_until_told(&ran, outcome.is_ok())?;
        outcome?;
        self.log_is_right(&ran, &log)
    }

    /// Bounds what the receiver takes for an exchange.
    fn watch(&self, exchange: impl FnOnce(SocketAddr) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let id = self.receiver.id();
        reset_peak(id)?;
        let (before, started) = (memory(id, "VmRSS")?, processor_time(id)?);
        exchange(self.receiver.address())?;
        let grown = memory(id, "VmHWM")?.saturating_sub(before);
        let took = processor_time(id)?.saturating_sub(started);
        ensure!(grown < GROWTH_BYTES, "expected less than {GROWTH_BYTES} bytes, took {grown}");
        ensure!(took < PROCESSOR_TIME, "expected less than {PROCESSOR_TIME:?}, took {took:?}");
        Ok(())
    }

    /// The right reports, which all must be there, and what is kept of the vectors.
    pub fn receiver(&mut self) -> &mut Receiver {
        &mut self.receiver
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
        Ok(())
    }

    /// The log says what became of the vector and of the right report after it, and nothing that came.
    fn log_is_right(&self, ran: &Ran, log: &str) -> anyhow::Result<()> {
        let told = Told::read(log);
        // Of the right report, too.
        ensure!(told.sent == ran.points + 1, "expected {} points sent, {told:?}", ran.points);
        ensure!(told.rejected == ran.rejected, "expected {} rejected, {told:?}", ran.rejected);
        ensure!(told.rejected + told.duplicate <= told.sent, "more than was sent: {told:?}");
        ensure!(told.refused == ran.refused, "expected {:?} refused, {told:?}", ran.refused);
        for (place, said) in [("an answer", &ran.said[..]), ("the log", log.as_bytes())] {
            let leaks = self.vocabulary.leaks(&ran.sent, said);
            ensure!(leaks.is_empty(), "expected nothing of what came in {place}, got {leaks:?}");
        }
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

/// What the log tells of requests.
#[derive(Debug, Default)]
struct Told {
    answered: usize,
    sent: u64,
    rejected: u64,
    duplicate: u64,
    refused: Vec<String>,
}

impl Told {
    fn read(log: &str) -> Self {
        let mut told = Self::default();
        for line in log.lines() {
            if line.contains(" answered sent=") {
                told.answered += 1;
                told.sent += number(line, "sent=");
                told.rejected += number(line, "rejected=");
                told.duplicate += number(line, "duplicate=");
            } else if line.contains("refused a request") {
                let label = line.split("label=\"").nth(1).and_then(|rest| rest.split('"').next());
                told.refused.push(label.unwrap_or_default().to_owned());
            }
        }
        told
    }
}

/// The number that stands behind a name.
fn number(line: &str, name: &str) -> u64 {
    let rest = line.split(name).nth(1).unwrap_or_default();
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

/// Makes the peak of the memory begin anew (`proc_pid_clear_refs(5)`).
fn reset_peak(id: u32) -> anyhow::Result<()> {
    fs::write(format!("/proc/{id}/clear_refs"), "5").context("cannot reset the peak of the memory")
}

/// A figure of `/proc/PID/status`, in bytes.
fn memory(id: u32, name: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.with_context(|| format!("expected {name} in {status}"))?;
    Ok(kilobytes.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// The processor time that the process has used, in all its threads.
fn processor_time(id: u32) -> anyhow::Result<Duration> {
    /// A hundredth of a second on every Linux.
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // Behind the name, which may hold anything: the 14th and 15th field of all.
    let (_, rest) = stat.rsplit_once(')').context("expected a name in brackets")?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>()?)
}
