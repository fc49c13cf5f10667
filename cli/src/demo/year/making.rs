//! Makes the requests of each day, ahead of the receiver, on as many threads as there are cores.

use std::thread;

use anyhow::Context as _;
use bytes::Bytes;
use headcount::contract::Covers;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::instance::Exporters;
use super::world::Population;

/// Reports of one request: a relay's or a Collector's. The receiver takes 256 resources at most.
pub(super) const BATCH: usize = 64;

/// Days that are made ahead.
const AHEAD: usize = 3;

/// What is sent on one day.
pub(super) struct Made {
    /// The day of the world on which it is sent; the one behind its end is the last.
    pub(super) on: i32,
    pub(super) reports: usize,
    pub(super) requests: Vec<Bytes>,
}

/// Begins to make all days in their order. It ends with the last day, or when nobody takes them any more.
pub(super) fn begin(
    populations: Vec<Population>,
    exporters: Exporters,
    days: i32,
) -> anyhow::Result<Receiver<anyhow::Result<Made>>> {
    let (made, days_made) = channel(AHEAD);
    thread::Builder::new()
        .name("headcount-world".to_owned())
        .spawn(move || make(&populations, &exporters, days, &made))
        .context("expected to start a thread for the instances")?;
    Ok(days_made)
}

fn make(
    populations: &[Population],
    exporters: &Exporters,
    days: i32,
    made: &Sender<anyhow::Result<Made>>,
) {
    // On the day after the last one, reports for that day are still made.
    for day in 0..=days {
        let made_day = requests_of(populations, exporters, day);
        let failed = made_day.is_err();
        if made.blocking_send(made_day).is_err() || failed {
            return;
        }
    }
}

/// What is sent on a day: reports for it, and those for the day before where that is what a contract covers.
fn requests_of(
    populations: &[Population],
    exporters: &Exporters,
    day: i32,
) -> anyhow::Result<Made> {
    let mut told = Vec::new();
    for population in populations {
        let covered = match exporters.covers(population.application.name) {
            Covers::PreviousDay => day - 1,
            Covers::Now => day,
        };
        if population.is_in_the_year(covered) {
            told.extend(population.told(covered).map(|told| (population, told)));
        }
    }
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = told.len().div_ceil(threads).next_multiple_of(BATCH);
    let batches = thread::scope(|scope| {
        let shares = told.chunks(share.max(1)).map(|share| {
            scope.spawn(move || {
                let batches = share.chunks(BATCH).map(|batch| {
                    let mut request = Vec::new();
                    // Requests of OTLP one after the other are one request.
                    for (population, told) in batch {
                        request.extend(exporters.request(population.life(told), told)?);
                    }
                    anyhow::Ok(Bytes::from(request))
                });
                batches.collect::<anyhow::Result<Vec<_>>>()
            })
        });
        let shares: Vec<_> = shares.collect();
        let join = |share: thread::ScopedJoinHandle<'_, _>| {
            share
                .join()
                .map_err(|_| anyhow::anyhow!("expected a thread for the instances to end well"))?
        };
        shares.into_iter().map(join).collect::<anyhow::Result<Vec<_>>>()
    })?;
    Ok(Made { on: day, reports: told.len(), requests: batches.into_iter().flatten().collect() })
}
