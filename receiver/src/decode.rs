//! From a payload to parts of reports: decompress, read JSON, strip, check, sort.

mod decompress;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use headcount_contract::{Library, Sorted};
use headcount_proto::{Limits, ReadError, from_json};
use tokio::sync::Semaphore;

use crate::aside::aside;
use crate::front::{Content, Encoding, Payload};
use crate::refusal::Refusal;
use crate::settings::{Settings, whole};
use crate::tally::Gauge;
pub(crate) use decompress::decompress;

/// Bytes that are read on the thread that serves connections: a fraction of a millisecond's work,
/// less than it would cost to have another thread do it.
const SMALL: usize = 32 * 1024;

/// What sorts the points of a request by the contracts of a library, within limits: `sort` of the contract crate, or
/// one of those beside it, with the key for ids that came in clear.
pub type Sort = Box<dyn Fn(&Library, &[u8], &Limits) -> Result<Sorted, ReadError> + Send + Sync>;

/// Turns payloads into sorted points, a bounded number of them at once.
#[derive(Debug)]
pub(crate) struct Decoder {
    permits: Arc<Semaphore>,
    waiting: Arc<Gauge>,
    reading: Arc<Reading>,
}

/// What it takes to read one payload.
struct Reading {
    library: Arc<Library>,
    sort: Sort,
    limits: Limits,
    most: usize,
}

impl Decoder {
    /// A decoder by these contracts.
    pub(crate) fn new(settings: &Settings, library: Arc<Library>, sort: Sort) -> Self {
        let requests = &settings.requests;
        let (limits, most) = (requests.limits(), whole(requests.decompressed_bytes));
        Self {
            permits: Arc::new(Semaphore::new(requests.decodes.unwrap_or_else(cores).max(1))),
            waiting: Arc::default(),
            reading: Arc::new(Reading { library, sort, limits, most }),
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
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        drop(waiting);
        if let Some(bytes) = self.reading.small(&payload)? {
            return self.reading.sort(bytes, payload.content);
        }
        let reading = self.reading.clone();
        let work = move || {
            // A client that goes away does not end this, so it is this that gives the place back.
            let _permit = permit;
            let bytes = decompress(payload.bytes, payload.encoding, reading.most)?;
            reading.sort(bytes, payload.content)
        };
        aside(work).await
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
        (self.sort)(&self.library, &bytes, &self.limits).map_err(|error| refusal(&error))
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn refusal(error: &ReadError) -> Refusal {
    let text = error.to_string();
    if error.is_limit() { Refusal::TooLarge(text) } else { Refusal::Malformed(text) }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::sync::{Mutex, PoisonError};

    use super::*;

    #[tokio::test]
    async fn a_client_that_goes_away_leaves_its_place_only_when_its_payload_is_read() {
        let (began, begins) = channel();
        let (go_on, may_go_on) = channel();
        let may_go_on = Mutex::new(may_go_on);
        let sort: Sort = Box::new(move |_, _, _| {
            began.send(()).expect("the test waits");
            may_go_on.lock().unwrap_or_else(PoisonError::into_inner).recv().expect("it goes on");
            Ok(Sorted::default())
        });
        let mut settings = Settings::default();
        settings.requests.decodes = Some(1);
        let library = Arc::new(Library::only(Library::built_in().iter().next().unwrap().clone()));
        let decoder = Decoder::new(&settings, library, sort);
        let payload = Payload {
            bytes: vec![0; SMALL + 1].into(),
            encoding: Encoding::Identity,
            content: Content::Protobuf,
            sender: None,
        };
        {
            let mut reading = std::pin::pin!(decoder.decode(payload));
            assert!(is_pending(reading.as_mut()).await, "it reads on another thread");
            begins.recv().expect("it begins");
        }
        assert_eq!(decoder.permits.available_permits(), 0, "the payload is still being read");
        go_on.send(()).expect("somebody waits");
        let _again = decoder.permits.acquire().await.expect("never closed");
    }

    /// Polls once. Whether there is more to wait for.
    async fn is_pending(future: std::pin::Pin<&mut impl Future>) -> bool {
        let mut future = Some(future);
        std::future::poll_fn(move |context| {
            let future = future.take().expect("polled once");
            std::task::Poll::Ready(future.poll(context).is_pending())
        })
        .await
    }
}
