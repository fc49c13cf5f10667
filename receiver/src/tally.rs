//! What came and what became of it, in numbers.

mod gauge;
mod reasons;
mod request;
mod shown;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headcount_contract::{Contract, Library, Merged};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

pub(crate) use gauge::{Gauge, Held};
pub use reasons::Reasons;
pub(crate) use request::{Call, Flight, Outcome};
pub use request::{Protocol, Requests};
pub(crate) use shown::Shown;
pub use shown::ShownPages;

use crate::clock::day;
use crate::front::Answer;
use crate::metrics::Durations;
use crate::refusal::Refusal;

/// Counts since the start. A request's points are counted in one go, when it is answered.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<Counts>,
    /// Name and version of each contract that is counted.
    contracts: Vec<(String, String)>,
    connections: Gauge,
    flights: Gauge,
    durations: Durations,
}

/// The counts of one moment. `accepted + rejected + duplicate + left_out = sent`, always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that were answered with success, full or partial.
    pub answered: u64,
    /// Requests that were refused, by [`Refusal::LABELS`].
    pub refused: [u64; Refusal::LABELS.len()],
    /// All requests, by what they spoke and what became of them.
    pub requests: Requests,
    /// Questions about the receiver's health; they are in no other count.
    pub health: u64,
    /// Requests for what everybody may look at; they are in no other count.
    pub shown: ShownPages,
    /// Data points of the answered requests.
    pub sent: u64,
    /// Points that were kept.
    pub accepted: u64,
    /// Points that were rejected.
    pub rejected: u64,
    /// Rejected points by their reasons.
    pub reasons: Reasons,
    /// Points that changed nothing.
    pub duplicate: u64,
    /// Points that are no usage figures, which a relay takes and drops; of a receiver none are.
    pub left_out: u64,
    /// Instances that asked to have their reports erased.
    pub erasures: u64,
    /// What came of each contract that is known, in the library's order.
    pub contracts: Vec<OfContract>,
}

/// What came of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfContract {
    /// The contract's name.
    pub contract: String,
    /// The contract's version.
    pub version: String,
    /// Reports, or parts of reports, of which something was new.
    pub added: u64,
    /// Reports, or parts of reports, that changed nothing.
    pub duplicate: u64,
    /// When something new came last.
    pub last: Option<Timestamp>,
    /// Reports, or parts of reports, of which something was new, by the UTC day on which they came: the last 14.
    pub days: BTreeMap<Date, u64>,
}

/// The days for which [`OfContract::days`] tells what came.
pub(crate) const RECENT_DAYS: i64 = 14;

impl Tally {
    /// A tally for reports of these contracts, which records how long requests take.
    pub(crate) fn new(library: &Library, durations: Durations) -> Self {
        let label =
            |contract: &Arc<Contract>| (contract.name().to_owned(), contract.version().to_owned());
        let contracts: Vec<_> = library.iter().map(label).collect();
        let nothing =
            |(contract, version)| OfContract { contract, version, ..OfContract::default() };
        let of = contracts.iter().cloned().map(nothing).collect();
        let counts = Counts { contracts: of, ..Counts::default() };
        Self { counts: Mutex::new(counts), contracts, durations, ..Self::default() }
    }

    /// The counts now.
    pub fn counts(&self) -> Counts {
        self.lock().clone()
    }

    pub(crate) fn health_asked(&self) {
        self.lock().health += 1;
    }

    /// Counts a request for a page of a surface, by its place in the site's surfaces.
    pub(crate) fn shown(&self, surface: usize, outcome: Shown) {
        self.lock().shown.add(surface, outcome);
    }

    /// Counts an open connection, for as long as what is returned lives.
    pub(crate) fn connection(&self) -> Held<'_> {
        self.connections.hold()
    }

    /// Open connections.
    pub(crate) fn connections(&self) -> u64 {
        self.connections.now()
    }

    /// Begins to answer a request.
    pub(crate) fn begin(&self, protocol: Protocol, call: Call) -> Flight<'_> {
        Flight::new(self, protocol, call, self.flights.hold())
    }

    /// Requests that are being answered.
    pub(crate) fn flights(&self) -> u64 {
        self.flights.now()
    }

    /// The place of a contract among those that are counted.
    pub(crate) fn of(&self, contract: &str, version: &str) -> Option<usize> {
        self.contracts.iter().position(|of| of.0 == contract && of.1 == version)
    }

    /// Name and version of the contract at a place.
    pub(crate) fn label(&self, place: usize) -> Option<String> {
        self.contracts.get(place).map(|(name, version)| format!("{name}/{version}"))
    }

    /// Counts parts of reports, each with the place of its contract and what became of it.
    pub(crate) fn kept<'m>(
        &self,
        parts: impl Iterator<Item = (Option<usize>, &'m Merged)>,
        now: Timestamp,
    ) {
        let mut counts = self.lock();
        for (place, merged) in parts {
            let Some(of) = place.and_then(|place| counts.contracts.get_mut(place)) else {
                continue;
            };
            of.added += u64::from(merged.added > 0);
            of.duplicate += u64::from(merged.added == 0 && merged.refused == 0);
            if merged.added > 0 {
                of.came(now);
            }
        }
    }

    /// Counts instances that were erased.
    pub(crate) fn erased(&self, instances: u64) {
        self.lock().erasures += instances;
    }

    /// Counts a request that was refused; one whose body was read ends by its [`Flight`].
    pub(crate) fn refused(&self, protocol: Protocol, refusal: &Refusal) {
        let (mut counts, index) = (self.lock(), refusal.index());
        counts.refused[index] += 1;
        counts.requests.add(protocol, Outcome::Refused(index));
    }

    fn answered(&self, protocol: Protocol, answer: &Answer) {
        let mut counts = self.lock();
        let outcome = counts.answered(answer);
        counts.requests.add(protocol, outcome);
    }

    fn cancelled(&self, protocol: Protocol) {
        self.lock().requests.add(protocol, Outcome::Cancelled);
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfContract {
    /// Notes when something new came. A clock that was wrong leaves no day behind that is not among the last.
    fn came(&mut self, now: Timestamp) {
        let today = day(now);
        if !self.days.contains_key(&today) {
            let first = today.saturating_sub((RECENT_DAYS - 1).days());
            self.days.retain(|day, _| (first..=today).contains(day));
        }
        *self.days.entry(today).or_default() += 1;
        self.last = Some(now);
    }
}

impl Counts {
    fn answered(&mut self, answer: &Answer) -> Outcome {
        self.answered += 1;
        self.sent += answer.sent;
        self.accepted += answer.accepted();
        self.rejected += answer.rejected;
        self.reasons.merge(&answer.reasons);
        self.duplicate += answer.duplicate;
        self.left_out += answer.left_out;
        if answer.rejected > 0 { Outcome::Partial } else { Outcome::Answered }
    }
}
