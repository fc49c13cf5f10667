//! What the receiver adds to a report, where its contract says so.

use headcount_contract::{Derived as Field, ReportKey};
use jiff::Timestamp;

use super::Ingest;
use crate::refusal::Refusal;
use crate::sender::Sender;
use crate::store::Derived;

/// Derives for the reports of one request: all of them came at one moment, from one sender.
pub(super) struct Deriving<'i> {
    ingest: &'i Ingest,
    sender: Option<Sender>,
    now: Option<Timestamp>,
    source: Option<[u8; 32]>,
}

impl<'i> Deriving<'i> {
    pub(super) fn new(ingest: &'i Ingest, sender: Option<Sender>) -> Self {
        Self { ingest, sender, now: None, source: None }
    }

    /// What is derived for the report, which is nothing where its contract says nothing.
    ///
    /// Errors: [`Refusal::Unavailable`], where there are no random bytes for the day's key.
    pub(super) fn derived(&mut self, key: &ReportKey) -> Result<Derived, Refusal> {
        let mut derived = Derived::default();
        // Sorted by the same library, so the contract is there.
        let library = self.ingest.decoder.library();
        let Some(contract) = library.get(&key.contract, &key.version) else { return Ok(derived) };
        for field in &contract.intake().derives {
            match field {
                Field::ReceivedAt => derived.received_at = Some(self.now()),
                Field::SourceAddressHash => derived.source = self.source()?,
            }
        }
        Ok(derived)
    }

    /// The moment, in whole seconds.
    fn now(&mut self) -> Timestamp {
        let clock = &self.ingest.clock;
        *self.now.get_or_insert_with(|| {
            let now = clock.now();
            Timestamp::from_second(now.as_second()).unwrap_or(now)
        })
    }

    /// What stands for the sender's address today; `None` where a file is imported, which has no sender.
    fn source(&mut self) -> Result<Option<[u8; 32]>, Refusal> {
        if let (None, Some(admission)) = (self.source, &self.ingest.admission) {
            self.source = admission.source(self.sender)?.map(|hash| *hash.as_bytes());
        }
        Ok(self.source)
    }
}
