//! Keeps what came, and accounts for every point of it.

use std::sync::Arc;

use headcount_contract::{Arrived, Rejection, Sorted};

use crate::decode::Decoder;
use crate::front::{Answer, Payload, Pending, Sink};
use crate::refusal::Refusal;
use crate::secret::Keys;
use crate::store::{Store, Stored, StoredKey};
use crate::warnings::Warnings;

/// What a client is told where another request had filled a list already.
const TOO_MANY: &str = "expected at most the list's `max` elements in the whole report, got more";

/// The label of that reason: the word of `Rejection::label` for a list that is full in one request.
const LIST_IS_FULL: &str = "too_many";

/// The sink that stores: success is answered after the store has everything.
pub(crate) struct Ingest {
    decoder: Decoder,
    keys: Keys,
    store: Arc<dyn Store>,
    warnings: Warnings,
}

impl Ingest {
    /// Takes payloads through the decoder into the store, instances hidden by the keys.
    pub(crate) fn new(decoder: Decoder, keys: Keys, store: Arc<dyn Store>) -> Self {
        Self { decoder, keys, store, warnings: Warnings::default() }
    }

    async fn take(&self, payload: Payload) -> Result<Answer, Refusal> {
        let sorted = self.decoder.decode(payload).await?;
        let reason = sorted.first.as_ref().map_or(LIST_IS_FULL, Rejection::label);
        let contract = sorted.arrived.first().map(|Arrived { key, .. }| {
            // Of the library, as all keys are.
            format!("{}/{}", key.contract, key.version)
        });
        let answer = self.keep(sorted).await?;
        if answer.rejected > 0 {
            self.warnings.rejected(reason, contract.as_deref(), answer.rejected);
        }
        Ok(answer)
    }

    async fn keep(&self, sorted: Sorted) -> Result<Answer, Refusal> {
        let Sorted { arrived, erasures, sent, rejected, duplicate, first, stripped: _ } = sorted;
        if !erasures.is_empty() {
            // No store can erase yet; whoever asks keeps asking.
            return Err(Refusal::Unavailable);
        }
        let first = first.map(|first| first.to_string());
        let mut answer = Answer { sent, rejected, duplicate, first };
        if arrived.is_empty() {
            return Ok(answer);
        }
        let parts = arrived.into_iter().map(|arrived| self.stored(arrived)).collect();
        let merged = self.store.put(parts).await.map_err(|_| Refusal::Unavailable)?;
        for merged in merged {
            answer.duplicate += merged.duplicate;
            answer.rejected += merged.refused;
            if merged.refused > 0 {
                answer.first.get_or_insert_with(|| TOO_MANY.to_owned());
            }
        }
        debug_assert!(
            answer.rejected + answer.duplicate <= answer.sent,
            "accepted + rejected + duplicate = sent: {answer:?}"
        );
        Ok(answer)
    }

    fn stored(&self, arrived: Arrived) -> Stored {
        let Arrived { key, part } = arrived;
        let instance = self.keys.instance(&key.contract, &key.instance);
        let (contract, version) = (key.contract, key.version);
        Stored { key: StoredKey { contract, version, date: key.date, instance }, part }
    }
}

impl Sink for Ingest {
    fn receive(&self, payload: Payload) -> Pending<'_, Result<Answer, Refusal>> {
        Box::pin(self.take(payload))
    }
}
