//! Clients that report, repeat and erase, and what a store must hold by what they were told.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use anyhow::ensure;
use headcount_tests::{Connection, Numbered, Random};

/// All that a client said and was told, on one connection.
#[derive(Debug)]
pub(super) struct Said {
    /// The client's port.
    pub(super) port: u16,
    /// Requests that were acknowledged, in their order.
    pub(super) exchanges: Vec<Exchange>,
}

/// A request that was acknowledged.
#[derive(Clone, Debug)]
pub(super) enum Exchange {
    /// Reports that are new.
    Reports(Vec<u64>),
    /// Reports that had been acknowledged before, some of them erased since.
    Repeat(u64),
    /// An erasure.
    Erasure(u64),
}

impl Exchange {
    /// Whether something had to be written for it.
    pub(super) fn changes(&self) -> bool {
        !matches!(self, Self::Repeat(_))
    }
}

/// What becomes of the reports of a request, by places in a recording.
#[derive(Debug)]
pub(super) struct Fate {
    reports: Vec<Report>,
    /// Where they are acknowledged.
    acknowledged: usize,
}

#[derive(Debug)]
struct Report {
    number: u64,
    /// Where its erasure may begin.
    erasing: Option<usize>,
    /// Where its erasure is acknowledged.
    erased: Option<usize>,
}

/// What a client is to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Tells clients apart.
    pub(super) client: u64,
    /// Requests.
    pub(super) exchanges: usize,
    /// The most reports in a request.
    pub(super) reports: u64,
    /// Whether it repeats and erases, too.
    pub(super) erases: bool,
}

/// Does it on one connection.
pub(super) fn speak(receiver: SocketAddr, numbered: &Numbered, plan: Plan) -> anyhow::Result<Said> {
    let mut random = Random::new(plan.client);
    let mut connection = Connection::open(receiver)?;
    let mut said = Said { port: connection.port()?, exchanges: Vec::new() };
    // No other client has these numbers.
    let mut next = plan.client << 32;
    let (mut there, mut known) = (Vec::new(), Vec::new());
    for _ in 0..plan.exchanges {
        let exchange = match random.below(8) {
            0 if plan.erases && !there.is_empty() => {
                Exchange::Erasure(there.swap_remove(pick(&mut random, &there)))
            }
            1 if plan.erases && !known.is_empty() => {
                Exchange::Repeat(known[pick(&mut random, &known)])
            }
            _ => {
                let numbers: Vec<_> = (next..=next + random.below(plan.reports)).collect();
                next += numbers.len() as u64;
                there.extend(&numbers);
                known.extend(&numbers);
                Exchange::Reports(numbers)
            }
        };
        let request = match &exchange {
            Exchange::Reports(numbers) => numbered.request(numbers),
            Exchange::Repeat(number) => numbered.request(&[*number]),
            Exchange::Erasure(number) => numbered.erasure(*number),
        };
        let reply = connection.post(&request)?;
        ensure!(reply.acknowledges(), "{exchange:?}: {reply:?}");
        said.exchanges.push(exchange);
    }
    Ok(said)
}

fn pick(random: &mut Random, from: &[u64]) -> usize {
    let index = random.below(from.len() as u64);
    usize::try_from(index).expect("an index of a slice")
}

impl Said {
    /// What becomes of each report, given the places of the answers.
    pub(super) fn fates(&self, answers: &[usize]) -> anyhow::Result<Vec<Fate>> {
        ensure!(answers.len() == self.exchanges.len(), "an answer for each request");
        let report = |number| {
            let erased = self.exchanges.iter().position(
                |exchange| matches!(exchange, Exchange::Erasure(erased) if *erased == number),
            );
            // What is asked for after an answer comes after it.
            let erasing = erased.map(|place| place.checked_sub(1).map_or(0, |last| answers[last]));
            Report { number, erasing, erased: erased.map(|place| answers[place]) }
        };
        let fates = self.exchanges.iter().zip(answers).filter_map(|(exchange, acknowledged)| {
            let Exchange::Reports(numbers) = exchange else { return None };
            let reports = numbers.iter().copied().map(report).collect();
            Some(Fate { reports, acknowledged: *acknowledged })
        });
        Ok(fates.collect())
    }
}

impl Fate {
    /// Compares with what is there, when everything before a place has happened.
    pub(super) fn check(&self, stored: &BTreeSet<u64>, now: usize) -> anyhow::Result<()> {
        let mut found = BTreeSet::new();
        for Report { number, erasing, erased } in &self.reports {
            let there = stored.contains(number);
            let erasing = erasing.is_some_and(|place| place < now);
            ensure!(
                there || erasing || self.acknowledged >= now,
                "{number:#x} was acknowledged, and is not there"
            );
            let erased = erased.is_some_and(|place| place < now);
            ensure!(!there || !erased, "{number:#x} was erased, and is there");
            if !erasing {
                found.insert(there);
            }
        }
        ensure!(found.len() <= 1, "a part of a request is there: {:?}", self.reports);
        Ok(())
    }
}
