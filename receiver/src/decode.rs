//! From a payload to parts of reports: decompress, read JSON, strip, check, sort.

mod decompress;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use headcount_contract::{Library, Secret, Sorted};
use headcount_proto::{Limits, ReadError, from_json};
use tokio::sync::Semaphore;

use crate::front::{Content, Encoding, Payload};
use crate::refusal::Refusal;
use crate::settings::{Settings, whole};
use crate::tally::Gauge;
pub(crate) use decompress::decompress;

/// Bytes that are read on the thread that serves connections: a fraction of a millisecond's work,
/// less than it would cost to have another thread do it.
const SMALL: usize = 32 * 1024;

/// What sorts a request's points: `sort` of the contract crate, or one of those beside it.
pub(crate) type Sort =
    Box<dyn Fn(&Library, &Secret, &[u8], &Limits) -> Result<Sorted, ReadError> + Send + Sync>;

/// Turns payloads into sorted points, a bounded number of them at once.
#[derive(Debug)]
pub(crate) struct Decoder {
    permits: Semaphore,
    waiting: Arc<Gauge>,
    reading: Arc<Reading>,
}

/// What it takes to read one payload.
struct Reading {
    library: Arc<Library>,
    ids: Secret,
    sort: Sort,
    limits: Limits,
    most: usize,
}

impl Decoder {
    /// A decoder by these contracts; `ids` is the key for ids that came in clear.
    pub(crate) fn new(settings: &Settings, library: Arc<Library>, ids: Secret, sort: Sort) -> Self {
        let requests = &settings.requests;
        let (limits, most) = (requests.limits(), whole(requests.decompressed_bytes));
        Self {
            permits: Semaphore::new(requests.decodes.unwrap_or_else(cores).max(1)),
            waiting: Arc::default(),
            reading: Arc::new(Reading { library, ids, sort, limits, most }),
        }
    }

    /// The contracts that are known.
    pub(crate) fn library(&self) -> &Library {
        &self.reading.library
    }

    /// Requests that wait until others have been read.
    pub(crate) fn waiting(&self) -> Arc<Gauge> {
        self.waiting.clone()
    }

    /// Reads a payload.
    ///
    /// Errors: [`Refusal::Malformed`] and [`Refusal::TooLarge`].
    pub(crate) async fn decode(&self, payload: Payload) -> Result<Sorted, Refusal> {
        let waiting = self.waiting.hold();
        let permit = self.permits.acquire().await.expect("the semaphore is never closed");
        drop(waiting);
        let outcome = match self.reading.small(&payload)? {
            Some(bytes) => self.reading.sort(bytes, payload.content),
            None => {
                let reading = self.reading.clone();
                let work = move || {
                    let bytes = decompress(payload.bytes, payload.encoding, reading.most)?;
                    reading.sort(bytes, payload.content)
                };
                let done = tokio::task::spawn_blocking(work).await;
                done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
            }
        };
        drop(permit);
        outcome
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Reading {
    /// The payload's bytes, decompressed, if they are few.
    fn small(&self, payload: &Payload) -> Result<Option<Bytes>, Refusal> {
        let most = SMALL.min(self.most);
        if payload.bytes.len() > most {
            return Ok(None);
        }
        match (payload.encoding, decompress(payload.bytes.clone(), payload.encoding, most)) {
            (Encoding::Gzip | Encoding::Zstd, Err(Refusal::TooLarge(_))) => Ok(None),
            (_, outcome) => outcome.map(Some),
        }
    }

    fn sort(&self, bytes: Bytes, content: Content) -> Result<Sorted, Refusal> {
        let bytes = match content {
            Content::Protobuf => bytes,
            Content::Json => {
                from_json(&bytes, &self.limits).map_err(|error| refusal(&error))?.into()
            }
        };
        (self.sort)(&self.library, &self.ids, &bytes, &self.limits).map_err(|error| refusal(&error))
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn refusal(error: &ReadError) -> Refusal {
    let text = error.to_string();
    if error.is_limit() { Refusal::TooLarge(text) } else { Refusal::Malformed(text) }
}
