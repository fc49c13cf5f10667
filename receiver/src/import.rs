//! Requests from files, taken as if they had come over the network.

use std::sync::Arc;

use bytes::Bytes;
use bytesize::ByteSize;
use headcount_contract::Library;

use crate::admission::sort_kept;
use crate::clock::Clock;
use crate::decode::Decoder;
use crate::error::Error;
use crate::front::{Answer, Content, Encoding, Payload};
use crate::ingest::{Ingest, Taken};
use crate::refusal::Refusal;
use crate::secret::Keys;
use crate::settings::Settings;
use crate::store::Store;

/// Bytes of a request: 64 MiB, since whoever imports has the file on a disk of their own, and JSON is
/// several times as long as protobuf.
const BYTES: usize = 64 * 1024 * 1024;

/// What became of an imported request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// What a sender would have been told.
    pub answer: Answer,
    /// Reports, or parts of reports, of which some data point was new.
    pub added: u64,
    /// Reports, or parts of reports, that changed nothing.
    pub duplicate: u64,
    /// Instances whose reports were to be erased.
    pub erasures: u64,
}

/// Puts requests into a store that did not come over the network: out of an air gap, or out of the archive of
/// a Collector. Each goes through the same checks, and the same request twice changes nothing. Reports are taken for as
/// many days as their contract keeps them.
///
/// ```
/// use std::sync::Arc;
///
/// use headcount_contract::Library;
/// use headcount_receiver::{Importer, Location};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let (store, keys) = Location::Memory.open()?;
/// let importer = Importer::new(Arc::new(Library::built_in()), keys, store).await?;
/// let imported = importer.json(r#"{"resourceMetrics": []}"#).await.expect("a request, if an empty one");
/// assert_eq!(imported.added, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Importer {
    ingest: Ingest,
}

impl Importer {
    /// Bytes of a request at most: 64 MiB.
    pub const BYTES: usize = BYTES;

    /// An importer by these contracts, with the keys that belong to the store. It has the store forget what need not
    /// be remembered any longer, as a receiver does that starts.
    ///
    /// Errors: the store does not work.
    pub async fn new(
        library: Arc<Library>,
        keys: Keys,
        store: Arc<dyn Store>,
    ) -> Result<Self, Error> {
        Self::new_at(Clock::system(), library, keys, store).await
    }

    /// The same, by another clock than the system's.
    ///
    /// Errors: as for [`Importer::new`].
    pub async fn new_at(
        clock: Clock,
        library: Arc<Library>,
        keys: Keys,
        store: Arc<dyn Store>,
    ) -> Result<Self, Error> {
        store.sweep(clock.now(), Vec::new()).await?;
        let mut settings = Settings::default();
        settings.requests.decompressed_bytes = ByteSize::b(BYTES as u64);
        let sort = sort_kept(clock.clone(), keys.ids().clone());
        let decoder = Decoder::new(&settings, library, sort);
        Ok(Self { ingest: Ingest::new(decoder, keys, store, clock, Arc::default()) })
    }

    /// Takes an OTLP/JSON `ExportMetricsServiceRequest`. It is kept when this is over.
    ///
    /// Errors: why nothing was taken. After [`Refusal::Unavailable`] the same may be imported again.
    pub async fn json(&self, request: impl Into<Bytes>) -> Result<Imported, Refusal> {
        let (encoding, content) = (Encoding::Identity, Content::Json);
        let payload = Payload { bytes: request.into(), encoding, content, sender: None };
        let Taken { answer, added, duplicate, erasures, .. } = self.ingest.take(payload).await?;
        Ok(Imported { answer, added, duplicate, erasures })
    }
}
