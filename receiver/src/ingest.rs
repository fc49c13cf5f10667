//! Keeps what came, and accounts for every point of it.

mod derive;

use std::sync::Arc;

use headcount_contract::{Arrived, Erasure, Sorted};

use crate::admission::Admission;
use crate::clock::Clock;
use crate::decode::Decoder;
use crate::front::{Answer, Payload, Pending, Sink};
use crate::refusal::Refusal;
use crate::secret::Keys;
use crate::sender::Sender;
use crate::store::{Erase, InstanceKey, Kept, Store, Stored, StoredKey};
use crate::tally::Tally;
use crate::warnings::Warnings;
use derive::Deriving;

/// What a client is told where another request had filled a list already.
const TOO_MANY: &str = "expected at most the list's `max` elements in the whole report, got more";

/// The label of that reason: the word of `Rejection::label` for a list that is full in one request.
const LIST_IS_FULL: &str = "too_many";

/// The sink that stores: success is answered after the store has everything.
#[derive(Debug)]
pub(crate) struct Ingest {
    admission: Option<Arc<Admission>>,
    decoder: Decoder,
    keys: Keys,
    store: Arc<dyn Store>,
    warnings: Warnings,
    clock: Clock,
    tally: Arc<Tally>,
}

/// What became of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    /// What its sender is told.
    pub(crate) answer: Answer,
    /// Reports, or parts of reports, of which some point was new.
    pub(crate) added: u64,
    /// Reports, or parts of reports, that changed nothing.
    pub(crate) duplicate: u64,
    /// Instances that asked to have their reports erased.
    pub(crate) erasures: u64,
    /// The place of the first report's contract in the tally.
    contract: Option<usize>,
}

impl Ingest {
    /// Takes payloads through the decoder into the store, instances hidden by the keys. The tally is told of reports and
    /// erasures; of requests and points, who answers them.
    pub(crate) fn new(
        decoder: Decoder,
        keys: Keys,
        store: Arc<dyn Store>,
        clock: Clock,
        tally: Arc<Tally>,
    ) -> Self {
        let warnings = Warnings::default();
        Self { admission: None, decoder, keys, store, warnings, clock, tally }
    }

    /// The same, for senders that have limits.
    pub(crate) fn limited(self, admission: Arc<Admission>) -> Self {
        Self { admission: Some(admission), ..self }
    }

    /// Takes a payload, and says what became of it once it is as safe as the store promises.
    pub(crate) async fn take(&self, payload: Payload) -> Result<Taken, Refusal> {
        let sender = payload.sender;
        let sorted = self.decoder.decode(payload).await?;
        self.keep(sorted, sender).await
    }

    /// Tells the operator of what was rejected.
    fn warn(&self, Taken { answer, contract, .. }: &Taken) {
        if answer.rejected == 0 {
            return;
        }
        let contract = contract.and_then(|place| self.tally.label(place));
        for (reason, points) in answer.reasons.iter().filter(|(_, points)| *points > 0) {
            self.warnings.rejected(reason, contract.as_deref(), points);
        }
    }

    async fn keep(&self, sorted: Sorted, sender: Option<Sender>) -> Result<Taken, Refusal> {
        let answer = Answer::of(&sorted);
        let Sorted { arrived, erasures, .. } = sorted;
        let of = |Arrived { key, .. }: &Arrived| self.tally.of(&key.contract, &key.version);
        let contracts: Vec<_> = arrived.iter().map(of).collect();
        let contract = contracts.first().copied().flatten();
        let mut taken = Taken { answer, contract, ..Taken::default() };
        let parts = self.stored(arrived, sender)?;
        let instances = instances(&parts);
        let erasures = self.hidden(erasures);
        // An erasure of an instance that nobody knows is remembered as well, and so takes as much.
        let erased = erasures.iter().map(|erase| erase.instance);
        let all: Vec<_> = instances.iter().copied().chain(erased).collect();
        let entry = match &self.admission {
            Some(admission) => Some(admission.enter(sender, &all, &*self.store).await?),
            None => None,
        };
        let alone = erasures.is_empty();
        // What came together with an erasure, from before it, is not kept first. An erasure needs no room.
        let erased = self.erase(erasures, &mut taken).await?;
        let kept = self.put(parts, &instances).await;
        if let Some(entry) = entry {
            // Also where nothing could be kept: the erasures are remembered.
            entry.settle(erased + kept.as_ref().map_or(0, |kept| kept.new_instances));
        }
        let kept = kept?;
        self.tally.kept(contracts.into_iter().zip(&kept.merged), self.clock.now());
        taken.keep(&kept, alone);
        let Answer { sent, rejected, reasons, duplicate, .. } = taken.answer;
        debug_assert!(rejected + duplicate <= sent, "accepted + rejected + duplicate = sent");
        debug_assert_eq!(reasons.total(), rejected, "every rejection has a reason");
        Ok(taken)
    }

    /// Keeps parts, if there are any, of these instances, if there is room for them.
    async fn put(&self, parts: Vec<Stored>, instances: &[InstanceKey]) -> Result<Kept, Refusal> {
        if parts.is_empty() {
            return Ok(Kept::default());
        }
        if let Some(admission) = &self.admission {
            admission.room(instances, &*self.store).await?;
        }
        self.store.put(parts).await.map_err(|_| Refusal::Unavailable)
    }

    fn hidden(&self, erasures: Vec<Erasure>) -> Vec<Erase> {
        let hidden = |Erasure { contract, instance, cutoff, .. }: Erasure| {
            let instance = self.keys.instance(&contract, &instance);
            Erase { contract, instance, cutoff }
        };
        erasures.into_iter().map(hidden).collect()
    }

    /// Erases, and says how many of the instances were not known.
    async fn erase(&self, erasures: Vec<Erase>, taken: &mut Taken) -> Result<u64, Refusal> {
        if erasures.is_empty() {
            return Ok(0);
        }
        taken.erasures = erasures.len() as u64;
        // Of the library, as all names are.
        let contracts: Vec<_> = erasures.iter().map(|erase| erase.contract.clone()).collect();
        let erased = self.store.erase(erasures, self.clock.now()).await;
        let erased = erased.map_err(|_| Refusal::Unavailable)?;
        self.tally.erased(taken.erasures);
        let new = erased.iter().filter(|erased| erased.is_new()).count() as u64;
        for (contract, erased) in contracts.iter().zip(erased) {
            taken.answer.duplicate += u64::from(erased.known);
            tracing::info!(contract, reports = erased.reports, "erased an instance");
        }
        Ok(new)
    }

    /// The parts with what is derived for those whose contract says so, their instances hidden.
    fn stored(
        &self,
        arrived: Vec<Arrived>,
        sender: Option<Sender>,
    ) -> Result<Vec<Stored>, Refusal> {
        let mut deriving = Deriving::new(self, sender);
        let hidden = |Arrived { key, part }: Arrived| {
            let derived = deriving.derived(&key)?;
            let instance = self.keys.instance(&key.contract, &key.instance);
            let (contract, version) = (key.contract, key.version);
            let key = StoredKey { contract, version, date: key.date, instance };
            Ok(Stored { key, part, derived })
        };
        arrived.into_iter().map(hidden).collect()
    }
}

/// The instances of the parts, each once.
fn instances(parts: &[Stored]) -> Vec<InstanceKey> {
    let mut instances: Vec<_> = parts.iter().map(|stored| stored.key.instance).collect();
    instances.sort_unstable();
    instances.dedup();
    instances
}

impl Taken {
    /// Counts what became of the parts. `alone`: nothing else was in the request.
    fn keep(&mut self, kept: &Kept, alone: bool) {
        for merged in &kept.merged {
            self.added += u64::from(merged.added > 0);
            self.duplicate += u64::from(merged.added == 0 && merged.refused == 0);
            self.answer.duplicate += merged.duplicate;
            if merged.refused > 0 {
                self.answer.reject(LIST_IS_FULL, merged.refused, TOO_MANY);
            }
        }
        self.answer.receipt = kept.receipt.filter(|_| alone);
    }
}

impl Sink for Ingest {
    fn admit(&self, sender: Option<Sender>) -> Result<(), Refusal> {
        self.admission.as_ref().map_or(Ok(()), |admission| admission.request(sender))
    }

    fn receive(&self, payload: Payload) -> Pending<'_, Result<Answer, Refusal>> {
        Box::pin(async {
            let taken = self.take(payload).await?;
            self.warn(&taken);
            Ok(taken.answer)
        })
    }

    fn ready(&self) -> Pending<'_, bool> {
        // To keep nothing takes a store that could keep something.
        Box::pin(async { self.store.put(Vec::new()).await.is_ok() })
    }
}
